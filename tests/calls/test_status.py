"""What the clock says a call is: one thing at each moment, the same in Python and in SQL."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from challenges.calls.models import (
    PUBLIC_STATUSES,
    Call,
    CallState,
    CallStatus,
    Stage,
)
from tests.factories import CallFactory, make_call

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 28, tzinfo=UTC)  # the clocks change on the 29th
minutes = st.integers(0, 4 * 24 * 60)
examples = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def at(minute):
    return START + timedelta(minutes=minute)


@pytest.fixture
def call():
    return make_call(stages=2)


def arrange(call, state, moments, released):
    """Set state, both stages' dates from sorted minutes, and when each was released."""
    Call.objects.filter(pk=call.pk).update(state=state)
    for order in (1, 2):
        opens, closes = moments[2 * order - 2 : 2 * order]
        Stage.objects.filter(call=call, order=order).update(
            opens_at=at(opens),
            closes_at=at(closes),
            scores_due_at=at(closes),
            released_at=None if released[order - 1] is None else at(released[order - 1]),
        )
    return Call.objects.get(pk=call.pk)


@examples
@given(
    state=st.sampled_from(CallState.values),
    moments=st.lists(minutes, min_size=4, max_size=4, unique=True).map(sorted),
    released=st.tuples(st.none() | minutes, st.none() | minutes),
    now=minutes,
    edge=st.sampled_from([None, 0, 1, 2, 3]),
)
def test_python_and_sql_agree(call, state, moments, released, now, edge):
    """For any dates and states, and at the very edges of each date."""
    now = at(now if edge is None else moments[edge])
    call = arrange(call, state, moments, released)
    for moment in (now - timedelta(microseconds=1), now, now + timedelta(microseconds=1)):
        found = [s for s in CallStatus if Call.objects.in_status(s, moment).exists()]
        status = call.status_at(moment)
        assert found == ([status] if status in PUBLIC_STATUSES else [])
        assert Call.objects.with_dates().get(pk=call.pk).status_at(moment) == status


@pytest.mark.parametrize(
    ("seconds", "opening", "closing"),
    [(-1, "upcoming", "open"), (0, "open", "assessing"), (1, "open", "assessing")],
)
def test_each_boundary(call, seconds, opening, closing):
    stage, step = call.first_stage, timedelta(seconds=seconds)
    assert call.status_at(stage.opens_at + step) == opening
    assert call.status_at(stage.closes_at + step) == closing
    assert stage.is_open(stage.closes_at + step) == (closing == "open")
    assert stage.is_open(stage.opens_at + step) == (opening == "open")


def test_a_call_is_decided_when_its_last_stage_is_released(call):
    first, last = call.stages.all()
    later = last.closes_at + timedelta(days=1)
    Stage.objects.filter(pk=first.pk).update(released_at=later)
    assert Call.objects.get(pk=call.pk).status_at(later) == CallStatus.ASSESSING
    Stage.objects.filter(pk=last.pk).update(released_at=later)
    assert Call.objects.get(pk=call.pk).status_at(later) == CallStatus.DECIDED


def test_an_imported_call_without_stages_is_over():
    call = CallFactory(state=CallState.APPROVED)
    assert call.status == CallStatus.DECIDED
    assert list(Call.objects.in_status(CallStatus.DECIDED)) == [call]
    assert not Call.objects.in_status(CallStatus.UPCOMING).exists()


def test_drafts_are_in_no_list_that_the_public_sees():
    CallFactory(state=CallState.DRAFT)
    assert not any(Call.objects.in_status(status).exists() for status in CallStatus)


def test_status_costs_no_query_with_dates(call, django_assert_num_queries):
    found = Call.objects.with_dates().get(pk=call.pk)
    with django_assert_num_queries(0):
        assert found.status == CallStatus.OPEN
