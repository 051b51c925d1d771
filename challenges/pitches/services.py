"""The verbs on a pitch: start, save, submit, withdraw, restore, advance."""

from datetime import datetime
from typing import Any

import rules
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.dispatch import Signal
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Call, CallState, QuestionKind, Stage
from challenges.calls.question_types import storable, type_of
from challenges.pitches import rules as _rules  # noqa: F401  (registers the rules)
from challenges.pitches.content import LONGEST_TITLE, build_content
from challenges.pitches.history import keep_versions, part_changes
from challenges.pitches.models import Answer, Entry, EntryState, Pitch, Submission
from challenges.pitches.parts import people_in
from challenges.pitches.workflow import ENTRY
from marketplace.accounts.models import User
from marketplace.activity.chain import sha256
from marketplace.activity.services import notify, record
from marketplace.activity.site import on_site
from marketplace.arrival import asked_at
from marketplace.errors import EditConflict, Incomplete, NotAllowed, Refused, TooLate, WrongState
from marketplace.times import moment, on_moment
from startups.models import Organisation
from startups.rules import is_member_of

withdrawn_late = Signal()
"""Sent with `entry` and `actor`, inside the transaction, when a pitch is withdrawn after the
deadline: others have begun to work on it."""


@transaction.atomic
def start_pitch(*, call: Call, organisation: Organisation, actor: User) -> Entry:
    """Open a draft for an organisation in a call's first stage.

    Raises:
        NotAllowed: the person is not on the organisation's team.
        TooLate: the call is not open.
        Refused: the organisation has a pitch for this call already.
    """
    if not is_member_of(actor, organisation.pk):
        raise NotAllowed("Only members of an organisation can pitch for it.")
    if reason := why_not_open(call):
        raise TooLate(reason)
    stage = call.entry_stage
    try:
        with transaction.atomic():
            pitch = Pitch.objects.create(call=call, organisation=organisation, started_by=actor)
    except IntegrityError as error:
        raise Refused(
            f"{organisation} has a pitch for this call already. Open it from your dashboard."
        ) from error
    _keep_to_live_call(call.pk)
    entry = Entry.objects.create(pitch=pitch, stage=stage, rulebook=stage.rulebook)
    record("pitches.started", pitch, chain=call.chain, actor=actor)
    return entry


@transaction.atomic
def save_answers(
    *,
    entry: Entry,
    answers: dict[int, Any],
    version: int,
    actor: User,
    title: str | None = None,
    summary: str | None = None,
    as_new_version: bool = False,
) -> Entry:
    """Keep what was typed, right or wrong, as the working copy.

    A draft may be saved after the deadline, so that nobody loses text to a clock; it can't be
    submitted then, and not be saved once it is erased. A submitted pitch can't be changed any more.

    Args:
        answers: question id → what was typed, as the form field takes it.
        version: the entry's version when the person's copy was loaded.
        as_new_version: the text was chosen and not typed, so what the same person typed a
            minute ago is a version of its own in the history.

    Fields that others changed meanwhile, and this person did not touch, keep the newer text.

    Raises:
        EditConflict: somebody else has changed a field that this person changed too; nothing
            was saved.
        TooLate: the pitch is submitted and its stage has closed, or it is erased.
    """
    entry = writable(entry, actor)
    changed = find_changed(entry, answers, title, summary)
    if not changed:
        return entry
    if entry.version != version:
        is_known = 0 < version < entry.version
        changed, twice = part_changes(entry, changed, version) if is_known else (changed, True)
        if twice:
            raise EditConflict(
                "This pitch was changed in another window since you opened it. "
                "Nothing was overwritten: compare the two texts and choose."
            )
        if not changed:
            return entry
    before = _stood(entry, changed)
    entry.version += 1
    keep_versions(entry, changed, actor, before, sitting=not as_new_version)
    _keep(entry, changed, actor)
    return _saved(entry)


def _stood(entry: Entry, changed: dict[int | str, Any]) -> dict[str, Any]:
    """Field name → what it says until now, for the fields that change."""
    ids = [key for key in changed if isinstance(key, int)]
    answers = entry.answers.filter(question__in=ids).values_list("question_id", "value")
    return {f"q{pk}": value for pk, value in answers} | {
        name: getattr(entry, name) for name in ("title", "summary") if name in changed
    }


def writable(entry: Entry, actor: User) -> Entry:
    """The entry, locked, if this person may save to it now.

    Raises:
        NotAllowed, Refused, TooLate: see `save_answers`.
    """
    entry = locked(entry)
    if not rules.has_perm("pitches.write_entry", actor, entry):
        raise NotAllowed("Only members of the team and its partners can write this pitch.")
    if entry.state not in (EntryState.DRAFT, EntryState.SUBMITTED):
        raise WrongState(f"This pitch is {entry.get_state_display().lower()} and can’t be changed.")
    if entry.stage.call.state != CallState.APPROVED:
        raise WrongState("This call was cancelled, so its pitches can’t be changed.")
    if not entry.is_writable():
        if entry.pitch.erased_at is not None:  # new words would be erased by nobody
            raise TooLate("What was written in this pitch is erased, so nothing is added to it.")
        raise TooLate(
            _too_late(entry.stage, "What you submitted stands.", closes_at=entry.closes_at)
        )
    return entry


def touched(entry: Entry) -> Entry:
    """Count one more save of a locked entry."""
    entry.version += 1
    return _saved(entry)


def _saved(entry: Entry) -> Entry:
    entry.saved_at = timezone.now()
    entry.save(update_fields=["version", "saved_at", "draft_title", "draft_summary"])
    return entry


def find_changed(
    entry: Entry, answers: dict[int, Any], title: str | None, summary: str | None
) -> dict[int | str, Any]:
    """What differs from what stands: question id, "title" or "summary" → as typed."""
    stood = {answer.question_id: answer.value for answer in entry.answers.all()}
    changed: dict[int | str, Any] = {}
    for spec in entry.specs:
        if spec["id"] in answers and spec["kind"] != QuestionKind.FILE:
            kind = type_of(spec)
            typed = kind.as_typed(answers[spec["id"]])
            if typed != kind.as_typed(stood.get(spec["id"])):
                changed[spec["id"]] = typed
    for name, text in (("title", title), ("summary", summary)):
        if text is not None and storable(text) != getattr(entry, name):
            changed[name] = storable(text)
    return changed


def _keep(entry: Entry, changed: dict[int | str, Any], actor: User) -> None:
    now = timezone.now()
    entry.draft_title = changed.pop("title", entry.draft_title)
    entry.draft_summary = changed.pop("summary", entry.draft_summary)
    Answer.objects.bulk_create(
        [
            Answer(entry=entry, question_id=question, value=value, saved_at=now, saved_by=actor)
            for question, value in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["entry", "question"],
        update_fields=["value", "saved_at", "saved_by"],
    )
    if not Submission.objects.filter(entry__pitch=entry.pitch_id).exists():
        _name_pitch(entry)


def _name_pitch(entry: Entry) -> None:
    """Let the pitch go by its entry's title; a draft's may still be too long."""
    pitch = entry.pitch
    pitch.title = entry.title.strip()[:LONGEST_TITLE]
    pitch.summary = entry.summary.strip()
    pitch.save(update_fields=["title", "summary"])


@transaction.atomic
def submit_entry(
    *, entry: Entry, actor: User, now: datetime | None = None, version: int | None = None
) -> Submission:
    """Make the working copy what counts: a numbered version with a digest, and a receipt.

    Submitting what is submitted already, unchanged, gives the same version again.

    Args:
        version: the version that the person checked, if they saw one.

    Raises:
        EditConflict: somebody saved after the person checked it.
        TooLate: the stage is not open at `now`; the draft stays as it is.
        Incomplete: something required is missing or wrong; lists every problem.
    """
    now = now or asked_at()
    entry = locked(entry)
    ENTRY.apply("submit", entry, actor)
    _keep_to_live_call(entry.stage.call_id)
    if not entry.is_open(now):
        raise TooLate(_too_late(entry.stage, now=now, closes_at=entry.closes_at))
    if version is not None and version != entry.version:
        raise EditConflict("This pitch was changed since you checked it. Check it again.")
    content, problems = build_content(entry)
    if problems:
        raise Incomplete("Your pitch isn’t ready to submit.", problems)
    latest = entry.submissions.last()
    if latest and latest.content == content and entry.submitted_version is not None:
        entry.submitted_version = entry.version
        entry.save(update_fields=["state", "submitted_version"])
        return latest
    return _keep_submission(entry, content, actor, now)


def _keep_to_live_call(pk: int) -> None:
    """The call as it is now, past the rows that this transaction waited for: a cancellation that
    was committed meanwhile must not be missed.

    Raises:
        TooLate: it was cancelled.
    """
    if not Call.objects.filter(pk=pk, state=CallState.APPROVED).exists():
        raise TooLate("This call isn’t open.")


def _keep_submission(
    entry: Entry, content: dict[str, Any], actor: User | None, now: datetime
) -> Submission:
    submission = Submission.objects.create(
        entry=entry,
        number=entry.submissions.count() + 1,
        at=now,
        by=actor,
        rulebook=entry.rulebook,
        content=content,
        digest=sha256(content),
    )
    _name_pitch(entry)
    entry.submitted_at, entry.submitted_version = now, entry.version
    entry.save(update_fields=["state", "submitted_at", "submitted_version"])
    record(
        "pitches.submitted",
        entry,
        chain=entry.chain,
        actor=actor,
        version=submission.number,
        digest=submission.digest,
    )
    notify(
        team_of(entry),
        subject=f"Receipt: {entry.pitch.title}",
        body=_receipt(submission),
        path=entry.get_absolute_url(),
    )
    return submission


@transaction.atomic
def withdraw_entry(
    *, entry: Entry, actor: User, reason: str = "", now: datetime | None = None
) -> Entry:
    """Take a submitted pitch out of the competition; it can be restored until the deadline.

    After the deadline, who runs the call and who reads the pitch are told too.

    Args:
        reason: for the officers; kept with the entry, so that it can be erased with it.
    """
    now = now or asked_at()
    entry = locked(entry)
    ENTRY.apply("withdraw", entry, actor)
    entry.withdrawn_reason = storable(reason).strip()
    entry.save(update_fields=["state", "withdrawn_reason"])
    record("pitches.withdrawn", entry, chain=entry.chain, actor=actor)
    is_late = now >= entry.closes_at
    notify(
        team_of(entry),
        subject=f"Withdrawn: {entry.pitch.title}",
        body=f"{actor} withdrew “{entry.pitch.title}” from “{entry.stage.call.title}”."
        + (
            " The stage has closed, so it can’t come back. The officers and its judges are told."
            if is_late
            else f" You can bring it back until {moment(entry.closes_at)}."
        ),
        path=entry.get_absolute_url(),
    )
    if is_late:
        withdrawn_late.send(sender=Entry, entry=entry, actor=actor)
    return entry


@transaction.atomic
def restore_entry(*, entry: Entry, actor: User) -> Entry:
    """Make a withdrawn pitch a draft again while its stage is open; who heard that it was withdrawn
    hears that.

    Raises:
        TooLate: it has closed. Refused: its place was offered to the reserve list meanwhile.
    """
    entry = locked(entry)
    ENTRY.apply("restore", entry, actor)
    if not entry.is_open():
        raise TooLate(_too_late(entry.stage, closes_at=entry.closes_at))
    if _place_is_taken(entry):
        raise Refused(
            "The place that your pitch had here was offered to the next on the reserve list, so it "
            "can’t come back. Write to us if you withdrew it by mistake."
        )
    entry.submitted_version, entry.withdrawn_reason = None, ""
    entry.save(update_fields=["state", "submitted_version", "withdrawn_reason"])
    record("pitches.restored", entry, chain=entry.chain, actor=actor)
    notify(
        team_of(entry),
        subject=f"Brought back: {entry.pitch}",
        body=(
            f"{actor} brought “{entry.pitch}” back to “{entry.stage.call.title}”. It is a draft "
            f"again, and counts once its lead has submitted it, by {moment(entry.closes_at)}."
        ),
        path=entry.get_absolute_url(),
    )
    return entry


def _place_is_taken(entry: Entry) -> bool:
    """Whether another has, or can still accept, the place in this stage that it was withdrawn
    from. Offers live on the floor above, which the database knows by name."""
    offers = "offers_of_its_place__"
    taken = Q(**{f"{offers}state": "accepted"}) | Q(
        **{f"{offers}state": "open", f"{offers}until__gt": timezone.now()}
    )
    earlier = Entry.objects.filter(pitch=entry.pitch_id, stage__order__lt=entry.stage.order)
    return earlier.filter(taken).exists()


def advance(*, entry: Entry, stage: Stage, actor: User | None) -> Entry:
    """Give a short-listed pitch its entry in the next stage; call it inside a transaction.

    A stage that asks nothing new (a pitch day) has nothing to write: the entry is in at once.
    """
    following = Entry.objects.create(pitch=entry.pitch, stage=stage, rulebook=stage.rulebook)
    if not following.rulebook.content["questions"]:
        following.state = EntryState.SUBMITTED
        content, _ = build_content(following)
        _keep_submission(following, content, actor, timezone.now())
    return following


def team_of(entry: Entry) -> list[User]:
    """Who hears of a pitch: active people of its lead and of partners that have confirmed.

    `challenges.pitches.parts` says who hears what.
    """
    return people_in([entry.pitch_id])[entry.pitch_id]


def locked(entry: Entry) -> Entry:
    """The entry as the database has it now, held until the transaction ends."""
    return (
        Entry.objects.select_for_update(of=("self",), no_key=True)
        .select_related("pitch__organisation", "stage__call", "rulebook")
        .get(pk=entry.pk)
    )


def _receipt(submission: Submission) -> str:
    entry = submission.entry
    return (
        f"“{entry.pitch.title}” is submitted to “{entry.stage.call.title}”.\n\n"
        f"Reference: {entry.pitch.reference}\n"
        f"Version: {submission.number}\n"
        f"Received: {moment(submission.at)}\n"
        f"Digest (SHA-256 of what was submitted): {submission.digest}\n\n"
        "Anyone who holds this receipt can check it: "
        + on_site(reverse("pitches:receipt"))
        + f"?reference={entry.pitch.reference}&digest={submission.digest}\n\n"
        f"You can change or withdraw it until {moment(entry.closes_at)}."
    )


def _too_late(
    stage: Stage,
    kept: str = "Your text is kept.",
    now: datetime | None = None,
    closes_at: datetime | None = None,
) -> str:
    now, closes_at = now or asked_at(), closes_at or stage.closes_at
    if stage.call.state != CallState.APPROVED:
        return "This call isn’t open."
    if now < stage.opens_at:
        return f"This stage opens {on_moment(stage.opens_at)}."
    return f"This stage closed {on_moment(closes_at)}; it is now {moment(now)}. {kept}".strip()


def why_not_open(call: Call) -> str | None:
    """Why nobody can start a pitch for a call now, or None if they can."""
    stage = call.entry_stage
    if stage is not None and stage.is_open():
        return None
    if stage is None or call.state != CallState.APPROVED:
        return "This call isn’t open."
    return _too_late(stage, kept="")
