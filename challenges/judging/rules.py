"""Who may do what in judging."""

from typing import Any

import rules
from django.db.models import Exists, OuterRef, Q, QuerySet

from challenges.calls.models import Stage
from challenges.calls.rules import is_approved, is_officer_of_call
from challenges.judging.models import (
    Appeal,
    Assignment,
    AssignmentState,
    Conflict,
    MemberRole,
    MemberState,
    Offer,
    PanelMember,
    Release,
    ReservePlace,
)
from challenges.pitches.models import IN_COMPETITION, Entry
from challenges.pitches.parts import has_part, with_part
from startups.rules import is_member_of


def member_of(thing: Any) -> PanelMember:
    return thing.member if isinstance(thing, Assignment) else thing


def stage_of(thing: Any) -> Stage:
    """The stage that a panel's thing belongs to."""
    if isinstance(thing, Stage):
        return thing
    if isinstance(thing, Entry | Release | ReservePlace):
        return thing.stage
    if isinstance(thing, Conflict | Appeal | Offer):
        return thing.entry.stage
    return member_of(thing).panel.stage


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
def is_scorer(person: Any, thing: Any) -> bool:
    """An observer is on the panel and scores nothing."""
    return member_of(thing).scores


@rules.predicate
def is_not_recused(person: Any, assignment: Assignment) -> bool:
    return assignment.state != AssignmentState.RECUSED


@rules.predicate
def is_in_competition(person: Any, assignment: Assignment) -> bool:
    return assignment.entry.state in IN_COMPETITION


@rules.predicate
def is_officer_of_panel(person: Any, thing: Any) -> bool:
    return is_officer_of_call(person, stage_of(thing))


@rules.predicate
def is_chair_of_panel(person: Any, thing: Any) -> bool:
    """Leads the panel that a member, a review or a stage belongs to."""
    if not person.is_authenticated:
        return False
    return PanelMember.objects.filter(
        panel__stage=stage_of(thing), user=person, role=MemberRole.CHAIR, state=MemberState.ACCEPTED
    ).exists()


def stages_kept_from(person: Any) -> QuerySet[Stage]:
    """Stages in which a person judges, or has scored and then left the panel, or is on an
    applicant's team, or has a tie to one that waits for a decision or means recusal.
    """
    scores = (Q(state=MemberState.ACCEPTED) & ~Q(role=MemberRole.OBSERVER)) | Q(
        assignments__state=AssignmentState.SUBMITTED
    )
    stage = OuterRef("pk")
    judging = PanelMember.objects.filter(scores, panel__stage=stage, user=person)
    tied = Conflict.objects.barring().filter(entry__stage=stage, officer=person)
    own = Entry.objects.filter(with_part(person, "pitch__"), stage=stage).in_competition()
    return Stage.objects.filter(Exists(judging) | Exists(tied) | Exists(own))


@rules.predicate
def is_independent(person: Any, stage: Stage) -> bool:
    """Who scores does not decide, nor does anybody else who is kept from the stage: a tie to one
    pitch weighs on the place of all. One query.
    """
    return not stages_kept_from(person).filter(pk=stage.pk).exists()


@rules.predicate
def shows_names(person: Any, thing: Any) -> bool:
    return not stage_of(thing).hides_names


@rules.predicate
def is_somebody_elses(person: Any, conflict: Conflict) -> bool:
    return conflict.person_id != person.pk


@rules.predicate
def is_in_open_meeting(person: Any, thing: Any) -> bool:
    """A judge of the panel, from the moment that its meeting opens."""
    if not person.is_authenticated:
        return False
    stage = stage_of(thing)
    members = PanelMember.objects.filter(user=person, state=MemberState.ACCEPTED)
    return members.filter(panel__stage=stage, panel__stage__meeting__isnull=False).exists()


@rules.predicate
def is_untied(person: Any, entry: Entry) -> bool:
    """Neither on the team of an organisation in the pitch nor kept away by a tie."""
    own = Q(member__user=person) | Q(officer=person)
    return (
        not has_part(person, entry.pitch)
        and not Conflict.objects.barring().filter(own, entry=entry).exists()
    )


@rules.predicate
def is_of_lead(person: Any, thing: Any) -> bool:
    """On the team of the organisation that leads the pitch."""
    entry = thing.entry if isinstance(thing, Appeal | Offer) else thing
    return is_member_of(person, entry.pitch.organisation_id)


@rules.predicate
def is_released(person: Any, entry: Entry) -> bool:
    decision = getattr(entry, "decision", None)
    return decision is not None and decision.released_at is not None


@rules.predicate
def did_not_decide(person: Any, appeal: Appeal) -> bool:
    """Nor corrected the decision or signed that, nor judged, nor has a tie to an applicant."""
    decision = appeal.entry.decision
    if decision.decided_by_id == person.pk:
        return False
    if decision.corrected_at is not None:
        had_part = Q(proposed_by=person) | Q(made_by=person) | Q(before_decided_by=person)
        if appeal.entry.corrections.filter(had_part).exists():
            return False
    return is_independent(person, appeal.entry.stage)


@rules.predicate
def is_independent_of_its_stage(person: Any, thing: Any) -> bool:
    return is_independent(person, stage_of(thing))


@rules.predicate
def is_past_its_time(person: Any, offer: Offer) -> bool:
    return not offer.is_open()


@rules.predicate
def may_decide_its_stage(person: Any, thing: Any) -> bool:
    return rules.has_perm("judging.decide", person, stage_of(thing))


@rules.predicate
def is_not_applicant(person: Any, assignment: Assignment) -> bool:
    """Asked each time a review is opened or saved: people join teams at any time."""
    return not has_part(person, assignment.entry.pitch)


may_read = is_that_judge & has_declared & is_not_recused & is_in_competition & is_not_applicant

rules.add_perm("judging.answer_invitation", is_invited)
rules.add_perm("judging.step_down", is_that_judge)
rules.add_perm("judging.declare_interests", is_that_judge)
rules.add_perm("judging.open_panel", is_that_judge)
rules.add_perm("judging.calibrate", is_that_judge & has_declared & is_scorer)
rules.add_perm("judging.read_entry", may_read)
rules.add_perm("judging.score_entry", may_read)
rules.add_perm("judging.file_appeal", is_of_lead & is_released)
rules.add_perm("judging.withdraw_appeal", is_of_lead)
rules.add_perm("judging.see_appeal", is_officer_of_panel)
rules.add_perm("judging.answer_appeal", is_officer_of_panel & did_not_decide)

leads_panel = is_officer_of_panel | is_chair_of_panel

rules.add_perm("judging.recuse", is_that_judge | leads_panel)
rules.add_perm("judging.reinstate", leads_panel)
rules.add_perm("judging.see_conflicts", leads_panel)
rules.add_perm("judging.decide_conflict", leads_panel & is_somebody_elses)
rules.add_perm("judging.run_meeting", leads_panel)
rules.add_perm("judging.attend", leads_panel | is_in_open_meeting)
rules.add_perm("judging.discuss", (leads_panel | is_in_open_meeting) & is_untied)
rules.add_perm("judging.agree", leads_panel & is_untied)
rules.add_perm("judging.read_register", is_that_judge | leads_panel)
rules.add_perm("judging.run_panel", is_officer_of_panel)
rules.add_perm("judging.view_ranking", is_officer_of_call)
rules.add_perm(
    "judging.see_contacts", is_officer_of_panel & (shows_names | is_independent_of_its_stage)
)
rules.add_perm("judging.decide", is_officer_of_call & is_approved & is_independent)

decides = is_officer_of_panel & is_independent_of_its_stage

rules.add_perm("judging.correct", decides & is_released)
rules.add_perm("judging.carry_out_appeal", decides)
rules.add_perm("judging.view_reserve", is_officer_of_panel)
rules.add_perm("judging.run_reserve", decides)
rules.add_perm("judging.answer_offer", is_of_lead)
rules.add_perm("judging.end_offer", is_officer_of_panel)
rules.add_perm("judging.lapse_offer", is_past_its_time)

rules.add_perm("judging.carry_out_release", may_decide_its_stage)
rules.add_perm("judging.refuse_release", rules.always_allow)
rules.add_perm("judging.stop_release", is_officer_of_panel)
