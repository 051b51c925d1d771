"""The verbs of asking and answering."""

from collections.abc import Iterable, Sequence
from datetime import date

import rules
from django.db import transaction
from django.db.models import Count
from django.dispatch import Signal
from django.utils import timezone

from challenges.calls.legal.working_days import working_days_after
from challenges.calls.models import Call, Enquiry, EnquiryState, EnquiryTopic
from challenges.calls.owning import officers_of, working_owner, works_here
from challenges.calls.similar import similar
from challenges.calls.workflow import ENQUIRY
from marketplace.accounts.models import User
from marketplace.activity.chain import sha256
from marketplace.activity.following import announce
from marketplace.activity.services import notify, notify_once, record
from marketplace.activity.sweeping import take_turns
from marketplace.errors import NotAllowed, Refused, TooLate
from marketplace.once import one_at_a_time
from marketplace.regions.models import Region

DAYS_FOR_CALL, DAYS_FOR_REGION = 3, 10
"""Working days until an answer is due."""

MOST_COMPARED, MOST_ALIKE = 200, 5
"""Waiting questions that one is compared with, and how many of them are offered."""

MOST_WAITING = 10
"""Unanswered enquiries of one person; more are a flood."""

answered_to_all = Signal()
"""Sent with `enquiry`, inside the transaction that answers it to everyone, now or put right."""


@transaction.atomic
def ask(*, call: Call, text: str, actor: User) -> Enquiry:
    """Ask about a call. Who asked is shown to officers and to nobody else.

    Raises:
        NotAllowed: the call is not public; TooLate: its time for enquiries is over.
        Refused: nothing was typed, or the person has many unanswered already.
    """
    if not rules.has_perm("calls.ask", actor, call):
        raise NotAllowed("You can ask about a call once it is published.")
    stage = next((each for each in call.stages.all() if each.takes_enquiries()), None)
    if stage is None:
        raise TooLate("The time for questions about this call is over.")
    return _keep(
        Enquiry(
            region=call.region,
            call=call,
            typed=_text(text),
            owner=working_owner(call) or least_busy_officer(call.region),
            due_on=working_days_after(timezone.localdate(), DAYS_FOR_CALL),
        ),
        actor,
    )


@transaction.atomic
def ask_region(*, region: Region, topic: str, text: str, actor: User) -> Enquiry:
    """Ask the region anything: it finds an officer, and a day by which it is answered."""
    if topic not in EnquiryTopic.values:
        raise Refused("Choose what it is about.")
    return _keep(
        Enquiry(
            region=region,
            topic=topic,
            typed=_text(text),
            is_public=False,
            owner=least_busy_officer(region),
            due_on=working_days_after(timezone.localdate(), DAYS_FOR_REGION),
        ),
        actor,
    )


def _keep(enquiry: Enquiry, actor: User) -> Enquiry:
    """The same question of the same person is one while it waits, however often it is sent."""
    one_at_a_time(actor)
    waiting = list(Enquiry.objects.waiting().filter(asked_by=actor))
    for each in waiting:
        if _is_about(each) == _is_about(enquiry):
            return each
    if len(waiting) >= MOST_WAITING:
        raise Refused(
            f"{len(waiting)} of your questions wait for an answer. Let us answer those first."
        )
    enquiry.asked_by, enquiry.question = actor, enquiry.typed
    enquiry.save()
    record("calls.asked", enquiry, chain=enquiry.chain)
    if enquiry.owner:
        notify(
            [enquiry.owner],
            subject=f"A question to answer by {enquiry.due_on:%-d %B}",
            body=enquiry.typed,
            path=f"/admin/desk/enquiries/{enquiry.pk}/",
        )
    return enquiry


def _is_about(enquiry: Enquiry) -> tuple[int, int | None, str, str]:
    return enquiry.region_id, enquiry.call_id, enquiry.topic, enquiry.typed


@transaction.atomic
def answer(*, enquiry: Enquiry, question: str, text: str, is_public: bool, actor: User) -> Enquiry:
    """Answer once for all, or only to whoever asked.

    Everyone who has begun a pitch, and everyone who follows the call, hears of a public answer,
    and again when it is put right. Saving the same again tells nobody.

    Args:
        question: as everyone reads it; the asker’s own words stay beside it.

    Raises:
        NotAllowed: not an officer of the region; Refused: no question or no answer, or what
            everyone has read would be hidden.
    """
    enquiry = _held(enquiry)
    before = (enquiry.state, enquiry.question, enquiry.answer, enquiry.is_public)
    was_published = enquiry.is_published()
    ENQUIRY.apply("answer", enquiry, actor)
    if not question.strip() or not text.strip():
        raise Refused("Write the question as everyone will read it, and the answer.")
    is_public = is_public and enquiry.call is not None
    if was_published and not is_public:
        raise Refused("People rely on this answer. Put it right for everyone; it can’t be hidden.")
    enquiry.question, enquiry.answer = question.strip(), text.strip()
    enquiry.is_public = is_public
    if before == (enquiry.state, enquiry.question, enquiry.answer, enquiry.is_public):
        return enquiry
    enquiry.answered_by, enquiry.answered_at = actor, timezone.now()
    enquiry.save()
    record(
        "calls.enquiry_answered",
        enquiry,
        chain=enquiry.chain,
        actor=actor,
        public=enquiry.is_public,
    )
    _tell(enquiry)
    return enquiry


@transaction.atomic
def answer_alike(*, answered: Enquiry, alike: Iterable[Enquiry], actor: User) -> int:
    """Give those who asked the same of this call the same answer; how many.

    Each of them is told; what everyone reads stays one question with one answer.
    """
    given = 0
    alike = list(alike)
    _hold_all(alike)
    for each in alike:
        enquiry = _held(each)
        if enquiry.call_id != answered.call_id or enquiry.region_id != answered.region_id:
            raise Refused("Questions about another call need an answer of their own.")
        if enquiry.state != EnquiryState.WAITING:
            continue
        answer(
            enquiry=enquiry,
            question=answered.question,
            text=answered.answer,
            is_public=False,
            actor=actor,
        )
        given += 1
    return given


def like_it(enquiry: Enquiry) -> list[Enquiry]:
    """Others that wait about the same call, or about none, the likest first."""
    waiting = Enquiry.objects.waiting().filter(region=enquiry.region_id, call=enquiry.call_id)
    others = list(waiting.exclude(pk=enquiry.pk)[:MOST_COMPARED])
    places = similar(enquiry.typed, [each.typed for each in others], most=MOST_ALIKE)
    return [others[place] for place in places]


@transaction.atomic
def decline(*, enquiry: Enquiry, reason: str, actor: User) -> Enquiry:
    """Say to whoever asked why there is no answer; nobody else sees it."""
    if not reason.strip():
        raise Refused("Say why it is not answered; whoever asked reads it.")
    enquiry = _held(enquiry)
    ENQUIRY.apply("decline", enquiry, actor)
    enquiry.answer, enquiry.is_public = reason.strip(), False
    enquiry.answered_by, enquiry.answered_at = actor, timezone.now()
    enquiry.save()
    record("calls.enquiry_declined", enquiry, chain=enquiry.chain, actor=actor)
    _tell_asker(enquiry)
    return enquiry


@transaction.atomic
def hand_over(*, enquiry: Enquiry, owner: User, actor: User) -> Enquiry:
    """Give an enquiry to another officer of the region, who works here still."""
    enquiry = _give(enquiry, owner, actor)
    notify(
        [owner],
        subject=f"{actor} gave you a question to answer by {enquiry.due_on:%-d %B}",
        body=enquiry.typed,
        path=f"/admin/desk/enquiries/{enquiry.pk}/",
    )
    return enquiry


@transaction.atomic
def hand_over_enquiries(*, enquiries: Sequence[Enquiry], owner: User, actor: User) -> None:
    """As `hand_over`, all or none, in one message."""
    _hold_all(enquiries)
    given = [_give(each, owner, actor) for each in enquiries]
    if given:
        first = min(each.due_on for each in given)
        one = len(given) == 1
        notify(
            [owner],
            subject=f"{actor} gave you {'a question' if one else f'{len(given)} questions'}",
            body=f"{'It is' if one else 'The first is'} to be answered by {first:%-d %B}.",
            path="/admin/desk/enquiries/",
        )


def _give(enquiry: Enquiry, owner: User, actor: User) -> Enquiry:
    enquiry = _held(enquiry)
    for person in (actor, owner):
        if not rules.has_perm("calls.answer", person, enquiry):
            raise NotAllowed("Only officers of the region answer its enquiries.")
    if not works_here(owner, enquiry.region_id):
        raise NotAllowed(f"{owner} doesn’t work here any more. Choose somebody else.")
    enquiry.owner = owner
    enquiry.save(update_fields=["owner"])
    record("calls.enquiry_handed_over", enquiry, chain=enquiry.chain, actor=actor, to=owner.pk)
    return enquiry


def least_busy_officer(region: Region) -> User | None:
    """The officer of a region with the fewest enquiries waiting."""
    officers = officers_of(region.pk).order_by("pk")
    load = dict(
        Enquiry.objects.waiting()
        .filter(owner__in=officers)
        .values_list("owner")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return min(officers, key=lambda officer: load.get(officer.pk, 0), default=None)


def remind_of_late_answers(today: date | None = None) -> int:
    """Remind the owner of each question whose day has passed; how many messages were left.

    One that has no owner who works here any more goes to the officer with the least to do.
    """
    today = today or timezone.localdate()
    late = Enquiry.objects.waiting().filter(due_on__lt=today).select_related("region", "owner")
    return take_turns("late-answers", late, _remind)


@transaction.atomic
def _remind(enquiry: Enquiry) -> int:
    owner = enquiry.owner
    if owner is None or not works_here(owner, enquiry.region_id):
        owner = least_busy_officer(enquiry.region)
    if owner is None:
        return 0
    left = notify_once(
        [owner],
        key=f"late-answer:{enquiry.pk}:{enquiry.due_on}",
        subject=f"Late: a question was to be answered by {enquiry.due_on:%-d %B}",
        body=enquiry.typed,
        path=f"/admin/desk/enquiries/{enquiry.pk}/",
    )
    return len(left)


def _tell(enquiry: Enquiry) -> None:
    _tell_asker(enquiry)
    call = enquiry.call
    if call is None or not enquiry.is_public:
        return
    answered_to_all.send(sender=Enquiry, enquiry=enquiry)
    announce(
        [call],
        key=f"enquiry:{enquiry.pk}:{sha256([enquiry.question, enquiry.answer])[:16]}",
        text=f"A question about “{call.title}” was answered",
        path=f"/calls/{call.reference}/questions/",
    )


def _tell_asker(enquiry: Enquiry) -> None:
    if enquiry.asked_by is None:
        return
    notify(
        [enquiry.asked_by],
        subject="Your question was answered"
        if enquiry.state == EnquiryState.ANSWERED
        else "About your question",
        body=f"You asked: {enquiry.typed}\n\n{enquiry.answer}",
        path=f"/calls/enquiries/{enquiry.pk}/",
    )


def _hold_all(enquiries: Iterable[Enquiry]) -> None:
    """Before the first is recorded, and in one order: whoever answers one waits for the chain."""
    wanted = Enquiry.objects.filter(pk__in=[each.pk for each in enquiries]).order_by("pk")
    list(wanted.select_for_update(of=("self",), no_key=True))


def _held(enquiry: Enquiry) -> Enquiry:
    return (
        Enquiry.objects.select_for_update(of=("self",), no_key=True)
        .select_related("call", "region", "asked_by")
        .get(pk=enquiry.pk)
    )


def _text(text: str) -> str:
    if not text.strip():
        raise Refused("Type your question.")
    return text.strip()
