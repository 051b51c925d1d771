"""Lists cost the same with 1 row and with 30. What Wagtail's own frame costs is counted too."""

from datetime import timedelta

import pytest
from django.utils import timezone

from challenges.calls.models import CallState, Stage
from challenges.judging.decisions import decide
from challenges.judging.models import Assignment
from challenges.pitches.models import Entry
from cms.services import create_page
from tests.desk.helpers import signed_in, url
from tests.factories import (
    assign,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)

pytestmark = pytest.mark.django_db

ROWS = [1, 30]

# Wagtail's frame (session, person, permissions, profile, menu, locale, places and shelves of
# regions) costs 11 of each and the menu's count of calls to approve 1, so that a list has four or
# so for itself. A call, a pitch and the front page are no lists: they gather from many tables, and
# must not grow either.
QUERIES = {
    "calls": 16,
    "pitches": 20,
    "ranking": 16,
    "panel": 18,
    "letters": 19,
    "release": 20,
    "pitch": 19,
    "call": 26,
    "home": 32,
}


@pytest.mark.parametrize("rows", ROWS)
def test_calls(rows: int, django_assert_num_queries) -> None:
    client = signed_in(make_officer())
    for _ in range(rows):
        make_call()
    client.get(url("calls"))
    with django_assert_num_queries(QUERIES["calls"]):
        page = client.get(url("calls"))
    assert len(page.context["page_obj"]) == rows


@pytest.mark.parametrize("rows", ROWS)
def test_pitches(rows: int, django_assert_num_queries) -> None:
    client = signed_in(make_officer())
    _scored_stage(rows)
    client.get(url("pitches"))
    with django_assert_num_queries(QUERIES["pitches"]):
        page = client.get(url("pitches"))
    assert len(page.context["page_obj"]) == rows


@pytest.mark.parametrize("name", ["ranking", "panel", "letters", "release"])
@pytest.mark.parametrize("rows", ROWS)
def test_pages_of_a_stage(name: str, rows: int, django_assert_num_queries) -> None:
    officer = make_officer()
    client = signed_in(officer)
    stage = _scored_stage(rows, decided_by=officer)
    client.get(url(name, stage.pk))
    with django_assert_num_queries(QUERIES[name]):
        page = client.get(url(name, stage.pk))
    if "page_obj" in page.context:
        assert len(page.context["page_obj"]) == rows


@pytest.mark.parametrize("rows", ROWS)
def test_one_pitch_with_many_reviews(rows: int, django_assert_num_queries) -> None:
    client = signed_in(make_officer())
    stage = _scored_stage(1)
    entry = Entry.objects.get()
    for _ in range(rows - 1):
        _hand_in(assign(make_judge(stage), entry))
    client.get(url("pitch", entry.pk))
    with django_assert_num_queries(QUERIES["pitch"]):
        client.get(url("pitch", entry.pk))


@pytest.mark.parametrize("rows", ROWS)
def test_a_call_with_much_history(rows: int, django_assert_num_queries) -> None:
    officer = make_officer()
    client = signed_in(officer)
    call = make_call(owner=officer)
    create_page(call=call, actor=officer)
    for _ in range(rows):
        submit(make_entry(call=call))
    client.get(url("call", call.pk))
    with django_assert_num_queries(QUERIES["call"]):
        client.get(url("call", call.pk))


@pytest.mark.parametrize("rows", ROWS)
def test_the_front_page_of_the_admin(rows: int, django_assert_num_queries) -> None:
    officer = make_officer()
    client = signed_in(officer)
    for _ in range(rows):
        make_call(state=CallState.PROPOSED, proposed_by=make_officer())
        make_call(closes_in=timedelta(days=3))
    client.get("/admin/")
    with django_assert_num_queries(QUERIES["home"]):
        page = client.get("/admin/")
    assert "Your desk" in page.content.decode()


def _scored_stage(rows: int, decided_by: object = None) -> Stage:
    call = make_call()
    stage = call.first_stage
    judge = make_judge(stage)
    for _ in range(rows):
        entry = submit(make_entry(call=call))
        _hand_in(assign(judge, entry))
    now = timezone.now()
    Stage.objects.filter(pk=stage.pk).update(closes_at=now - timedelta(hours=1))
    if decided_by:
        entries = stage.entries.all()
        decide(stage=stage, entries=entries, outcome="not-awarded", reason="No.", actor=decided_by)
    return stage


def _hand_in(assignment: Assignment) -> None:
    assignment.total, assignment.state, assignment.recommendation = 50, "submitted", "fund"
    assignment.save()
