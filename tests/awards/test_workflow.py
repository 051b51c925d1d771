"""Every state × event × role of a funded project."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from challenges.awards.models import AwardState
from challenges.awards.services import complete_award, end_award
from challenges.awards.workflow import AWARD
from marketplace.activity.following import follow
from marketplace.activity.models import Notification, Pace, Record
from marketplace.errors import NotAllowed, WrongState
from tests.factories import (
    AwardFactory,
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    make_officer,
)

TABLE = {
    ("complete", "active"): "completed",
    ("end", "active"): "ended",
    ("resume", "completed"): "active",
    ("resume", "ended"): "active",
    ("withdraw", "active"): "withdrawn",
    ("withdraw", "completed"): "withdrawn",
    ("withdraw", "ended"): "withdrawn",
    ("reinstate", "withdrawn"): "active",
}
FOLLOWS_A_DECISION = ("withdraw", "reinstate")
"""The services of corrections and declined places do these, for an officer or for the team."""


def cast(award: Any) -> dict[str, Any]:
    elsewhere = RegionFactory(code="E47000001", slug="elsewhere", name="Elsewhere")
    member = UserFactory()
    award.organisation.memberships.create(user=member)
    return {
        "officer": make_officer(region=award.call.region),
        "officer elsewhere": make_officer(region=elsewhere),
        "team": member,
        "stranger": UserFactory(),
        "anonymous": AnonymousUser(),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("state", AwardState.values)
@pytest.mark.parametrize("event", AWARD.events)
def test_award(event: str, state: str) -> None:
    award = AwardFactory(organisation=OrganisationFactory())
    for role, person in cast(award).items():
        award.state = state
        if (event, state) not in TABLE:
            expected: type[Exception] | None = WrongState
        else:
            may = {"officer", "team"} if event in FOLLOWS_A_DECISION else {"officer"}
            expected = None if role in may else NotAllowed
        if expected:
            with pytest.raises(expected):
                AWARD.apply(event, award, person)
            assert award.state == state, role
        else:
            AWARD.apply(event, award, person)
            assert award.state == TABLE[event, state], role


@pytest.mark.django_db
@pytest.mark.parametrize(("verb", "state"), [(complete_award, "completed"), (end_award, "ended")])
def test_the_verbs_are_recorded(verb: Any, state: str) -> None:
    award = AwardFactory()
    officer = make_officer(region=award.call.region)
    assert verb(award=award, actor=officer).state == state
    assert Record.objects.for_thing(award).get().verb == f"awards.{state}"
    with pytest.raises(WrongState):
        verb(award=award, actor=officer)


@pytest.mark.django_db
def test_who_follows_the_organisation_hears_what_becomes_of_it(
    django_capture_on_commit_callbacks: Any,
) -> None:
    award, person = AwardFactory(title="Warm homes"), UserFactory()
    follow(person=person, thing=award.organisation, pace=Pace.NOW)
    with django_capture_on_commit_callbacks(execute=True):
        complete_award(award=award, actor=make_officer(region=award.call.region))
    [told] = Notification.objects.filter(recipient=person)
    assert told.subject == f"{award.organisation} has completed Warm homes"
    assert told.path == award.get_absolute_url()
