"""Every field that a plan says is carried is the same in the copy, whichever way it is made."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Field, Model

from challenges.calls.copying import PLANS, Plan
from challenges.calls.models import (
    Call,
    Criterion,
    Programme,
    Question,
    Stage,
    WantedCapability,
)
from challenges.judging.models import Panel
from cms.copying import PANEL
from cms.services import copy_into_call, duplicate_call
from tests.factories import CallFactory, CapabilityFactory, make_call, make_officer

pytestmark = pytest.mark.django_db

COPIED: dict[type[Model], tuple[str, Plan]] = {
    Stage: ("call", PLANS[Stage]),
    Question: ("stage__call", PLANS[Question]),
    Criterion: ("stage__call", PLANS[Criterion]),
    WantedCapability: ("call", PLANS[WantedCapability]),
    Panel: ("stage__call", PANEL),
}
"""Model → the way to its call, and its plan."""

PLACED = {"order", "sort_order", "capability"}
"""Tell one from another: they stay as they were made."""

WAYS = ("duplicate", "copy into a draft")


def odd_value(field: Field) -> Any:
    """One that no default gives."""
    if field.choices:
        return list(dict(field.flatchoices))[-1]
    match field.get_internal_type():
        case "BooleanField":
            return not field.get_default()
        case "DecimalField":
            return Decimal("1234.50")
        case "JSONField":
            return ["odd"]
        case "PositiveSmallIntegerField":
            return 2
    return f"Odd {field.name}"


def carried(model: type[Model], plan: Plan) -> list[Field]:
    fields = model._meta.concrete_fields
    return [each for each in fields if each.name in plan.carried and each.name not in PLACED]


def fill(source: Call) -> None:
    for model, (way, plan) in COPIED.items():
        values = {field.name: odd_value(field) for field in carried(model, plan)}
        assert model._default_manager.filter(**{way: source}).update(**values), model
    values = {field.name: odd_value(field) for field in carried(Call, PLANS[Call])}
    programme = Programme.objects.create(region=source.region, name="Odd", slug="odd")
    Call.objects.filter(pk=source.pk).update(**values | {"programme": programme})


def copied(source: Call, way: str) -> Call:
    officer = make_officer(source.region)
    if way == "duplicate":
        return duplicate_call(source=source, actor=officer)
    empty = {"commissioner": "", "legal_route": "", "budget": None, "award_limit": None}
    call = CallFactory(region=source.region, summary=source.summary, **empty)
    copy_into_call(call=call, source=source, actor=officer)
    return call


def contents(call: Call, model: type[Model], way: str, plan: Plan) -> list[tuple]:
    names = sorted(plan.carried - {"order"})
    rows = model._default_manager.filter(**{way: call}).order_by("pk")
    return list(rows.values_list(*names))


@pytest.mark.parametrize("way", WAYS)
def test_every_field_that_is_carried_arrives(way: str) -> None:
    source = make_call(stages=2)
    WantedCapability.objects.create(call=source, capability=CapabilityFactory())
    for stage in source.stages.all():
        Panel.objects.create(stage=stage)
    fill(source)
    source.refresh_from_db()
    call = copied(source, way)
    call.refresh_from_db()
    for field in carried(Call, PLANS[Call]):
        assert getattr(call, field.attname) == getattr(source, field.attname), field.name
    for model, (to_call, plan) in COPIED.items():
        found = contents(call, model, to_call, plan)
        assert found and found == contents(source, model, to_call, plan), model.__name__
