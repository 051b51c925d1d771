"""The verbs of setting a call up, all before it is sent for approval."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import rules
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from challenges.calls import copying
from challenges.calls.legal.working_days import next_working_day
from challenges.calls.models import Call, Criterion, Question, Stage
from challenges.calls.moving import TO_PREPARE, at_clock
from challenges.calls.services import record_edit
from challenges.calls.shapes import SHAPES, StageShape
from marketplace.accounts.models import User
from marketplace.errors import EditConflict, NotAllowed, Refused, WrongState

MOST_STAGES = 6
TO_DECIDE = timedelta(days=7)


@transaction.atomic
def keep_edit(
    *, call: Call, actor: User, version: int, save: Callable[[], Any], changed: Sequence[str]
) -> None:
    """Carry out an edit that a form has checked.

    Args:
        version: the call's version when the person's copy was loaded.
        save: writes the form's data; runs inside this transaction.
        changed: names of the fields that differ.

    Raises:
        EditConflict: somebody saved since; WrongState: it was sent for approval since.
    """
    held = _held(call, actor)
    if held.version != version:
        raise EditConflict(
            "Somebody else changed this call since you opened it. Nothing was overwritten."
        )
    save()
    _note(held, actor, changed)


@transaction.atomic
def add_stage(*, call: Call, actor: User) -> Stage:
    """Add a stage after the last, with dates that follow on and may be changed."""
    held = _held(call, actor)
    last = held.stages.last()
    order = last.order + 1 if last else 1
    if order > MOST_STAGES:
        raise Refused(f"A call has at most {MOST_STAGES} stages.")
    shape = StageShape("Application" if order == 1 else f"Stage {order}", (), (), 28, 14)
    stage = _make_stage(held, order, shape, _opening_after(last))
    _note(held, actor, [f"added stage {stage.name}"])
    return stage


@transaction.atomic
def remove_stage(*, stage: Stage, actor: User) -> None:
    """Take a stage out, with its questions and criteria; the others close up."""
    held = _held(stage.call, actor)
    name = stage.name
    Stage.objects.get(pk=stage.pk).delete()
    _renumber(list(held.stages.all()))
    _note(held, actor, [f"removed stage {name}"])


@transaction.atomic
def move_stage(*, stage: Stage, up: bool, actor: User) -> None:
    """Swap a stage with the one before (`up`) or after; at the end it stays."""
    held = _held(stage.call, actor)
    stages = list(held.stages.all())
    here = next(place for place, other in enumerate(stages) if other.pk == stage.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(stages):
        return
    stages[here], stages[there] = stages[there], stages[here]
    _renumber(stages)
    _note(held, actor, [f"moved stage {stage.name}"])


@transaction.atomic
def start_from_shape(*, call: Call, shape: str, actor: User) -> list[Stage]:
    """Give a call without stages the stages, questions and criteria of a common shape.

    Raises:
        Refused: no such shape, or the call has stages.
    """
    held = _held(call, actor)
    if shape not in SHAPES:
        raise Refused("Choose one of the shapes.")
    if held.stages.exists():
        raise Refused("This call has stages already. Remove them to start from a common shape.")
    stages: list[Stage] = []
    is_rolling = SHAPES[shape].is_rolling
    Call.objects.filter(pk=held.pk).update(is_rolling=is_rolling)
    for order, stage_shape in enumerate(SHAPES[shape].stages, start=1):
        last = stages[-1] if stages else None
        opening = last.closes_at if last and is_rolling else _opening_after(last)
        stages.append(_make_stage(held, order, stage_shape, opening))
    _note(held, actor, [f"started from shape {shape}"])
    return stages


@transaction.atomic
def copy_from_call(
    *, call: Call, source: Call, actor: User, opens_on: date | None = None
) -> list[Stage]:
    """Give a call without stages those of an earlier one, with questions and criteria, and what
    else it lacks: capabilities, objectives, budget and so on. What it says already stays.

    Args:
        opens_on: the day on which the first stage opens; in about two weeks unless given.

    Raises:
        NotAllowed: the earlier call is of another region.
        Refused: it has no stages, or this call has some already.
    """
    held = _held(call, actor)
    if not rules.has_perm("calls.view_call_at_desk", actor, source):
        raise NotAllowed("Only officers of a call’s region can copy it.")
    if held.stages.exists():
        raise Refused("This call has stages already. Remove them to copy another call.")
    earlier = copying.stages_to_copy(source)
    if not earlier:
        raise Refused("That call has no stages to copy.")
    fields = copying.carried_call_fields(source, region_id=held.region_id)
    blank = {name: value for name, value in fields.items() if _is_blank(getattr(held, name))}
    Call.objects.filter(pk=held.pk).update(**blank | {"is_rolling": source.is_rolling})
    copying.fill_lists(held, source)
    copying.fill_wanted(held, source)
    made = copying.copy_stages(held, earlier, opens_on)
    _note(held, actor, [f"copied from {source.reference}"])
    return made


def _is_blank(value: Any) -> bool:
    return value in (None, "", [])


def _make_stage(call: Call, order: int, shape: StageShape, opening: datetime) -> Stage:
    stage = _dated(shape, opening)
    stage.call, stage.order = call, order
    stage.save()
    Question.objects.bulk_create(
        Question(stage=stage, sort_order=place, **fields)
        for place, fields in enumerate(shape.questions)
    )
    Criterion.objects.bulk_create(
        Criterion(stage=stage, sort_order=place, **fields)
        for place, fields in enumerate(shape.criteria)
    )
    return stage


def _dated(shape: StageShape, opening: datetime) -> Stage:
    """A stage of this shape with its dates, on working days; not saved."""
    closes_at = _clock(opening + timedelta(days=shape.open_days), 12)
    scores_due_at = _clock(closes_at + timedelta(days=shape.scoring_days), 17)
    return Stage(
        name=shape.name,
        opens_at=opening,
        closes_at=closes_at,
        scores_due_at=scores_due_at,
        decision_on=next_working_day(timezone.localdate(scores_due_at, _zone()) + TO_DECIDE),
        places=shape.places,
    )


def _opening_after(last: Stage | None) -> datetime:
    """Two weeks from today, or the working day after the stage before is decided, at nine."""
    if last is None:
        return _clock(timezone.now() + TO_PREPARE, 9)
    over = max(last.decision_on, timezone.localdate(last.scores_due_at, _zone()))
    return at_clock(over + timedelta(days=1), time(9), _zone())


def _clock(at: datetime, hour: int) -> datetime:
    """The first working day from `at` on, by the region's clock, at this hour of it."""
    return at_clock(timezone.localdate(at, _zone()), time(hour), _zone())


def _zone() -> tzinfo:
    return timezone.get_default_timezone()


def _renumber(stages: list[Stage]) -> None:
    """Number stages from 1 in this order; out of the way first, as each number is used once."""
    for offset in (100, 1):
        for place, stage in enumerate(stages):
            Stage.objects.filter(pk=stage.pk).update(order=offset + place)


def _held(call: Call, actor: User) -> Call:
    """The call as it is now, held until the transaction ends, if it may be edited."""
    held = Call.objects.select_for_update(of=("self",), no_key=True).get(pk=call.pk)
    if not rules.has_perm("calls.view_call_at_desk", actor, held):
        raise NotAllowed("Only officers of the call’s region can change it.")
    if not rules.has_perm("calls.edit_call", actor, held):
        label = held.get_state_display().lower()
        raise WrongState(f"This call is {label}, so it can’t be changed now.")
    return held


def _note(call: Call, actor: User, changed: Sequence[str]) -> None:
    Call.objects.filter(pk=call.pk).update(version=F("version") + 1, updated_at=timezone.now())
    record_edit(call=call, actor=actor, changed=list(changed))
