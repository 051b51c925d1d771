"""Who may move a call, from where: every state, event and kind of person."""

import itertools

import pytest
from django.contrib.auth.models import AnonymousUser

from challenges.calls.models import CallState
from challenges.calls.workflow import CALL
from marketplace.errors import NotAllowed, WrongState
from tests.factories import (
    CallFactory,
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    make_call,
    make_officer,
)

pytestmark = pytest.mark.django_db

COLLEAGUES = {"proposer", "owner", "colleague"}
TABLE = {
    # event: (from, to, who may)
    "propose": ({"draft"}, "proposed", COLLEAGUES),
    "approve": ({"proposed"}, "approved", {"colleague"}),
    "return": ({"proposed"}, "draft", COLLEAGUES),
    "cancel": ({"draft", "proposed", "approved"}, "cancelled", COLLEAGUES),
}


@pytest.fixture
def people():
    start_up = UserFactory()
    OrganisationFactory(owner=start_up)
    return {
        "proposer": make_officer(),
        "owner": make_officer(),
        "colleague": make_officer(),
        "officer elsewhere": make_officer(RegionFactory(code="E47000001", slug="gmca")),
        "start-up": start_up,
        "anonymous": AnonymousUser(),
    }


@pytest.fixture
def call(people):
    return make_call(state="draft", proposed_by=people["proposer"], owner=people["owner"])


def test_the_table_names_every_event():
    assert set(CALL.events) == set(TABLE)


@pytest.mark.parametrize("event", TABLE)
def test_every_state_event_and_role(event, call, people):
    sources, target, allowed = TABLE[event]
    for state, (role, person) in itertools.product(CallState.values, people.items()):
        call.state = state
        expected = target
        if state not in sources:
            expected = WrongState
        elif role not in allowed:
            expected = NotAllowed
        assert outcome(call, event, person) == expected, (state, event, role)
        assert CALL.allows(event, _in(call, state), person) == (expected == target)


def _in(call, state):
    call.state = state
    return call


def outcome(call, event, person):
    """The state that the event leads to, or the kind of refusal; a refusal changes nothing."""
    before = call.state
    try:
        CALL.apply(event, call, person)
    except (NotAllowed, WrongState) as refusal:
        assert call.state == before
        return type(refusal)
    return call.state


def test_an_imported_call_was_decided_before_it_came_and_cannot_be_cancelled(people):
    call = CallFactory(state="approved", source="A public record")
    assert not CALL.allows("cancel", call, people["colleague"])
    assert CALL.allows("cancel", _in(call, "draft"), people["colleague"])


def test_a_call_with_released_decisions_cannot_be_cancelled(people):
    call = make_call()
    stage = call.first_stage
    stage.released_at = stage.closes_at
    stage.save(update_fields=["released_at"])
    assert outcome(call, "cancel", people["colleague"]) is NotAllowed
