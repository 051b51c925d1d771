"""The verbs on a pitch: start, save, submit, withdraw, restore, advance."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from challenges.calls.models import Call, CallState, Stage
from challenges.pitches.content import build_content
from challenges.pitches.models import Answer, Entry, EntryState, Pitch, Submission
from challenges.pitches.rules import is_on_team
from challenges.pitches.workflow import ENTRY
from marketplace.accounts.models import User
from marketplace.activity.chain import sha256
from marketplace.activity.services import notify, record
from marketplace.errors import EditConflict, Incomplete, NotAllowed, Refused, TooLate
from marketplace.times import moment
from startups.models import Organisation
from startups.rules import is_member_of


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
    stage = call.first_stage
    if stage is None or not stage.is_open():
        raise TooLate(_why_not_open(call, stage))
    try:
        with transaction.atomic():
            pitch = Pitch.objects.create(call=call, organisation=organisation, started_by=actor)
    except IntegrityError as error:
        raise Refused(
            f"{organisation} has a pitch for this call already. Open it from your dashboard."
        ) from error
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
) -> Entry:
    """Keep what was typed, right or wrong, as the working copy.

    A draft may be saved after the deadline, so that nobody loses text to a clock; it can't be
    submitted then. A submitted pitch can't be changed any more.

    Args:
        answers: question id → what was typed, as the form field takes it.
        version: the entry's version when the person's copy was loaded.

    Raises:
        EditConflict: somebody else has saved since; nothing was changed.
        TooLate: the pitch is submitted and its stage has closed.
    """
    entry = locked(entry)
    if not is_on_team(actor, entry):
        raise NotAllowed("Only members of the team can write this pitch.")
    if entry.state not in (EntryState.DRAFT, EntryState.SUBMITTED):
        raise Refused(f"This pitch is {entry.get_state_display().lower()} and can’t be changed.")
    if entry.state == EntryState.SUBMITTED and not entry.stage.is_open():
        raise TooLate(_too_late(entry.stage))
    if entry.version != version:
        raise EditConflict(
            "This pitch was changed in another window since you opened it. "
            "Nothing was overwritten: compare the two texts and choose."
        )
    if not _keep(entry, answers, actor, title, summary):
        return entry
    entry.version += 1
    entry.saved_at = timezone.now()
    entry.save(update_fields=["version", "saved_at"])
    return entry


def _keep(
    entry: Entry, answers: dict[int, Any], actor: User, title: str | None, summary: str | None
) -> bool:
    """Write what differs; whether anything did."""
    pitch, asked = entry.pitch, {spec["id"] for spec in entry.rulebook.content["questions"]}
    stood = {answer.question_id: answer.value for answer in entry.answers.all()}
    changed = {
        question: value
        for question, value in answers.items()
        if question in asked and stood.get(question) != value
    }
    now = timezone.now()
    Answer.objects.bulk_create(
        [
            Answer(entry=entry, question_id=question, value=value, saved_at=now, saved_by=actor)
            for question, value in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["entry", "question"],
        update_fields=["value", "saved_at", "saved_by"],
    )
    heading = {"title": title, "summary": summary}
    renamed = {k: v for k, v in heading.items() if v is not None and v != getattr(pitch, k)}
    for name, value in renamed.items():
        setattr(pitch, name, value)
    if renamed:
        pitch.save(update_fields=list(renamed))
    return bool(changed or renamed)


@transaction.atomic
def submit_entry(*, entry: Entry, actor: User, now: datetime | None = None) -> Submission:
    """Make the working copy what counts: a numbered version with a digest, and a receipt.

    Submitting what is submitted already, unchanged, gives the same version again.

    Raises:
        TooLate: the stage is not open at `now`; the draft stays as it is.
        Incomplete: something required is missing or wrong; lists every problem.
    """
    now = now or timezone.now()
    entry = locked(entry)
    ENTRY.apply("submit", entry, actor)
    if not entry.stage.is_open(now):
        raise TooLate(_too_late(entry.stage))
    content, problems = build_content(entry)
    if problems:
        raise Incomplete("Your pitch isn’t ready to submit.", problems)
    latest = entry.submissions.last()
    if latest and latest.content == content and entry.submitted_version is not None:
        entry.submitted_version = entry.version
        entry.save(update_fields=["state", "submitted_version"])
        return latest
    return _keep_submission(entry, content, actor, now)


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
def withdraw_entry(*, entry: Entry, actor: User, reason: str = "") -> Entry:
    """Take a submitted pitch out of the competition; it can be restored until the deadline."""
    entry = locked(entry)
    ENTRY.apply("withdraw", entry, actor)
    entry.save(update_fields=["state"])
    record("pitches.withdrawn", entry, chain=entry.chain, actor=actor, reason=reason)
    notify(
        team_of(entry),
        subject=f"Withdrawn: {entry.pitch.title}",
        body=f"{actor} withdrew “{entry.pitch.title}” from “{entry.stage.call.title}”.",
        path=entry.get_absolute_url(),
    )
    return entry


@transaction.atomic
def restore_entry(*, entry: Entry, actor: User) -> Entry:
    """Make a withdrawn pitch a draft again while its stage is open."""
    entry = locked(entry)
    ENTRY.apply("restore", entry, actor)
    if not entry.stage.is_open():
        raise TooLate(_too_late(entry.stage))
    entry.submitted_version = None
    entry.save(update_fields=["state", "submitted_version"])
    record("pitches.restored", entry, chain=entry.chain, actor=actor)
    return entry


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
    return list(User.objects.filter(memberships__organisation=entry.pitch.organisation_id))


def locked(entry: Entry) -> Entry:
    """The entry as the database has it now, held until the transaction ends."""
    return (
        Entry.objects.select_for_update(of=("self",))
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
        f"You can change or withdraw it until {moment(entry.stage.closes_at)}."
    )


def _too_late(stage: Stage) -> str:
    now = timezone.now()
    if now < stage.opens_at:
        return f"This stage opens on {moment(stage.opens_at)}."
    return (
        f"This stage closed on {moment(stage.closes_at)}; it is now {moment(now)}. "
        "Your text is kept."
    )


def _why_not_open(call: Call, stage: Stage | None) -> str:
    if stage is None or call.state != CallState.APPROVED:
        return "This call isn’t open."
    return _too_late(stage).removesuffix(" Your text is kept.")
