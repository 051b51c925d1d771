"""Calls with their stages, as officers would have set them up and approved them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from challenges.calls.models import (
    ASK_KINDS,
    Call,
    CallState,
    Criterion,
    Question,
    QuestionKind,
    Rulebook,
    Stage,
    WantedCapability,
)
from challenges.calls.services import seal_rulebook
from cms.demonstration.people import APPROVER, OFFICER
from cms.demonstration.world import World
from marketplace.regions.models import LocalAuthority, Objective, Sector
from startups.models import Capability, Level

BEFORE_OPENING = timedelta(days=7)
"""How long before it opens a call of the past was approved."""


@dataclass(frozen=True)
class Ask:
    """A question: as `Question` has it."""

    label: str
    kind: str = QuestionKind.LONG_TEXT
    guidance: str = ""
    max_words: int | None = None
    required: bool = True
    choices: tuple[str, ...] = ()
    identifies: bool = False


@dataclass(frozen=True)
class StagePlan:
    name: str
    opens_at: datetime
    closes_at: datetime
    scores_due_at: datetime
    decision_on: date
    criteria: tuple[tuple[str, int, str], ...]
    """(name, weight, guidance) of each; all are scored from 0 to 5."""
    questions: tuple[Ask, ...] = ()
    places: int | None = None
    is_blind: bool = False


@dataclass(frozen=True)
class CallPlan:
    fields: dict[str, Any]
    """Of `Call`, except its region, owner and state."""
    objectives: Iterable[str]
    capabilities: Iterable[str]
    sectors: Iterable[str] = ()
    places: Iterable[str] = ()
    essential: frozenset[str] = frozenset()
    stages: tuple[StagePlan, ...] = field(default=())


def make_call(world: World, plan: CallPlan) -> Call:
    """A draft call with everything that it asks for."""
    owner = world.people[OFFICER]
    call = Call.objects.create(region=world.region, owner=owner, **plan.fields)
    region = {"region": world.region}
    call.objectives.set(Objective.objects.filter(code__in=plan.objectives, **region))
    call.sectors.set(Sector.objects.filter(name__in=plan.sectors, **region))
    call.places.set(LocalAuthority.objects.filter(name__in=plan.places, **region))
    WantedCapability.objects.bulk_create(
        [
            WantedCapability(
                call=call,
                capability=capability,
                level=Level.WORKING,
                essential=capability.code in plan.essential,
            )
            for capability in Capability.objects.filter(code__in=plan.capabilities)
        ]
    )
    for order, stage in enumerate(plan.stages, start=1):
        _make_stage(call, order, stage)
    return call


def _make_stage(call: Call, order: int, plan: StagePlan) -> None:
    stage = Stage.objects.create(
        call=call,
        order=order,
        name=plan.name,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        scores_due_at=plan.scores_due_at,
        decision_on=plan.decision_on,
        places=plan.places,
        is_blind=plan.is_blind,
    )
    for number, ask in enumerate(plan.questions):
        Question.objects.create(
            stage=stage,
            sort_order=number,
            kind=ask.kind,
            label=ask.label,
            guidance=ask.guidance,
            max_words=ask.max_words,
            required=ask.required,
            choices="\n".join(ask.choices),
            identifies=ask.identifies,
            is_ask=ask.kind in ASK_KINDS,
        )
    for number, (name, weight, guidance) in enumerate(plan.criteria):
        Criterion.objects.create(
            stage=stage, sort_order=number, name=name, weight=weight, guidance=guidance
        )


def propose(world: World, call: Call, at: datetime) -> None:
    call.state, call.proposed_by = CallState.PROPOSED, world.people[OFFICER]
    call.save()
    world.history.add("calls.proposed", call, chain=call.chain, at=at, actor=world.people[OFFICER])


def approve(world: World, call: Call, at: datetime) -> None:
    """Sent by one officer, approved by the other; every stage's promises are sealed."""
    propose(world, call, at - timedelta(days=2))
    call.state, call.approved_by, call.approved_at = (
        CallState.APPROVED,
        world.people[APPROVER],
        at,
    )
    call.save()
    digests = {stage.order: seal_rulebook(stage).digest for stage in call.stages.all()}
    Rulebook.objects.filter(stage__call=call).update(sealed_at=at)
    world.history.add(
        "calls.approved",
        call,
        chain=call.chain,
        at=at,
        actor=world.people[APPROVER],
        rulebooks={str(order): digest for order, digest in digests.items()},
    )


def import_as_past(world: World, call: Call) -> None:
    """A call of which a public record remains: approved without stages or rulebook."""
    call.state, call.approved_at = CallState.APPROVED, world.now
    call.save()
    world.history.add("calls.imported", call, chain=call.chain, at=world.now, source=call.source)
