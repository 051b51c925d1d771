"""Whose a call is: who hears of it, and how it changes hands."""

from collections.abc import Sequence
from dataclasses import dataclass

import rules
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from challenges.calls.models import Call, CallQuerySet, CallState, Enquiry, HandOver, Stage
from marketplace.accounts.models import RegionRole, Role, User
from marketplace.accounts.rules import has_role
from marketplace.activity.services import notify, notify_once, record
from marketplace.errors import NotAllowed, Refused


def works_here(person: User, region_id: int) -> bool:
    """Whether this person is an officer of the region now, and may sign in."""
    return person.is_active and has_role(person, Role.OFFICER, region_id)


def officers_of(region_id: int) -> QuerySet[User]:
    """Officers of a region who may sign in, by name."""
    return User.objects.filter(
        is_active=True, region_roles__region=region_id, region_roles__role=Role.OFFICER
    ).order_by("name", "email")


def working_owner(call: Call) -> User | None:
    """The call's owner, if it has one who still works here."""
    owner = call.owner
    return owner if owner is not None and works_here(owner, call.region_id) else None


def who_looks_after(call: Call) -> list[User]:
    """Who hears of what happens to a call: its owner, or all officers if nobody here owns it."""
    owner = working_owner(call)
    return [owner] if owner else list(officers_of(call.region_id))


def without_owner(calls: CallQuerySet) -> CallQuerySet:
    """Those of these calls that are still to be run and that nobody who works here owns.

    A call without stages was imported, and one whose last stage is released is over.
    """
    stages = Stage.objects.filter(call=OuterRef("pk"))
    is_running = Q(state__in=(CallState.DRAFT, CallState.PROPOSED)) | Q(
        Exists(stages.filter(released_at=None)), state=CallState.APPROVED
    )
    return calls.filter(is_running).filter(~owner_works_here())


def enquiries_without_owner(regions: set[int]) -> QuerySet[Enquiry]:
    """Enquiries that wait for an answer from nobody who works here."""
    waiting = Enquiry.objects.in_regions(regions).waiting()
    return waiting.filter(~owner_works_here())


def owner_works_here() -> Exists:
    """Of a call or an enquiry: whether its `owner` is an officer of its `region`, and active."""
    officers = RegionRole.objects.filter(
        user=OuterRef("owner"), region=OuterRef("region"), role=Role.OFFICER, user__is_active=True
    )
    return Exists(officers)


@transaction.atomic
def hand_over_call(*, call: Call, to: User, actor: User, reason: str) -> Call:
    """Give a call to another officer of its region, with the questions that wait for its owner.

    Both are told. Neither can approve it: it is, or was, theirs.

    Raises:
        NotAllowed: one of the two is no officer of the region.
        Refused: no reason is given, or it is theirs already.
    """
    return hand_over_calls(calls=[call], to=to, actor=actor, reason=reason)[0]


@transaction.atomic
def hand_over_calls(*, calls: Sequence[Call], to: User, actor: User, reason: str) -> list[Call]:
    """As `hand_over_call`, all or none of them, in one message to whoever gets them."""
    wanted = Call.objects.filter(pk__in=[call.pk for call in calls]).order_by("pk")
    list(wanted.select_for_update(of=("self",), no_key=True))
    list(
        Enquiry.objects.waiting()
        .filter(call__in=[call.pk for call in calls])
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    given = [_give(call, to, actor, reason) for call in calls]
    if given:
        _tell(given, to, actor, reason.strip())
    return [each.call for each in given]


@dataclass(frozen=True)
class _Given:
    call: Call
    giver: User | None
    questions: int
    """How many that wait for an answer went with it."""


def _give(call: Call, to: User, actor: User, reason: str) -> _Given:
    if not reason.strip():
        raise Refused("Say why the call changes hands.")
    held = Call.objects.select_for_update(of=("self",), no_key=True).get(pk=call.pk)
    if not rules.has_perm("calls.hand_over_call", actor, held):
        raise NotAllowed("Only officers of the call’s region can hand it over.")
    if not works_here(to, held.region_id):
        raise NotAllowed(f"{to} is no officer of {held.region}. Choose somebody who is.")
    giver = held.owner
    if giver == to:
        raise Refused(f"“{held.title}” is {to}’s already.")
    HandOver.objects.create(call=held, giver=giver, taker=to, by=actor, reason=reason.strip())
    # The version moves on too: a form that was open would write the old owner back.
    Call.objects.filter(pk=held.pk).update(
        owner=to, version=F("version") + 1, updated_at=timezone.now()
    )
    questions = _questions_of(held, giver).update(owner=to)
    record(
        "calls.handed_over",
        held,
        chain=held.chain,
        actor=actor,
        reason=reason.strip(),
        giver=giver.pk if giver else None,
        to=to.pk,
        questions=questions,
    )
    held.owner = to
    return _Given(held, giver, questions)


def _questions_of(call: Call, giver: User | None) -> QuerySet[Enquiry]:
    """What waits for the old owner or for nobody here; what a colleague was given stays theirs."""
    waiting = Enquiry.objects.waiting().filter(call=call)
    return waiting.filter(Q(owner=giver) | ~Q(owner__in=officers_of(call.region_id).order_by()))


def _tell(given: Sequence[_Given], to: User, actor: User, reason: str) -> None:
    """The new owner, and each old one of their own; nobody who can’t sign in any more."""
    questions = sum(each.questions for each in given)
    waiting = f"\n\n{_counted(questions)} for your answer." if questions else ""
    _say([to], "Yours now", f"{actor} gave you to look after:", given, reason + waiting)
    givers = {each.giver.pk: each.giver for each in given if each.giver}
    for giver in givers.values():
        own = [each for each in given if each.giver == giver]
        people = [giver] if giver.is_active else []
        _say(people, "Handed over", f"{actor} gave to {to}:", own, reason)


def _say(people: list[User], subject: str, lead: str, given: Sequence[_Given], rest: str) -> None:
    calls = [each.call for each in given]
    one = len(calls) == 1
    titles = "\n".join(f"“{call.title}”" for call in calls)
    what = calls[0].title if one else f"{len(calls)} calls"
    notify(
        people,
        subject=f"{subject}: {what}"[:200],
        body=f"{lead}\n{titles}\n\n{rest}",
        path=f"/admin/desk/calls/{calls[0].pk}/" if one else "/admin/desk/calls/",
    )


def _counted(questions: int) -> str:
    return "1 question waits" if questions == 1 else f"{questions} questions wait"


@transaction.atomic
def tell_what_is_left(*, person: User, region_id: int, key: str) -> None:
    """Tell a region’s officers what somebody who left them has left without an owner.

    Args:
        key: of this leaving, so that nobody hears of it twice.
    """
    calls = without_owner(Call.objects.in_regions({region_id})).filter(owner=person).count()
    questions = enquiries_without_owner({region_id}).filter(owner=person).count()
    if calls or questions:
        notify_once(
            officers_of(region_id),
            key=key,
            subject=f"{person} has left: who takes what is left?",
            body=f"Calls: {calls}. Questions to answer: {questions}. Hand them over, all at once "
            "or one by one.",
            path="/admin/desk/people-leaving/",
        )
