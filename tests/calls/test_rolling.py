"""A rolling call: rounds one after the other, each judged and decided by itself."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from challenges.calls.models import Call, CallState, CallStatus
from challenges.calls.setup import start_from_shape
from challenges.judging.decisions import next_stage
from challenges.pitches.services import start_pitch, why_not_open
from tests.factories import CallFactory, OrganisationFactory, UserFactory, make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    call = CallFactory()
    start_from_shape(call=call, shape="rolling", actor=make_officer())
    Call.objects.filter(pk=call.pk).update(state=CallState.APPROVED)
    call = Call.objects.get(pk=call.pk)
    from challenges.calls.services import seal_rulebook

    for stage in call.stages.all():
        seal_rulebook(stage)
    return call


def test_rounds_follow_each_other_without_a_gap(call):
    stages = list(call.stages.all())
    assert call.is_rolling and len(stages) == 4
    for earlier, later in zip(stages, stages[1:], strict=False):
        assert later.opens_at == earlier.closes_at


def test_people_enter_by_the_round_that_is_open(call):
    stages = list(call.stages.all())
    for stage in stages:
        with time_machine.travel(stage.opens_at + timedelta(days=1), tick=False):
            person = UserFactory()
            entry = start_pitch(
                call=call, organisation=OrganisationFactory(owner=person), actor=person
            )
            assert entry.stage == stage
            assert call.status == CallStatus.OPEN
            assert call in Call.objects.open()
    with time_machine.travel(stages[-1].closes_at + timedelta(days=1), tick=False):
        assert why_not_open(call)
        assert call not in Call.objects.open() and call.status == CallStatus.ASSESSING


def test_no_round_leads_to_the_next(call):
    assert next_stage(call.first_stage) is None


def test_before_it_opens_it_is_coming(call):
    assert call.status == CallStatus.UPCOMING
    assert call.entry_stage == call.first_stage and timezone.now() < call.entry_stage.opens_at
