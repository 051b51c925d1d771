"""Panels that scored, officers who decided, and the awards that followed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from challenges.awards.models import Award, AwardState
from challenges.calls.models import Criterion, Stage
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    Decision,
    MemberState,
    Outcome,
    Panel,
    PanelMember,
    Recommendation,
    Score,
)
from challenges.judging.ranking import kept_figures, weighted_total
from challenges.judging.totals import mean_of
from challenges.pitches.models import Entry, EntryState
from cms.demonstration import texts
from cms.demonstration.entries import submit_all
from cms.demonstration.people import OFFICER
from cms.demonstration.world import World
from marketplace.accounts.models import User
from marketplace.tokens import new_token
from startups.models import Capability

PILOT = timedelta(days=92)
"""How long a winner’s paid pilot took."""

STATES = {
    Outcome.SHORTLISTED: EntryState.SHORTLISTED,
    Outcome.AWARDED: EntryState.AWARDED,
    Outcome.NOT_AWARDED: EntryState.NOT_AWARDED,
}
Strengths = dict[int, float]
"""Organisation id → how good its pitches are, from 0 to 1: what panels then find out."""


def seat_panel(world: World, stage: Stage, judges: Sequence[User]) -> list[PanelMember]:
    """Everybody accepted and declared that they have no interest in any pitch."""
    panel = Panel.objects.create(stage=stage, reviews_per_pitch=len(judges))
    invited = stage.opens_at
    accepted = invited + timedelta(days=1)
    seated = min(stage.closes_at, world.now) + timedelta(hours=1)
    members = PanelMember.objects.bulk_create(
        [
            PanelMember(
                panel=panel,
                email=judge.email,
                name=judge.name,
                user=judge,
                state=MemberState.ACCEPTED,
                token_digest=new_token()[1],
                invited_at=invited,
                expires_at=invited + timedelta(days=14),
                responded_at=accepted,
                declared_at=seated,
            )
            for judge in judges
        ]
    )
    wanted = list(Capability.objects.filter(wanted_by__call=stage.call).order_by("code"))
    for number, member in enumerate(members):
        # Each knows some of what the call wants, so that who fits what can be seen.
        member.expertise.set(wanted[number :: len(members)] + wanted[:1])
    told = {"chain": stage.call.chain}
    for member in members:
        world.history.add(
            "judging.invited",
            member,
            at=invited,
            actor=world.people[OFFICER],
            role=member.role,
            **told,
        )
        world.history.add(
            "judging.accepted",
            member,
            at=accepted,
            actor=member.user,
            **told,
        )
        world.history.add(
            "judging.declared", member, at=seated, actor=member.user, entries=[], **told
        )
    return members


def assign_all(
    world: World, stage: Stage, members: Sequence[PanelMember], entries: Sequence[Entry]
) -> list[Assignment]:
    """Every judge reads every entry."""
    assignments = Assignment.objects.bulk_create(
        [Assignment(member=member, entry=entry) for member in members for entry in entries]
    )
    world.history.add(
        "judging.assigned",
        stage,
        chain=stage.call.chain,
        at=min(stage.closes_at, world.now) + timedelta(hours=2),
        actor=world.people[OFFICER],
        reviews=len(assignments),
    )
    return assignments


def score_all(
    world: World,
    stage: Stage,
    assignments: Sequence[Assignment],
    strengths: Strengths,
    until: datetime,
) -> None:
    """Submitted reviews, spread over the days from the stage's close to `until`."""
    criteria = list(stage.criteria.all())
    begun = stage.closes_at + timedelta(hours=3)
    scores = []
    for assignment in assignments:
        strength = strengths[assignment.entry.pitch.organisation_id]
        values = [_value(world, strength, criterion) for criterion in criteria]
        figures = (values, [c.weight for c in criteria], [c.scale for c in criteria])
        kept = kept_figures(*figures)
        for name, figure in kept.items():
            setattr(assignment, name, figure)
        assignment.state, assignment.version = AssignmentState.SUBMITTED, 2
        assignment.recommendation = _recommendation(weighted_total(*figures))
        assignment.submitted_at = begun + (until - begun) * world.random.random()
        scores += [
            Score(
                assignment=assignment,
                criterion=criterion,
                value=value,
                comment=texts.remark(value / criterion.scale, world.random),
            )
            for criterion, value in zip(criteria, values, strict=True)
        ]
        world.history.add(
            "judging.scored",
            assignment,
            chain=stage.call.chain,
            at=assignment.submitted_at,
            actor=assignment.member.user,
            total=str(assignment.total),
        )
    Assignment.objects.bulk_update(
        assignments,
        [
            "total",
            "exact_total",
            "tie_score",
            "state",
            "version",
            "recommendation",
            "submitted_at",
        ],
    )
    Score.objects.bulk_create(scores)


def _value(world: World, strength: float, criterion: Criterion) -> int:
    found = round(world.random.gauss(strength * criterion.scale, 0.6))
    return min(max(found, 0), criterion.scale)


def _recommendation(total: Fraction) -> str:
    if total >= 75:
        return Recommendation.FUND
    return Recommendation.DISCUSS if total >= 55 else Recommendation.DECLINE


def best(entries: Sequence[Entry], count: int) -> list[Entry]:
    """The entries with the highest mean of their judges’ totals."""

    def mean(entry: Entry) -> Fraction:
        totals = [each.exact for each in entry.assignments.all()]
        return mean_of([total for total in totals if total is not None]) or Fraction(0)

    return sorted(entries, key=mean, reverse=True)[:count]


def decide_all(
    world: World,
    stage: Stage,
    entries: Sequence[Entry],
    chosen: Sequence[Entry],
    outcome: Outcome,
    at: datetime,
) -> None:
    """`chosen` get the outcome, the others are not awarded, and all hear of it `at` once."""
    officer, chain = world.people[OFFICER], stage.call.chain
    decisions = []
    for entry in entries:
        given = outcome if entry in chosen else Outcome.NOT_AWARDED
        decisions.append(_decision(world, stage, entry, given, at))
        entry.state = STATES[given]
    Decision.objects.bulk_create(decisions)
    Entry.objects.bulk_update(entries, ["state"])
    stage.released_at = at
    stage.save(update_fields=["released_at"])
    for decision in decisions:
        world.history.add(
            "judging.decided",
            decision.entry,
            chain=chain,
            at=decision.decided_at,
            actor=officer,
            outcome=decision.outcome,
            reason=decision.reason,
        )
    world.history.add(
        "judging.released",
        stage,
        chain=chain,
        at=at,
        actor=officer,
        count=len(decisions),
    )
    _make_awards(world, [d for d in decisions if d.outcome == Outcome.AWARDED], at)


def _decision(world: World, stage: Stage, entry: Entry, outcome: Outcome, at: datetime) -> Decision:
    weakest: Any = (
        Score.objects.filter(assignment__entry=entry)
        .select_related("criterion")
        .order_by("value", "pk")
        .first()
    )
    awarded = outcome == Outcome.AWARDED
    return Decision(
        entry=entry,
        outcome=outcome,
        reason=texts.REASON[outcome],
        feedback=f"On “{weakest.criterion.name}”: {weakest.comment}",
        amount=stage.call.award_limit if awarded else None,
        decided_by=world.people[OFFICER],
        decided_at=at - timedelta(hours=2),
        released_at=at,
    )


def _make_awards(world: World, decisions: Sequence[Decision], at: datetime) -> None:
    for decision in decisions:
        pitch, stage = decision.entry.pitch, decision.entry.stage
        is_over = at + PILOT <= world.now
        award = Award.objects.create(
            call=pitch.call,
            stage=stage,
            entry=decision.entry,
            organisation=pitch.organisation,
            title=pitch.title,
            slug=f"{slugify(pitch.title)[:120]}-{pitch.reference.lower()}",
            summary=pitch.summary,
            amount=decision.amount,
            awarded_on=timezone.localdate(at),
            is_demonstration=True,
            created_at=at,
            state=AwardState.COMPLETED if is_over else AwardState.ACTIVE,
        )
        world.history.add(
            "awards.made",
            award,
            chain=stage.call.chain,
            at=at,
            actor=world.people[OFFICER],
            amount=str(award.amount),
        )
        if is_over:
            world.history.add(
                "awards.completed",
                award,
                chain=stage.call.chain,
                at=at + PILOT,
                actor=world.people[OFFICER],
            )


def advance_all(world: World, entries: Sequence[Entry], stage: Stage, at: datetime) -> list[Entry]:
    """The entries of short-listed pitches in a stage that asks nothing new."""
    rulebook = stage.rulebook
    following = Entry.objects.bulk_create(
        [Entry(pitch=entry.pitch, stage=stage, rulebook=rulebook, saved_at=at) for entry in entries]
    )
    submit_all(world, following, [(world.people[OFFICER], at)] * len(following))
    return following
