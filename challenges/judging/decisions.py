"""The officer's verbs after scoring: decide, preview the letters, release them all at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import rules
from django.db import transaction
from django.db.models import Sum
from django.template.loader import render_to_string
from django.utils import timezone

from challenges.calls.legal.letters import route_paragraphs
from challenges.calls.models import Stage
from challenges.judging.departures import departures
from challenges.judging.locks import hold_stage
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    Correction,
    CorrectionKind,
    Decision,
    Outcome,
    stands,
)
from challenges.judging.reserve import fix_reserve
from challenges.judging.retention import kept_until
from challenges.judging.table import Table, rules_of, table_of
from challenges.pitches.models import Entry, EntryQuerySet, EntryState
from challenges.pitches.services import advance, team_of
from challenges.pitches.workflow import ENTRY
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import Incomplete, NotAllowed, Refused, TooLate
from marketplace.times import moment

EVENT_FOR = {
    Outcome.SHORTLISTED: "shortlist",
    Outcome.AWARDED: "award",
    Outcome.NOT_AWARDED: "decline",
}


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
    stage = _open_stage(stage, actor)
    check_outcome(stage, outcome, reason, amount)
    chosen = {entry.pk for entry in entries}
    held = _held_entries(stage).filter(pk__in=chosen)
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
        raise Refused(f"An award in this call is at most £{limit:,.0f}.")


def keep_minimums(stage: Stage, chosen: set[int]) -> None:
    """Raises: Refused: one of these entries is under a minimum of the sealed rules."""
    rules_in_force = rules_of(stage)
    if rules_in_force.minimum_total is None and not rules_in_force.floors:
        return
    for row in table_of(stage).standings:
        if row.entry in chosen and (row.short_of or row.total is None):
            why = "; ".join(row.short_of) or "nobody has scored it"
            raise Refused(f"Pitch {row.reference} is under a minimum of the sealed rules: {why}.")


def _held_entries(stage: Stage) -> EntryQuerySet:
    """Entries to decide about, held so that none is withdrawn meanwhile."""
    return (
        stage.entries.filter(state=EntryState.SUBMITTED)
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
    return [compose(decision) for decision in _decisions(stage)]


def compose(decision: Decision) -> Letter:
    entry = decision.entry
    # A title is one line in a letter, whatever was typed into its box.
    title = " ".join(str(entry.pitch).split())
    context = {
        "decision": decision,
        "entry": entry,
        "call": entry.stage.call,
        "title": title,
        "kept_until": kept_until(decision.told_at or timezone.now()),
        "reserve": getattr(entry, "reserve_place", None),
    }
    name = f"judging/letters/{decision.outcome}.txt"
    subject, _, body = render_to_string(name, context).strip().partition("\n\n")
    of_route = route_paragraphs(entry.stage.call, decision.outcome, timezone.localdate())
    mark, preface = _of_correction(decision)
    return Letter(
        entry, f"{mark}{subject.strip()}", "\n\n".join([*preface, body.strip(), *of_route])
    )


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


def find_undecided(stage: Stage) -> int:
    return stage.entries.filter(state=EntryState.SUBMITTED, decision=None).count()


def find_departures(stage: Stage, table: Table | None = None) -> list[str]:
    """Where a stage's decisions depart from its ranking, its places or its budget."""
    table = table or table_of(stage)
    made = Decision.objects.filter(entry__stage=stage, entry__in=Entry.objects.in_competition())
    forward = made.exclude(outcome=Outcome.NOT_AWARDED)
    found = departures(
        table.standings, set(forward.values_list("entry", flat=True)), table.rules.places
    )
    spent, budget = made.aggregate(spent=Sum("amount"))["spent"], stage.call.budget
    if spent is not None and budget is not None and spent > budget:
        found.append(f"The awards come to £{spent:,.0f}; the budget is £{budget:,.0f}.")
    return found


@transaction.atomic
def release(
    *, stage: Stage, actor: User, explanation: str = "", now: datetime | None = None
) -> list[Decision]:
    """Tell every applicant of a stage at the same moment, or nobody.

    The caller may add to the same transaction (awards are made there).

    Args:
        explanation: why the decisions depart from the ranking, where they do; it is recorded.

    Raises:
        Incomplete: some entries are not decided, or decisions depart from the ranking and
            nobody says why.
        Refused: level pitches wait for a draw.
        TooLate: they are released already.
    """
    now = now or timezone.now()
    stage = _open_stage(stage, actor)
    list(_held_entries(stage))
    if now < stage.scores_due_at and _unfinished_reviews(stage):
        raise Refused("Judges are still scoring: wait for them, or for the panel to close.")
    if undecided := find_undecided(stage):
        raise Incomplete(
            "Decide every pitch first.",
            [("undecided", f"{undecided} not decided yet.")],
        )
    decisions = _decisions(stage)
    if not decisions:
        raise Refused("There is nothing to release: no pitch was submitted.")
    forward = {d.entry_id for d in decisions if d.outcome != Outcome.NOT_AWARDED}
    keep_minimums(stage, forward)
    table = table_of(stage)
    departs = _explained(stage, table, explanation)
    following = next_stage(stage)
    if fix_reserve(stage, table, now):
        decisions = _decisions(stage)  # with their places as they are fixed now
    for decision in decisions:
        _release_one(decision, following, actor, now)
    stage.released_at = now
    stage.save(update_fields=["released_at"])
    record(
        "judging.released",
        stage,
        chain=stage.call.chain,
        actor=actor,
        count=len(decisions),
        ranking={"scores": table.fairness.digest, "method": table.fairness.method},
        **({"departures": departs, "explanation": explanation.strip()} if departs else {}),
    )
    return decisions


def _explained(stage: Stage, table: Table, explanation: str) -> list[str]:
    """The departures from the ranking, once somebody has said why."""
    if table.draw_waits and any(row.is_level_across(table.rules.places) for row in table.standings):
        raise Refused(
            "Pitches at the cut line are level, and the rules draw between them: wait until the "
            f"panel closes, {moment(stage.scores_due_at)}."
        )
    found = find_departures(stage, table)
    if found and not explanation.strip():
        raise Incomplete(
            "The decisions depart from the ranking. Change them, or say why.",
            [("explanation", sentence) for sentence in found],
        )
    return found


def _release_one(decision: Decision, following: Stage | None, actor: User, now: datetime) -> None:
    entry = decision.entry
    ENTRY.apply(EVENT_FOR[Outcome(decision.outcome)], entry, actor)
    entry.save(update_fields=["state"])
    decision.released_at = now
    decision.save(update_fields=["released_at"])
    letter = compose(decision)
    notify(
        team_of(entry),
        subject=letter.subject,
        body=letter.body,
        path=entry.get_absolute_url(),
    )
    if decision.outcome == Outcome.SHORTLISTED and following:
        advance(entry=entry, stage=following, actor=actor)


def next_stage(stage: Stage) -> Stage | None:
    """The stage that short-listed pitches go on to; rounds of a rolling call lead nowhere."""
    if stage.call.is_rolling:
        return None
    return stage.call.stages.filter(order__gt=stage.order).order_by("order").first()


def _unfinished_reviews(stage: Stage) -> bool:
    return Assignment.objects.filter(
        stands(),
        entry__stage=stage,
        entry__state=EntryState.SUBMITTED,
        state=AssignmentState.ASSIGNED,
    ).exists()


def _decisions(stage: Stage) -> list[Decision]:
    return list(
        Decision.objects.filter(entry__stage=stage, entry__state=EntryState.SUBMITTED)
        .select_related(
            "entry__pitch__organisation",
            "entry__stage__call__region",
            "entry__rulebook",
            "entry__reserve_place",
        )
        .order_by("outcome", "entry__pitch__reference")
    )


def _open_stage(stage: Stage, actor: User) -> Stage:
    stage = hold_stage(stage.pk)
    if not rules.has_perm("judging.decide", actor, stage):
        raise NotAllowed("Only an officer of this call who does not judge it can decide.")
    if stage.released_at is not None:
        raise TooLate("The decisions of this stage are released and can’t be changed.")
    return stage
