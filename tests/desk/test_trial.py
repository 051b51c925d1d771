"""Trying a stage out leaves nothing; copying a call takes what it should; dates as a calendar."""

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from challenges.calls.models import CallState, Question, WantedCapability
from challenges.calls.shapes import SHAPES
from marketplace.activity.models import Notification, Record
from search.models import OwedWrite
from tests.desk.helpers import signed_in, url
from tests.factories import (
    CallFactory,
    CapabilityFactory,
    RegionFactory,
    make_call,
    make_entry,
    make_officer,
)

pytestmark = pytest.mark.django_db


def rows():
    """How many rows every table has, sessions apart: they note that somebody came."""
    with connection.cursor() as cursor:
        names = [n for n in connection.introspection.table_names(cursor) if "session" not in n]
        found = {}
        for name in names:
            if "fts" in name:
                continue
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608
            found[name] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("state", [CallState.DRAFT, CallState.APPROVED])
def test_a_whole_trial_leaves_no_trace(state, django_capture_on_commit_callbacks):
    call = make_call(state=state)
    stage = call.first_stage
    words, money = stage.questions.all()
    officer = make_officer()
    client = signed_in(officer)
    client.get(url("try", stage.pk))
    before = rows(), list(Record.objects.values_list("digest", flat=True))
    fields = {"title": "A title", "summary": "In short.", f"q{words.pk}": "Sensors."}
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        page = client.post(url("try", stage.pk), {**fields, "submit": "1"}).content.decode()
        assert "Nothing would be submitted yet" in page and "Sensors." in page
        fields[f"q{money.pk}"] = "12,500"
        page = client.post(url("try", stage.pk), {**fields, "submit": "1"}).content.decode()
    assert "This would be submitted" in page and "£12,500" in page
    assert not callbacks and not mail.outbox and not Notification.objects.exists()
    assert not OwedWrite.objects.exists()
    assert (rows(), list(Record.objects.values_list("digest", flat=True))) == before
    stage.refresh_from_db()
    assert stage.call.state == state and not officer.memberships.exists()


def test_officers_elsewhere_try_nothing():
    elsewhere = make_officer(RegionFactory(code="E47000001", slug="gmca"))
    assert signed_in(elsewhere).get(url("try", make_call().first_stage.pk)).status_code == 404


class TestCopy:
    def copy(self, call, source, officer=None):
        client = signed_in(officer or make_officer())
        return client.post(url("copy_call", call.pk), {"source": source.pk}, follow=True)

    def test_stages_questions_and_criteria_come_with_new_dates(self):
        source, call = make_call(stages=2), CallFactory()
        make_entry(call=source)
        WantedCapability.objects.create(call=source, capability=CapabilityFactory(), level=3)
        retired = source.first_stage.questions.last()
        Question.objects.filter(pk=retired.pk).update(retired_at=source.created_at)
        self.copy(call, source)
        assert [s.name for s in call.stages.all()] == ["Application", "Stage 2"]
        first = call.first_stage
        assert [q.label for q in first.questions.all()] == ["What would you do?"]
        assert [c.weight for c in first.criteria.all()] == [60, 40]
        assert call.wanted.count() == 1 and not call.pitches.exists()
        old = source.first_stage
        assert first.opens_at > old.opens_at
        for name in ("opens_at", "closes_at", "scores_due_at"):
            clocks = {timezone.localtime(getattr(each, name)).time() for each in (first, old)}
            assert len(clocks) == 1, name
        assert first.draw_secret != old.draw_secret

    def test_not_over_what_stands_nor_from_elsewhere(self):
        call = make_call(state=CallState.DRAFT)
        page = self.copy(call, make_call()).content.decode()
        assert "has stages already" in page and call.stages.count() == 1
        other = make_call(region=RegionFactory(code="E47000001", slug="gmca"))
        page = self.copy(CallFactory(), other).content.decode()
        assert "Choose the call to copy from." in page


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_makes_a_call_that_can_be_tried(shape):
    call = CallFactory()
    client = signed_in(make_officer())
    client.post(url("shape", call.pk), {"shape": shape})
    assert call.stages.count() == len(SHAPES[shape].stages)
    for stage in call.stages.all():
        assert client.get(url("try", stage.pk)).status_code == 200


def test_the_timetable_as_a_calendar(client):
    call = make_call(stages=2)
    reply = client.get(reverse("calls:timetable", args=[call.reference]))
    events = Calendar.from_ical(reply.content).walk("VEVENT")
    assert len(events) == 8
    assert events[1]["DTSTART"].dt == call.first_stage.closes_at.replace(microsecond=0)
    draft = make_call(state=CallState.DRAFT)
    assert client.get(reverse("calls:timetable", args=[draft.reference])).status_code == 404
