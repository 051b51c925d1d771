"""0:00 is read as the end of either day: no form takes it as a deadline without asking."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django import forms
from django.forms import BaseForm
from django.urls import get_resolver

from challenges.calls.models import Stage
from cms.desk.addendum_forms import AddendumForm, ExtendForm
from cms.desk.after_forms import CorrectionForm, OfferForm
from cms.desk.forms import DeadlineField, StageForm
from cms.desk.views.endings import ReopenForm
from marketplace.times import LONDON
from tests.desk.helpers import signed_in, url
from tests.factories import make_call, make_officer

NO_DEADLINE = {
    "failed_from",  # when a failure began and ended: a moment of the past
    "failed_until",
    "goes_out_at",  # its service says the same of midnight
}

ASKED = {"ExtendForm", "ReopenForm"}
"""What is meant by their closing time of 0:00 is asked: `test_addenda`."""


def fields() -> list[tuple[str, str, Any]]:
    """Every field for a moment of the desk's forms, but the editor's, which asks."""
    assert get_resolver().url_patterns
    waiting: list[Any] = [BaseForm]
    found = {}
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if not each.__module__.startswith("cms.desk") or issubclass(each, StageForm):
            continue
        for name, field in getattr(each, "base_fields", {}).items():
            asks = name == "closes_at" and each.__name__ in ASKED
            if isinstance(field, forms.DateTimeField) and name not in NO_DEADLINE and not asks:
                found[each.__name__, name] = field
    return [(kind, name, field) for (kind, name), field in sorted(found.items())]


def test_every_deadline_of_the_desk_is_looked_at() -> None:
    found = fields()
    assert {kind for kind, _, _ in found} >= {
        each.__name__ for each in (ExtendForm, ReopenForm, CorrectionForm, OfferForm)
    }
    assert [(kind, name) for kind, name, field in found if type(field) is not DeadlineField] == []
    assert ASKED.isdisjoint(kind for kind, name, _ in found if name == "closes_at")


@pytest.mark.parametrize("day", ["2027-01-15", "2027-07-15", "2027-03-28", "2027-10-31"])
@pytest.mark.parametrize(("kind", "name", "field"), fields())
def test_midnight_is_refused_and_the_minute_before_is_not(
    kind: str, name: str, field: forms.Field, day: str
) -> None:
    with pytest.raises(forms.ValidationError, match="end of either day"):
        field.clean(f"{day}T00:00")
    assert field.clean(f"{day}T23:59")
    assert field.clean(f"{day}T00:01")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("closes", "offered"),
    [
        ((2027, 3, 25, 0, 0), "2027-03-31T23:59"),  # over the change of the clocks
        ((2027, 3, 25, 12, 0), "2027-04-01T12:00"),
        ((2027, 10, 27, 17, 0), "2027-11-03T17:00"),
        ((2027, 1, 10, 0, 0), "2027-01-18T23:59"),  # the end of a Saturday
    ],
)
def test_more_time_is_offered_at_the_hour_that_was_promised(closes: Any, offered: str) -> None:
    officer, at = make_officer(), datetime(*closes, tzinfo=LONDON)
    with time_machine.travel(at - timedelta(days=2), tick=False):
        stage = make_call().first_stage
        Stage.objects.filter(pk=stage.pk).update(
            opens_at=at - timedelta(days=9), closes_at=at, scores_due_at=at + timedelta(days=9)
        )
        page = signed_in(officer).get(url("extend", stage.pk))
    assert f'value="{offered}"' in page.content.decode()


@pytest.mark.django_db
def test_other_rules_change_where_the_panel_closes_at_midnight_as_it_did() -> None:
    stage = make_call().first_stage
    at = datetime(2027, 7, 1, tzinfo=LONDON)
    stage.scores_due_at = at
    field = AddendumForm(stage=stage).fields["scores_due_at"]
    assert field.clean("2027-07-01T00:00") == at
    with pytest.raises(forms.ValidationError):
        field.clean("2027-07-02T00:00")
