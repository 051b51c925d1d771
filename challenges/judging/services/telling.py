"""Telling a team its result: the state, the letter, and all that follows, in one transaction."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings

from challenges.calls.models import Stage
from challenges.judging import decisions
from challenges.judging.models import Decision, Outcome, OutgoingLetter
from challenges.pitches.services import advance, team_of
from challenges.pitches.workflow import ENTRY
from marketplace.accounts.models import User
from marketplace.activity.services import notify
from marketplace.errors import WrongState

EVENT_FOR = {
    Outcome.SHORTLISTED: "shortlist",
    Outcome.AWARDED: "award",
    Outcome.NOT_AWARDED: "decline",
}

Consequence = Callable[[Decision, User], object]
C = TypeVar("C", bound=Consequence)
_consequences: list[Consequence] = []


def when_told(consequence: C) -> C:
    """Have something done for each decision in the transaction that releases it: apps above say
    here what follows from one, so that no release goes without it."""
    if consequence not in _consequences:
        _consequences.append(consequence)
    return consequence


def tell(made: Iterable[Decision], *, stage: Stage, actor: User, now: datetime) -> list[Decision]:
    """Release decisions, but for those whose letter is held: they wait. Call it inside the
    transaction that releases their stage; gives those that were told.

    Args:
        stage: as it is saved by now, released.

    Raises:
        WrongState: the stage is not released, or an entry is not in the competition any more.
    """
    made = list(made)
    following = decisions.next_stage(stage)
    told = []
    for decision in made:
        kept = decisions.kept_letter(decision)
        if kept is not None and kept.is_held:
            kept.held_until = hold_ends(following, now)
            kept.save(update_fields=["held_until"])
            continue
        tell_one(decision, stage=stage, following=following, actor=actor, now=now)
        told.append(decision)
    return told


def tell_one(
    decision: Decision, *, stage: Stage, following: Stage | None, actor: User, now: datetime
) -> None:
    """Release one decision of a released stage, send its letter, and do what follows from it.

    Raises:
        WrongState: as `tell`.
    """
    if stage.released_at is None or stage.pk != decision.entry.stage_id:
        raise WrongState("Two officers release a stage; no team is told before.")
    entry = decision.entry
    ENTRY.apply(EVENT_FOR[Outcome(decision.outcome)], entry, actor)
    entry.save(update_fields=["state"])
    decision.released_at = now
    decision.save(update_fields=["released_at"])
    letter = decisions.compose(decision)
    OutgoingLetter.objects.update_or_create(
        decision=decision,
        defaults={"subject": letter.subject[:200], "body": letter.body, "sent_at": now},
    )
    notify(
        team_of(entry),
        subject=letter.subject,
        body=letter.body,
        path=entry.get_absolute_url(),
        sender=actor,
    )
    if decision.outcome == Outcome.SHORTLISTED and following:
        advance(entry=entry, stage=following, actor=actor)
    for consequence in _consequences:
        consequence(decision, actor)


def hold_ends(following: Stage | None, now: datetime) -> datetime:
    """Until when a letter may be held: some days, and never into the next stage."""
    end = now + timedelta(days=settings.LETTER_HOLD_DAYS)
    return min(end, max(following.opens_at, now)) if following else end
