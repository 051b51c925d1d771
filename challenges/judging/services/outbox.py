"""The verbs on single letters: write one anew, hold one back, send what was held."""

from datetime import datetime

import rules
import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.decisions import (
    about_of,
    kept_letter,
    next_stage,
    open_stage,
    standard_text,
)
from challenges.judging.locks import hold_stage, require
from challenges.judging.models import Decision, Outcome, OutgoingLetter
from challenges.judging.services.conflicts import officers_of
from challenges.judging.services.telling import tell_one
from challenges.pitches.models import EntryState
from marketplace.accounts.models import User
from marketplace.activity.services import notify_once, record
from marketplace.activity.sweeping import take_turns
from marketplace.errors import Incomplete, Refused, WrongState
from marketplace.numbers import pounds
from marketplace.times import moment

log = structlog.get_logger(__name__)

LONGEST = 20_000
"""Characters of a letter written by hand."""


@transaction.atomic
def write_letter(*, decision: Decision, text: str, actor: User) -> OutgoingLetter | None:
    """Put an officer's words in place of the standard text; gives None where they are the same.

    What every letter says at its end (the legal route, how to come back, who writes) is added as
    it goes out.

    Raises:
        NotAllowed: may not decide in this stage. TooLate: it is sent already.
        Incomplete: it leaves out the recorded reason, or the amount of an award.
        Refused: too long, or a signed release waits.
    """
    decision = _held(decision, actor)
    text = text.replace("\r\n", "\n").strip()
    if not text or text == standard_text(decision)[1]:
        _forget_text(decision, actor)
        return None
    if len(text) > LONGEST:
        raise Refused(f"A letter has at most {LONGEST:,} characters.")
    _says_what_it_must(decision, text)
    letter = kept_letter(decision) or OutgoingLetter(decision=decision)
    letter.body, letter.written_for = text, about_of(decision)
    letter.edited_by, letter.edited_at = actor, timezone.now()
    letter.save()
    _note("judging.letter_edited", decision, actor)
    return letter


def reset_letter(*, decision: Decision, actor: User) -> None:
    """Go back to the standard text.

    Raises:
        NotAllowed, TooLate, Refused: as `write_letter`.
    """
    write_letter(decision=decision, text="", actor=actor)


@transaction.atomic
def hold_letter(*, decision: Decision, reason: str, actor: User) -> OutgoingLetter:
    """Keep one letter back when its stage is released: its team hears later, in another way first.

    Raises:
        Refused: no reason, or a signed release waits. NotAllowed, TooLate: as `write_letter`.
    """
    if not reason.strip():
        raise Refused("Say why this team is to hear later; the second officer will read it.")
    decision = _held(decision, actor)
    letter = kept_letter(decision) or OutgoingLetter(decision=decision)
    letter.hold(actor, reason.strip())
    letter.save()
    _note("judging.letter_held", decision, actor, reason=letter.hold_reason)
    return letter


@transaction.atomic
def free_letter(*, decision: Decision, actor: User) -> None:
    """Let a held letter go out with the others, before its stage is released.

    Raises:
        NotAllowed, TooLate, Refused: as `write_letter`. WrongState: it is not held.
    """
    decision = _held(decision, actor)
    letter = kept_letter(decision)
    if letter is None or not letter.is_held:
        raise WrongState("This letter is not held back.")
    letter.held_by, letter.held_at, letter.hold_reason = None, None, ""
    letter.save(update_fields=["held_by", "held_at", "hold_reason"])
    _note("judging.letter_freed", decision, actor)


@transaction.atomic
def send_held(*, decision: Decision, actor: User | None, now: datetime | None = None) -> Decision:
    """Tell a held team its result, after its stage is released; the clock has no actor.

    Raises:
        NotAllowed: may not decide in this stage.
        WrongState: its stage is not released, or it is not held any more.
    """
    now = now or timezone.now()
    stage = hold_stage(decision.entry.stage_id)
    decision = _read(decision.pk)
    if actor is not None:
        require("judging.decide", actor, stage)
    letter = kept_letter(decision)
    if stage.released_at is None or letter is None or not letter.is_held:
        raise WrongState("This letter does not wait to be sent.")
    sender = actor or _in_whose_name(letter, stage)
    tell_one(decision, stage=stage, following=next_stage(stage), actor=sender, now=now)
    record(
        "judging.held_letter_sent",
        decision.entry,
        chain=decision.entry.chain,
        actor=actor,
        by_the_clock=actor is None,
    )
    return decision


def held_of(stage_id: int) -> list[Decision]:
    """Decisions of a released stage whose teams still wait for their letter, oldest hold first."""
    return list(
        _decisions()
        .filter(
            entry__stage=stage_id,
            entry__stage__released_at__isnull=False,
            letter__in=OutgoingLetter.objects.held(),
        )
        .order_by("letter__held_at", "pk")
    )


def send_overdue(now: datetime | None = None) -> int:
    """Send every held letter whose time is up; how many. Safe to run twice."""
    now = now or timezone.now()
    letters = OutgoingLetter.objects.overdue(now).select_related("decision__entry")
    return take_turns("overdue-letters", letters, lambda letter: _send_overdue(letter, now))


def _send_overdue(letter: OutgoingLetter, now: datetime) -> bool:
    try:
        send_held(decision=letter.decision, actor=None, now=now)
    except WrongState as refused:  # sent meanwhile, or no officer is left
        log.warning("a held letter was not sent", letter=letter.pk, why=str(refused))
        return False
    return True


def _in_whose_name(letter: OutgoingLetter, stage: Stage) -> User:
    """Who held it promised that it would come; where they have left, another officer does it.

    Raises:
        WrongState: the region has no officer.
    """
    entry = letter.decision.entry
    for person in [letter.held_by, *officers_of(stage)]:
        if person is not None and rules.has_perm("pitches.decide_entry", person, entry):
            return person
    raise WrongState("No officer of this region is left to send it.")


def remind_of_held(now: datetime | None = None) -> int:
    """Tell the officers each day which teams still wait; how many letters. Safe to run twice."""
    now = now or timezone.now()
    letters = OutgoingLetter.objects.held().filter(held_until__gt=now)
    found = letters.select_related("decision__entry__stage__call", "decision__entry__pitch")
    return take_turns("held-letters", found, lambda letter: _remind_of(letter, now))


@transaction.atomic
def _remind_of(letter: OutgoingLetter, now: datetime) -> bool:
    if letter.held_until is None:
        return False
    stage = letter.decision.entry.stage
    notify_once(
        officers_of(stage),
        key=f"held-letter:{letter.pk}:{now.date()}",
        subject=f"Still to be told: {letter.decision.entry.pitch}",
        body=f"The letter about “{letter.decision.entry.pitch}” in “{stage.call.title}” is "
        f"held back: {letter.hold_reason}\n\nIt goes out by itself on "
        f"{moment(letter.held_until)}.",
        path=f"/admin/desk/stages/{stage.pk}/letters/",
    )
    return True


def _held(decision: Decision, actor: User) -> Decision:
    """Read again under the lock of the stage, which must still be open."""
    open_stage(decision.entry.stage, actor)
    decision = _read(decision.pk)
    if decision.entry.state != EntryState.SUBMITTED:
        raise WrongState("This pitch isn’t in the competition now.")
    return decision


def _read(pk: int) -> Decision:
    return _decisions().get(pk=pk)


def _decisions() -> QuerySet[Decision]:
    return Decision.objects.select_related(
        "entry__pitch__organisation",
        "entry__stage__call__region",
        "entry__rulebook",
        "entry__reserve_place",
        "letter",
    )


def _forget_text(decision: Decision, actor: User) -> None:
    letter = kept_letter(decision)
    if letter is not None and letter.is_edited:
        letter.body, letter.written_for, letter.edited_by, letter.edited_at = "", "", None, None
        letter.save(update_fields=["body", "written_for", "edited_by", "edited_at"])
        _note("judging.letter_reset", decision, actor)


def _says_what_it_must(decision: Decision, text: str) -> None:
    said = " ".join(text.split())
    lacking = []
    if " ".join(decision.reason.split()) not in said:
        lacking.append(("reason", f"The recorded reason, word for word: “{decision.reason}”"))
    if decision.outcome == Outcome.AWARDED and decision.amount is not None:
        amount = pounds(decision.amount)
        if amount not in said:
            lacking.append(("amount", f"The amount: {amount}"))
    if lacking:
        raise Incomplete("The letter leaves out what was decided.", lacking)


def _note(verb: str, decision: Decision, actor: User, **detail: str) -> None:
    entry = decision.entry
    record(verb, entry, chain=entry.chain, actor=actor, **detail)
