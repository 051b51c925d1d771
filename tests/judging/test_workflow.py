"""Every state × event × role of a member and of a review."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from challenges.judging.models import Assignment, AssignmentState, MemberState, PanelMember
from challenges.judging.workflow import ASSIGNMENT, MEMBER
from marketplace.accounts.models import User
from marketplace.errors import NotAllowed, WrongState
from tests.factories import RegionFactory, UserFactory, make_chair, make_judge, make_officer
from tests.judging.conftest import World

# (event, state) → (state after, who may); every pair that is not here is refused to everybody.
MEMBER_TABLE = {
    ("accept", "invited"): ("accepted", {"judge"}),
    ("decline", "invited"): ("declined", {"judge"}),
    ("remove", "invited"): ("removed", {"officer"}),
    ("step-down", "accepted"): ("stepped", {"judge"}),
    ("remove", "accepted"): ("removed", {"officer"}),
    ("remove", "stepped"): ("removed", {"officer"}),
    ("invite-again", "declined"): ("invited", {"officer"}),
    ("invite-again", "removed"): ("invited", {"officer"}),
    ("invite-again", "stepped"): ("invited", {"officer"}),
}
ASSIGNMENT_TABLE = {
    ("submit", "assigned"): ("submitted", {"judge"}),
    ("submit", "submitted"): ("submitted", {"judge"}),
    ("reopen", "submitted"): ("assigned", {"judge"}),
    ("recuse", "assigned"): ("recused", {"judge", "officer", "chair"}),
    ("recuse", "submitted"): ("recused", {"judge", "officer", "chair"}),
    ("reinstate", "recused"): ("assigned", {"officer", "chair"}),
}


def cast(world: World) -> dict[str, Any]:
    elsewhere = RegionFactory(code="E47000001", slug="elsewhere", name="Elsewhere")
    return {
        "judge": world.judge.user,
        "other judge": make_judge(world.stage).user,
        "chair": make_chair(world.stage).user,
        "officer": world.officer,
        "officer elsewhere": make_officer(region=elsewhere),
        "applicant": world.applicant,
        "stranger": UserFactory(),
        "anonymous": AnonymousUser(),
    }


def fresh(person: Any) -> Any:
    return User.objects.get(pk=person.pk) if person.pk else person


@pytest.mark.parametrize("state", MemberState.values)
@pytest.mark.parametrize("event", MEMBER.events)
def test_member(world: World, event: str, state: str) -> None:
    for role, person in cast(world).items():
        member = PanelMember.objects.get(pk=world.judge.pk)
        member.state = state
        check(MEMBER, MEMBER_TABLE, event, state, role, member, person)


@pytest.mark.parametrize("state", AssignmentState.values)
@pytest.mark.parametrize("event", ASSIGNMENT.events)
def test_assignment(world: World, event: str, state: str) -> None:
    for role, person in cast(world).items():
        assignment = Assignment.objects.get(pk=world.assignment.pk)
        assignment.state = state
        check(ASSIGNMENT, ASSIGNMENT_TABLE, event, state, role, assignment, person)


def check(
    workflow: Any, table: dict, event: str, state: str, role: str, thing: Any, person: Any
) -> None:
    after, who = table.get((event, state), (state, set()))
    if role in who:
        workflow.apply(event, thing, fresh(person))
    else:
        expected: type[Exception] = NotAllowed if (event, state) in table else WrongState
        with pytest.raises(expected):
            workflow.apply(event, thing, fresh(person))
        after = state
    assert thing.state == after, role


@pytest.mark.parametrize(
    "spoil",
    [
        lambda w: PanelMember.objects.filter(pk=w.judge.pk).update(declared_at=None),
        lambda w: PanelMember.objects.filter(pk=w.judge.pk).update(state=MemberState.REMOVED),
        lambda w: Assignment.objects.update(state=AssignmentState.RECUSED),
        lambda w: w.entry.pitch.organisation.memberships.create(user=w.judge.user),
        lambda w: type(w.entry).objects.update(state="withdrawn"),
    ],
    ids=["undeclared", "removed", "recused", "on the team", "withdrawn"],
)
def test_a_judge_scores_only_what_is_properly_theirs(
    world: World, spoil: Callable[[World], object]
) -> None:
    spoil(world)
    assignment = Assignment.objects.get(pk=world.assignment.pk)
    assert not ASSIGNMENT.allows("submit", assignment, fresh(world.judge.user))


def test_an_invitation_is_known_by_its_address_in_any_case(world: World) -> None:
    member = PanelMember(
        panel=world.judge.panel, email="Ann@Example.org", expires_at=timezone.now()
    )
    assert MEMBER.allows("accept", member, UserFactory(email="ann@example.ORG"))
