"""After scoring: decide, and the letters that tell of it. `services.releasing` lets them out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import rules
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from challenges.calls.legal.letters import route_paragraphs
from challenges.calls.models import Stage
from challenges.judging.departures import Departure, all_departures
from challenges.judging.locks import hold_stage
from challenges.judging.models import (
    Correction,
    CorrectionKind,
    Decision,
    OfferState,
    Outcome,
    OutgoingLetter,
    Release,
    ReservePlace,
)
from challenges.judging.results import CriterionFeedback, criteria_of
from challenges.judging.retention import kept_until
from challenges.judging.services.appeals import WINDOW
from challenges.judging.table import Table, rules_of, table_of
from challenges.pitches.models import Entry, EntryQuerySet, EntryState
from marketplace.accounts.models import User
from marketplace.activity.chain import sha256
from marketplace.activity.services import record
from marketplace.errors import NotAllowed, Refused, TooLate
from marketplace.numbers import pounds

STOP_FIRST = "A signed release waits to go out: stop it first."
BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Letter:
    """What one applicant will read: `subject` a line, `body` plain text."""

    entry: Entry
    subject: str
    body: str


@transaction.atomic
def decide(
    *,
    stage: Stage,
    entries: Iterable[Entry],
    outcome: str,
    reason: str,
    actor: User,
    feedback: str | None = None,
    amount: Decimal | None = None,
) -> list[Decision]:
    """Mark entries with an outcome and a reason; it can be changed until it is released.

    Raises:
        NotAllowed: not an officer of the call, or a judge of the stage.
        TooLate: the stage's decisions are released.
        Refused: no reason, no amount for an award, an entry that is not in the
            competition, or one that is under a minimum of the sealed rules.
    """
    stage = open_stage(stage, actor)
    check_outcome(stage, outcome, reason, amount)
    chosen = {entry.pk for entry in entries}
    held = held_entries(stage).filter(pk__in=chosen)
    if len(held) != len(chosen):
        raise Refused("One of these pitches isn’t in this competition now. Load the page again.")
    if outcome != Outcome.NOT_AWARDED:
        keep_minimums(stage, chosen)
    return [_decide_one(entry, outcome, reason, actor, feedback, amount) for entry in held]


def check_outcome(stage: Stage, outcome: str, reason: str, amount: Decimal | None) -> None:
    """Raises: Refused: no such outcome here, no reason, no amount for an award, or too much."""
    if not reason.strip():
        raise Refused("Give a reason: applicants and auditors will read it.")
    if outcome == Outcome.AWARDED and (amount is None or amount <= 0):
        raise Refused("Give the amount of the award, in pounds.")
    if outcome == Outcome.SHORTLISTED and next_stage(stage) is None:
        raise Refused("This is the last stage, so there is nothing to be short-listed for.")
    limit = stage.call.award_limit
    if amount is not None and limit is not None and amount > limit:
        raise Refused(f"An award in this call is at most {pounds(limit)}.")


def keep_minimums(stage: Stage, chosen: set[int], table: Table | None = None) -> None:
    """Raises: Refused: one of these entries is under a minimum of the sealed rules."""
    rules_in_force = rules_of(stage)
    if rules_in_force.minimum_total is None and not rules_in_force.floors:
        return
    for row in (table or table_of(stage)).standings:
        if row.entry in chosen and (row.short_of or row.total is None):
            why = "; ".join(row.short_of) or "nobody has scored it"
            raise Refused(f"Pitch {row.reference} is under a minimum of the sealed rules: {why}.")


def held_entries(stage: Stage) -> EntryQuerySet:
    """Entries to decide about, held so that none is withdrawn meanwhile."""
    return (
        stage.entries.filter(state=EntryState.SUBMITTED)
        .whose_time_is_over(timezone.now())
        .select_for_update(of=("self",), no_key=True)
        .select_related("pitch")
        .order_by("pk")
    )


def _decide_one(
    entry: Entry,
    outcome: str,
    reason: str,
    actor: User,
    feedback: str | None,
    amount: Decimal | None,
) -> Decision:
    values = {
        "outcome": outcome,
        "reason": reason,
        "amount": amount if outcome == Outcome.AWARDED else None,
        "decided_by": actor,
        "decided_at": timezone.now(),
    }
    if feedback is not None:
        values["feedback"] = feedback
    decision, _ = Decision.objects.update_or_create(entry=entry, defaults=values)
    record(
        "judging.decided",
        entry,
        chain=entry.chain,
        actor=actor,
        outcome=outcome,
        reason=reason,
    )
    return decision


def preview_letters(stage: Stage) -> list[Letter]:
    """Every letter as it would go out now, in the order of the decisions."""
    return compose_all(decisions_of(stage))


def compose_all(made: Iterable[Decision]) -> list[Letter]:
    """The letters of several decisions, in as many queries as for one."""
    made = list(made)
    said = criteria_of(decision.entry for decision in made)
    return [compose(decision, said[decision.entry_id]) for decision in made]


def compose(decision: Decision, said: Sequence[CriterionFeedback] | None = None) -> Letter:
    """A decision's letter: as it was sent, else as it would go out now.

    Args:
        said: what the panel said by criterion, where the caller has it already.
    """
    entry, kept = decision.entry, kept_letter(decision)
    if decision.corrected_at is not None:
        kept = None  # it tells of what was decided before
    if kept and kept.sent_at and kept.body:
        return Letter(entry, kept.subject, kept.body)
    subject, standard = standard_text(decision, said)
    text = kept.body if kept and kept.is_edited else standard
    of_route = route_paragraphs(entry.stage.call, decision.outcome, timezone.localdate())
    closing = render_to_string("judging/letters/_closing.txt", _words_of(decision)).strip()
    mark, preface = _of_correction(decision)
    return Letter(entry, f"{mark}{subject}", "\n\n".join([*preface, text, *of_route, closing]))


def _of_correction(decision: Decision) -> tuple[str, list[str]]:
    """What a letter says first when it takes the place of an earlier one: before the subject, and
    as paragraphs."""
    if decision.corrected_at is None:
        return "", []
    latest: Correction = decision.entry.corrections.latest("number")
    if latest.kind == CorrectionKind.TAKEN_UP:
        return "", [f"You took the place that we offered you from the reserve list. {latest.why}"]
    of = f"{timezone.localdate(latest.before_told_at):%-d %B %Y}"
    return "Corrected: ", [
        f"This letter corrects our letter of {of}, and takes its place.",
        f"Why it is corrected: {latest.why}",
    ]


def standard_text(
    decision: Decision, said: Sequence[CriterionFeedback] | None = None
) -> tuple[str, str]:
    """Subject, and the part of the letter that an officer may write anew."""
    if said is None:
        said = criteria_of([decision.entry])[decision.entry_id]
    name = f"judging/letters/{decision.outcome}.txt"
    text = render_to_string(name, {**_words_of(decision), "said": said})
    subject, _, body = text.strip().partition("\n\n")
    return subject.strip(), BLANK_LINES.sub("\n\n", body.strip())


def kept_letter(decision: Decision) -> OutgoingLetter | None:
    """What an officer changed about a decision's letter, or how it was sent; None: nothing."""
    return getattr(decision, "letter", None)


def about_of(decision: Decision) -> str:
    """Digest of what a decision says: its letter is written for it."""
    return sha256(
        [
            decision.outcome,
            decision.reason,
            decision.feedback,
            # As the column holds it, whatever it was set from.
            None if decision.amount is None else f"{Decimal(decision.amount):.2f}",
        ]
    )


def is_stale(decision: Decision) -> bool:
    """Whether its letter was written by hand for what was decided before."""
    letter = kept_letter(decision)
    return letter is not None and letter.is_edited and letter.written_for != about_of(decision)


def _words_of(decision: Decision) -> dict[str, Any]:
    entry = decision.entry
    call = entry.stage.call
    return {
        "decision": decision,
        "entry": entry,
        "call": call,
        # A title is one line in a letter, whatever was typed into its box.
        "title": " ".join(str(entry.pitch).split()),
        "kept_until": kept_until(decision.told_at or timezone.now()),
        "reserve": _place_on_list(decision),
        "region": call.region,
        "days_to_appeal": WINDOW,
    }


def _place_on_list(decision: Decision) -> ReservePlace | None:
    """Its place on the reserve list, where it still waits for one: a corrected letter may come
    after it had its offer, or after the list has ended."""
    place: ReservePlace | None = getattr(decision.entry, "reserve_place", None)
    if place is None or decision.outcome != Outcome.NOT_AWARDED:
        return None
    if decision.corrected_at is None:
        return place
    had_one = place.offers.exclude(state=OfferState.TAKEN_BACK).exists()
    return None if had_one or not place.is_held() else place


def departures_of(
    decisions: Sequence[Decision], table: Table, budget: Decimal | None
) -> list[Departure]:
    """Where a stage's decisions depart from its ranking, its places or its budget in pounds."""
    forward = {made.entry_id for made in decisions if made.outcome != Outcome.NOT_AWARDED}
    found = all_departures(table.standings, forward, table.rules.places)
    spent = sum((made.amount for made in decisions if made.amount is not None), Decimal(0))
    if budget is not None and spent > budget:
        sentence = f"The awards come to {pounds(spent)}; the budget is {pounds(budget)}."
        found.append(Departure("budget", sentence))
    return found


def next_stage(stage: Stage) -> Stage | None:
    """The stage that short-listed pitches go on to; rounds of a rolling call lead nowhere."""
    return next_of(stage.call.stages.all(), stage)


def next_of(stages: Iterable[Stage], stage: Stage) -> Stage | None:
    """As `next_stage`, among the call's stages in order."""
    if stage.call.is_rolling:
        return None
    return next((each for each in stages if each.order > stage.order), None)


def decisions_of(stage: Stage) -> list[Decision]:
    """What is decided and not yet released, with what its letters say."""
    return list(undisclosed(stage))


def undisclosed(stage: Stage) -> QuerySet[Decision]:
    """As `decisions_of`, before they are read."""
    return (
        Decision.objects.filter(entry__stage=stage, entry__state=EntryState.SUBMITTED)
        .select_related(
            "entry__pitch__organisation",
            "entry__stage__call__region",
            "entry__rulebook",
            "entry__reserve_place",
            "letter",
        )
        .order_by("outcome", "entry__pitch__reference")
    )


def open_stage(stage: Stage, actor: User) -> Stage:
    """The stage, held, where this person may still change what is decided in it.

    Raises:
        NotAllowed: not an officer of the call, or a judge of the stage.
        TooLate: the decisions are released. Refused: a signed release waits.
    """
    stage = hold_stage(stage.pk)
    if not rules.has_perm("judging.decide", actor, stage):
        raise NotAllowed("Only an officer of this call who does not judge it can decide.")
    if stage.released_at is not None:
        raise TooLate("The decisions of this stage are released and can’t be changed.")
    if Release.objects.waiting().of(stage).exists():
        raise Refused(STOP_FIRST)
    return stage
