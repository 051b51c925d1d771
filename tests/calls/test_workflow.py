"""Who may move a call, from where: every state, event and kind of person."""

import pytest

from challenges.calls.models import CallState
from challenges.calls.workflow import CALL
from marketplace.errors import NotAllowed, WrongState
from tests.factories import (
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    make_call,
    make_officer,
)

pytestmark = pytest.mark.django_db

STATES = tuple(CallState.values)
ROLES = ("proposer", "owner", "colleague", "officer elsewhere", "start-up", "anonymous")
COLLEAGUES = {"proposer", "owner", "colleague"}
ALLOWED = {
    # event: (from, to, who)
    "propose": ({"draft"}, "proposed", COLLEAGUES),
    "approve": ({"proposed"}, "approved", {"colleague"}),
    "return": ({"proposed"}, "draft", COLLEAGUES),
    "cancel": ({"draft", "proposed", "approved"}, "cancelled", COLLEAGUES),
}


@pytest.fixture(scope="module")
def people(django_db_setup, django_db_blocker):
    """One of each kind, made once: no test below changes the database."""
    from django.contrib.auth.models import AnonymousUser
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        found = {
            "proposer": make_officer(),
            "owner": make_officer(),
            "colleague": make_officer(),
            "officer elsewhere": make_officer(RegionFactory(code="E47000001", slug="gm")),
            "start-up": UserFactory(),
            "anonymous": AnonymousUser(),
        }
        OrganisationFactory(owner=found["start-up"])
        call = make_call(state="draft", proposed_by=found["proposer"], owner=found["owner"])
        yield call, found
        transaction.set_rollback(True)
