"""Who reads what: share out, give and take by hand."""

from collections import Counter
from collections.abc import Callable
from typing import cast

import numpy as np
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.assignment import share_out
from challenges.judging.locks import hold_review, hold_stage, require
from challenges.judging.matching import parts_of_pairs, plan
from challenges.judging.models import Assignment, AssignmentState, Panel, PanelMember
from challenges.judging.pairs import (
    Pair,
    Pairs,
    available,
    barred_pairs,
    fit_of,
    limits_of,
    scorers,
    standing_of,
    why_barred,
)
from challenges.judging.services.conflicts import note_ties
from challenges.judging.services.recusing import give_reviews
from challenges.pitches.models import Entry, EntryState
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import Refused, TooLate, WrongState
from marketplace.times import on_moment

MOST_REVIEWS = 50
MOST_PITCHES = 10_000
NOBODY_READY = "Nobody on the panel has accepted and declared their interests yet."

STEPS = (
    "Looking for ties to applicants",
    "Making the loads even",
    "Giving pitches to those who know their matter",
    "Writing it down",
)
"""Of sharing out, in order."""

ACROSS = 0.05
"""Share of the reviews that go to judges who know other matters, so that severities compare."""


@transaction.atomic
def set_reviews_per_pitch(
    *, stage: Stage, reviews: int, actor: User, most_per_judge: int | None = None
) -> Panel:
    """Say how many judges read each pitch, and how many pitches one judge reads at most.

    What is given out already stays.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: not a number from 1 to 50, or a limit under 1.
    """
    stage = hold_stage(stage.pk)
    require("judging.run_panel", actor, stage)
    if not 1 <= reviews <= MOST_REVIEWS:
        raise Refused(f"Give each pitch from 1 to {MOST_REVIEWS} judges.")
    if most_per_judge is not None and not 1 <= most_per_judge <= MOST_PITCHES:
        raise Refused(f"A judge’s limit is from 1 to {MOST_PITCHES:,} pitches.")
    panel, _ = Panel.objects.get_or_create(stage=stage)
    panel.reviews_per_pitch = reviews
    panel.most_per_judge = most_per_judge
    panel.save(update_fields=["reviews_per_pitch", "most_per_judge"])
    record(
        "judging.reviews_set",
        stage,
        chain=stage.call.chain,
        actor=actor,
        reviews=reviews,
        most=most_per_judge,
    )
    return panel


@transaction.atomic
def assign_entries(
    *, stage: Stage, actor: User, tell: Callable[[int], None] = lambda step: None
) -> tuple[int, int]:
    """Share the stage's entries out among judges who have declared their interests.

    Ties that nobody has declared are looked for first; they wait for a decision.

    Args:
        tell: hears which of `STEPS` begins.

    Returns:
        How many reviews were given out, and how many are still wanting.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: nobody on the panel has accepted and declared yet.
        TooLate: the stage's decisions are released.
    """
    stage = hold_open_panel(stage, actor)
    panel, _ = Panel.objects.get_or_create(stage=stage)
    judges = list(available(panel).prefetch_related("expertise").order_by("pk"))
    if not judges:
        raise Refused(NOBODY_READY)
    tell(0)
    note_ties(stage, actor)
    tell(1)
    entries = list(
        stage.entries.filter(state=EntryState.SUBMITTED)
        .whose_time_is_over(timezone.now())
        .order_by("pitch__reference")
        .values_list("pk", flat=True)
    )
    barred, standing = barred_pairs(panel), set(standing_of(panel).values_list("member", "entry"))
    numbers = [judge.pk for judge in judges]
    limits = limits_of(panel, judges)
    shared, wanting = share_out(
        entries,
        numbers,
        reviews=panel.reviews_per_pitch,
        most=limits,
        conflicts=barred,
        existing=standing,
    )
    new, lacking = cast(list[Pair], shared), cast(dict[int, int], wanting)
    if lacking and limits:
        new, lacking = _within_limits(entries, numbers, panel, limits, standing, barred)
    tell(2)
    pairs = fitted(entries, judges, new, standing, barred)
    tell(3)
    give_reviews(panel, pairs, actor)
    record("judging.assigned", stage, chain=stage.call.chain, actor=actor, reviews=len(pairs))
    given = {judge for judge, _ in pairs}
    for judge in judges:
        if judge.pk in given:
            _tell(judge, stage)
    return len(pairs), sum(lacking.values())


def _within_limits(
    entries: list[int],
    judges: list[int],
    panel: Panel,
    limits: dict[int, int],
    standing: Pairs,
    barred: Pairs,
) -> tuple[list[Pair], dict[int, int]]:
    """As many reviews as limits and ties leave room for: going through the pitches one by one can
    fill a judge whom a later pitch needed."""
    readers = Counter(entry for _, entry in standing)
    load = Counter(judge for judge, _ in standing)
    at = {judge: place for place, judge in enumerate(judges)}
    place = {entry: number for number, entry in enumerate(entries)}
    found = plan(
        np.zeros((len(entries), len(judges))),
        reviews=[max(0, panel.reviews_per_pitch - readers[entry]) for entry in entries],
        most=[max(0, limits.get(judge, len(entries)) - load[judge]) for judge in judges],
        barred=[(at[j], place[e]) for j, e in barred | standing if j in at and e in place],
    )
    pairs = [(judges[judge], entries[entry]) for judge, entry in found.pairs]
    return pairs, {entries[entry]: number for entry, number in found.lacking.items()}


def fitted(
    entries: list[int], judges: list[PanelMember], new: list[Pair], standing: Pairs, barred: Pairs
) -> list[Pair]:
    """The same numbers of reviews for everyone, given to those who know the matter best.

    How even the loads can be is known from sharing out; within that, the sum of the fits is the
    greatest there is that gives one review in twenty to those who know other matters and leaves
    all judges comparable through shared pitches. Without anybody's
    expertise nothing changes where they are comparable already.
    """
    fit = fit_of(entries, judges)
    if not new or (not fit.any() and parts_of_pairs({*new, *standing}) == 1):
        return new
    at = {judge.pk: place for place, judge in enumerate(judges)}
    place = {entry: number for number, entry in enumerate(entries)}
    load = Counter(judge for judge, _ in new)
    readers = Counter(entry for _, entry in new)
    loads = [load[judge.pk] for judge in judges]
    # Where some have pitches already or limits differ, who gets one more is not a matter of taste.
    is_exact = bool(standing) or max(loads) - min(loads) > 1
    compared = max(readers.values()) > 1 and fit.any()
    best = plan(
        fit,
        theme=fit > 0 if compared else None,
        across=ACROSS if compared else 0.0,
        reviews=[readers[entry] for entry in entries],
        least=loads if is_exact else min(loads),
        most=loads if is_exact else max(loads),
        barred=[
            (at[judge], place[entry])
            for judge, entry in barred | standing
            if judge in at and entry in place
        ],
        linked=[
            (at[judge], place[entry]) for judge, entry in standing if judge in at and entry in place
        ],
        connected=True,
    )
    return [(judges[judge].pk, entries[entry]) for judge, entry in best.pairs]


@transaction.atomic
def assign_by_hand(*, member: PanelMember, entry: Entry, actor: User) -> Assignment:
    """Give one pitch to one judge, whatever the number of reviews wanted.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: the judge is not ready, has an interest or has it already, or the pitch is
            not in this stage's competition.
    """
    stage = hold_open_panel(Stage(pk=entry.stage_id), actor)
    member = PanelMember.objects.select_related("panel", "user").get(pk=member.pk)
    entry = Entry.objects.select_related("pitch").get(pk=entry.pk)
    if member.panel.stage_id != stage.pk or entry.state != EntryState.SUBMITTED:
        raise Refused("This pitch isn’t in the competition that this panel judges.")
    if member.is_switched_off:
        raise Refused(f"{member.name}’s account is switched off.")
    if not scorers(member.panel).filter(pk=member.pk).exists():
        raise Refused(f"{member.name} has not accepted and declared their interests yet.")
    if standing_of(member.panel).filter(member=member, entry=entry).exists():
        raise Refused(f"{member.name} has this pitch already.")
    if refusal := why_barred(member, entry):
        raise Refused(refusal)
    give_reviews(member.panel, [(member.pk, entry.pk)], actor, by_hand=True)
    assignment = Assignment.objects.get(member=member, entry=entry)
    record("judging.assigned", stage, chain=stage.call.chain, actor=actor, reviews=1)
    _tell(member, stage)
    return assignment


@transaction.atomic
def hand_over(*, assignment: Assignment, member: PanelMember, actor: User) -> Assignment:
    """Move a pitch from one judge to another in one act; nothing moves unless both halves can.

    Raises:
        as `unassign` and `assign_by_hand`.
    """
    entry = assignment.entry
    unassign(assignment=assignment, actor=actor)
    return assign_by_hand(member=member, entry=entry, actor=actor)


@transaction.atomic
def keep_by_hand(*, assignment: Assignment, keep: bool, actor: User) -> None:
    """Say that sharing out anew leaves this review where it is, or need not.

    Raises:
        NotAllowed: not an officer of the call.
    """
    assignment = hold_review(assignment)
    require("judging.run_panel", actor, assignment)
    assignment.by_hand = keep
    assignment.save(update_fields=["by_hand"])
    record(
        "judging.kept" if keep else "judging.unkept",
        assignment.entry,
        chain=assignment.entry.chain,
        actor=actor,
        member=assignment.member_id,
    )


@transaction.atomic
def take_back_unbegun(*, stage: Stage, actor: User) -> int:
    """Take back every review that no judge has begun and nobody chose by hand; how many.

    Raises:
        NotAllowed, Refused, TooLate: as `assign_entries`.
    """
    stage = hold_open_panel(stage, actor)
    unbegun = Assignment.objects.filter(
        member__panel__stage=stage,
        state=AssignmentState.ASSIGNED,
        by_hand=False,
        scores=None,
        comment="",
        recommendation="",
    )
    taken, _ = unbegun.delete()
    if taken:
        record("judging.taken_back", stage, chain=stage.call.chain, actor=actor, reviews=taken)
    return taken


@transaction.atomic
def unassign(*, assignment: Assignment, actor: User) -> None:
    """Take a pitch back from a judge who has not submitted a review of it.

    Raises:
        NotAllowed: not an officer of the call.
        WrongState: the review is submitted, or the judge is recused.
    """
    assignment = hold_review(assignment)
    require("judging.run_panel", actor, assignment)
    if assignment.state != AssignmentState.ASSIGNED:
        label = assignment.get_state_display().lower()
        raise WrongState(f"This review is {label}, so the pitch can’t be taken back.")
    entry = assignment.entry
    record(
        "judging.unassigned",
        entry,
        chain=entry.chain,
        actor=actor,
        member=assignment.member_id,
    )
    assignment.delete()


def hold_open_panel(stage: Stage, actor: User) -> Stage:
    """The stage, held, if its applicants can't change any more and nothing is decided for good."""
    stage = hold_stage(stage.pk)
    require("judging.run_panel", actor, stage)
    if timezone.now() < stage.closes_at:
        raise Refused(
            "Applicants can still change or withdraw their pitches. "
            f"Share them out when the stage closes, {on_moment(stage.closes_at)}."
        )
    if stage.released_at is not None:
        raise TooLate("The decisions of this stage are released, so its panel can’t be changed.")
    return stage


def _tell(member: PanelMember, stage: Stage) -> None:
    notify(
        [member.user],
        subject="You have pitches to score",
        body=(
            f"You have been given pitches of “{stage.name}” of “{stage.call.title}” to score.\n\n"
            f"The panel closes {on_moment(stage.scores_due_at)}."
        ),
        path=reverse("judging:panel", kwargs={"pk": member.pk}),
    )
