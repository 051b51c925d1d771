"""Who may do what in judging."""

from typing import Any

import rules
from django.db.models import Q

from challenges.calls.models import Stage
from challenges.calls.rules import is_approved, is_officer_of_call
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    MemberRole,
    MemberState,
    PanelMember,
)
from challenges.pitches.models import IN_COMPETITION
from startups.rules import is_member_of


def member_of(thing: Any) -> PanelMember:
    return thing.member if isinstance(thing, Assignment) else thing


@rules.predicate
def is_invited(person: Any, member: PanelMember) -> bool:
    """The invitation was sent to this person's own address."""
    return getattr(person, "email", "").lower() == member.email.lower()


@rules.predicate
def is_that_judge(person: Any, thing: Any) -> bool:
    member = member_of(thing)
    return member.user_id == person.pk and member.state == MemberState.ACCEPTED


@rules.predicate
def has_declared(person: Any, thing: Any) -> bool:
    return member_of(thing).declared_at is not None


@rules.predicate
def is_not_recused(person: Any, assignment: Assignment) -> bool:
    return assignment.state != AssignmentState.RECUSED


@rules.predicate
def is_in_competition(person: Any, assignment: Assignment) -> bool:
    return assignment.entry.state in IN_COMPETITION


@rules.predicate
def is_officer_of_panel(person: Any, thing: Any) -> bool:
    stage = thing if isinstance(thing, Stage) else member_of(thing).panel.stage
    return is_officer_of_call(person, stage)


@rules.predicate
def is_chair_of_panel(person: Any, thing: Any) -> bool:
    """Leads the panel that a member, a review or a stage belongs to."""
    stage = thing if isinstance(thing, Stage) else member_of(thing).panel.stage
    return PanelMember.objects.filter(
        panel__stage=stage, user=person, role=MemberRole.CHAIR, state=MemberState.ACCEPTED
    ).exists()


@rules.predicate
def is_not_judging(person: Any, stage: Stage) -> bool:
    """Who scores does not decide, nor does who has scored and then left the panel."""
    scores = Q(state=MemberState.ACCEPTED) | Q(assignments__state=AssignmentState.SUBMITTED)
    return not PanelMember.objects.filter(scores, panel__stage=stage, user=person).exists()


@rules.predicate
def is_not_applicant(person: Any, assignment: Assignment) -> bool:
    return not is_member_of(person, assignment.entry.pitch.organisation_id)


may_read = is_that_judge & has_declared & is_not_recused & is_in_competition & is_not_applicant

rules.add_perm("judging.answer_invitation", is_invited)
rules.add_perm("judging.declare_interests", is_that_judge)
rules.add_perm("judging.open_panel", is_that_judge)
rules.add_perm("judging.read_entry", may_read)
rules.add_perm("judging.score_entry", may_read)
rules.add_perm("judging.recuse", is_that_judge | is_officer_of_panel)
rules.add_perm("judging.read_register", is_that_judge | is_officer_of_panel | is_chair_of_panel)
rules.add_perm("judging.run_panel", is_officer_of_panel)
rules.add_perm("judging.view_ranking", is_officer_of_call)
rules.add_perm("judging.decide", is_officer_of_call & is_approved & is_not_judging)
