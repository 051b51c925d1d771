"""A deadline at 0:00 says which day it ends, in the calendar file too, and in every mail."""

from datetime import datetime, timedelta

import pytest
from icalendar import Calendar

from challenges.calls.copying import copy_stages, stages_to_copy
from challenges.calls.models import Stage
from challenges.calls.timetable import calendar_of
from marketplace.times import LONDON
from tests.factories import CallFactory, make_call

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 12, 24, tzinfo=LONDON)


def stage_closing(at: datetime) -> Stage:
    stage = make_call().first_stage
    Stage.objects.filter(pk=stage.pk).update(
        opens_at=at - timedelta(days=9),
        closes_at=at,
        scores_due_at=at + timedelta(days=7, hours=3),
        midnight_meant=at,
    )
    return Stage.objects.select_related("call").get(pk=stage.pk)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (MIDNIGHT, " at midnight at the end of Wednesday 23 December 2026 GMT"),
        (MIDNIGHT - timedelta(minutes=1), ""),
    ],
)
def test_the_calendar_says_which_day_ends(at: datetime, words: str) -> None:
    stage = stage_closing(at)
    events = Calendar.from_ical(calendar_of(stage.call)).walk("VEVENT")
    closes = next(each for each in events if "closes" in each["summary"])
    assert closes["summary"] == f"Application closes{words} ({stage.call.title})"
    assert closes["dtstart"].dt == at


def test_a_copy_is_asked_again() -> None:
    source = stage_closing(MIDNIGHT).call
    [copy] = copy_stages(CallFactory(), stages_to_copy(source))
    assert copy.midnight_meant is None
