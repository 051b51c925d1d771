"""The verbs of a panel: what they do, and what they refuse."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    Conflict,
    MemberState,
    Panel,
    PanelMember,
)
from challenges.judging.progress import panel_progress
from challenges.judging.services.membership import REMINDED_AFTER, remind_of_invitations
from challenges.pitches.models import Entry
from marketplace.accounts.models import Role
from marketplace.activity.models import Notification, Record
from marketplace.errors import (
    EditConflict,
    Incomplete,
    NotAllowed,
    Refused,
    TooLate,
    WrongState,
)
from tests.factories import (
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)
from tests.judging.conftest import World, build_world, scores_for, write_review


def save(world: World, **changes: object) -> Assignment:
    fields = {
        "assignment": world.assignment,
        "scores": scores_for(world.stage),
        "recommendation": "fund",
        "comment": "For the panel.",
        "version": 1,
        "actor": world.judge.user,
        **changes,
    }
    return services.save_review(**fields)  # type: ignore[arg-type]


# --- Invitations ---------------------------------------------------------------------


def invite(world: World, email: str = "ann@example.org") -> str:
    """Invite, and return the token of the link that was mailed."""
    services.invite_to_panel(stage=world.stage, email=email, name="Ann", actor=world.officer)
    return Notification.objects.first().path.rstrip("/").rpartition("/")[2]


def test_the_link_leads_to_the_invitation(world: World) -> None:
    member = services.find_invitation(invite(world))
    ann = UserFactory(email="Ann@example.org")
    services.accept_invitation(member=member, actor=ann)
    member.refresh_from_db()
    assert (member.state, member.user) == (MemberState.ACCEPTED, ann)
    assert ann.region_roles.filter(role=Role.JUDGE, region=world.call.region).exists()


def test_only_officers_of_the_call_invite(world: World) -> None:
    with pytest.raises(NotAllowed):
        services.invite_to_panel(
            stage=world.stage, email="x@example.org", name="X", actor=world.judge.user
        )


def test_a_link_sent_again_replaces_the_first(world: World) -> None:
    first = invite(world)
    member = services.find_invitation(first)
    services.resend_invitation(member=member, actor=world.officer)
    with pytest.raises(type(member).DoesNotExist):
        services.find_invitation(first)
    with pytest.raises(WrongState):
        services.resend_invitation(member=world.judge, actor=world.officer)


def test_who_does_not_answer_is_reminded_once_with_a_link_that_works(world: World) -> None:
    first = invite(world)
    assert remind_of_invitations() == 0, "five days are theirs"
    with time_machine.travel(timezone.now() + REMINDED_AFTER):
        assert remind_of_invitations() == 1
        assert remind_of_invitations() == 0
        mail = Notification.objects.first()
        assert mail.subject.startswith("Still waiting for your answer")
        with pytest.raises(PanelMember.DoesNotExist):
            services.find_invitation(first)
        member = services.find_invitation(mail.path.rstrip("/").rpartition("/")[2])
        services.accept_invitation(member=member, actor=UserFactory(email=member.email))
    with time_machine.travel(timezone.now() + 3 * REMINDED_AFTER):
        assert remind_of_invitations() == 0


def test_nobody_is_reminded_of_a_panel_that_is_over(world: World) -> None:
    invite(world)
    type(world.stage).objects.filter(pk=world.stage.pk).update(released_at=timezone.now())
    with time_machine.travel(timezone.now() + REMINDED_AFTER):
        assert remind_of_invitations() == 0


def test_a_long_title_still_fits_a_subject(world: World) -> None:
    type(world.call).objects.update(title="x" * 255)
    invite(world)
    assert len(Notification.objects.first().subject) <= 200


def test_an_invitation_runs_out(world: World) -> None:
    member = services.find_invitation(invite(world))
    ann = UserFactory(email="ann@example.org")
    with time_machine.travel(member.expires_at), pytest.raises(TooLate, match="ran out on"):
        services.accept_invitation(member=member, actor=ann)
    with time_machine.travel(member.expires_at - timedelta(seconds=1)):
        services.accept_invitation(member=member, actor=ann)


def test_nobody_sits_on_a_panel_twice(world: World) -> None:
    person = world.judge.user
    token = invite(world, "second@example.org")
    type(person).objects.filter(pk=person.pk).update(email="second@example.org")
    person.refresh_from_db()
    with pytest.raises(Refused, match="already"):
        services.accept_invitation(member=services.find_invitation(token), actor=person)


def test_removing_takes_unfinished_reviews_and_the_role(world: World) -> None:
    second = assign(world.judge, world.entries[1])
    write_review(world.assignment)
    services.remove_member(member=world.judge, actor=world.officer, reason="Has left.")
    assert not Assignment.objects.filter(pk=second.pk).exists()
    assert Assignment.objects.get(pk=world.assignment.pk).state == AssignmentState.SUBMITTED
    assert not world.judge.user.region_roles.filter(role=Role.JUDGE).exists()


def test_removing_may_discard_scores_but_keeps_their_trace(world: World) -> None:
    write_review(world.assignment)
    services.remove_member(
        member=world.judge, actor=world.officer, reason="Undeclared tie.", discard_scores=True
    )
    assert Assignment.objects.get(pk=world.assignment.pk).state == AssignmentState.RECUSED
    assert Record.objects.filter(verb="judging.removed", detail__discarded=True).exists()


def test_a_judge_of_another_panel_keeps_the_role(world: World) -> None:
    other = make_call(region=world.call.region).first_stage
    second = make_judge(other)
    type(second).objects.filter(pk=second.pk).update(user=world.judge.user)
    services.remove_member(member=world.judge, actor=world.officer, reason="Has left.")
    assert world.judge.user.region_roles.filter(role=Role.JUDGE).exists()


@pytest.mark.parametrize(("reason", "error"), [(" ", Refused), ("Gone.", TooLate)])
def test_removing_is_refused(world: World, reason: str, error: type[Exception]) -> None:
    Stage.objects.update(released_at=timezone.now())
    with pytest.raises(error):
        services.remove_member(member=world.judge, actor=world.officer, reason=reason)


# --- Interests -----------------------------------------------------------------------


def test_an_interest_recuses_at_once_and_for_good(world: World) -> None:
    write_review(world.assignment)
    services.declare_interests(
        member=world.judge,
        conflicts={world.entry.pk: "My sister works there."},
        actor=world.judge.user,
    )
    assert Assignment.objects.get(pk=world.assignment.pk).state == AssignmentState.RECUSED
    services.declare_interests(member=world.judge, conflicts={}, actor=world.judge.user)
    assert Conflict.objects.filter(member=world.judge, entry=world.entry).exists()
    services.set_reviews_per_pitch(stage=world.stage, reviews=1, actor=world.officer)
    services.assign_entries(stage=world.stage, actor=world.officer)
    assert not world.judge.assignments.exclude(state="recused").filter(entry=world.entry).exists()


def test_being_on_the_team_is_an_interest_unsaid(world: World) -> None:
    world.entries[1].pitch.organisation.memberships.create(user=world.judge.user)
    services.declare_interests(member=world.judge, conflicts={}, actor=world.judge.user)
    assert world.judge.conflicts.get().entry == world.entries[1]


def test_interests_need_words_and_a_pitch_of_this_stage(world: World) -> None:
    elsewhere = submit(make_entry())
    for conflicts in ({world.entry.pk: " "}, {elsewhere.pk: "Mine."}):
        with pytest.raises(Refused):
            services.declare_interests(
                member=world.judge, conflicts=conflicts, actor=world.judge.user
            )
    assert not Conflict.objects.exists()


def test_nobody_declares_for_somebody_else(world: World) -> None:
    with pytest.raises(NotAllowed):
        services.declare_interests(member=world.judge, conflicts={}, actor=world.officer)


# --- Sharing out ---------------------------------------------------------------------


def test_assigning_twice_gives_nothing_twice(world: World) -> None:
    make_judge(world.stage)
    services.set_reviews_per_pitch(stage=world.stage, reviews=2, actor=world.officer)
    assert services.assign_entries(stage=world.stage, actor=world.officer) == (3, 0)
    assert services.assign_entries(stage=world.stage, actor=world.officer) == (0, 0)


def test_what_lacks_is_said(world: World) -> None:
    assert services.assign_entries(stage=world.stage, actor=world.officer) == (1, 4)


def test_a_replaced_judge_leaves_room_for_another(world: World) -> None:
    services.set_reviews_per_pitch(stage=world.stage, reviews=1, actor=world.officer)
    services.remove_member(member=world.judge, actor=world.officer, reason="Ill.")
    successor = make_judge(world.stage)
    services.assign_entries(stage=world.stage, actor=world.officer)
    assert successor.assignments.count() == 2


def test_sharing_out_waits_for_the_call_to_close(db: None) -> None:
    call = make_call()
    submit(make_entry(call=call))
    make_judge(call.first_stage)
    with pytest.raises(Refused, match="when the stage closes"):
        services.assign_entries(stage=call.first_stage, actor=make_officer(region=call.region))


def test_a_pitch_that_came_after_the_declaration_waits_for_a_new_one(db: None) -> None:
    call = make_call()
    officer = make_officer(region=call.region)
    judge = make_judge(call.first_stage)
    submit(make_entry(call=call))
    stage = close_stage(call.first_stage)
    assert services.assign_entries(stage=stage, actor=officer)[0] == 0
    services.declare_interests(member=judge, conflicts={}, actor=judge.user)
    assert services.assign_entries(stage=stage, actor=officer)[0] == 1


def test_judges_hear_of_their_pitches_once(world: World) -> None:
    services.assign_entries(stage=world.stage, actor=world.officer)
    services.assign_entries(stage=world.stage, actor=world.officer)
    assert Notification.objects.filter(recipient=world.judge.user).count() == 1


def test_by_hand(world: World) -> None:
    second = world.entries[1]
    given = services.assign_by_hand(member=world.judge, entry=second, actor=world.officer)
    assert given.state == AssignmentState.ASSIGNED
    with pytest.raises(Refused, match="already"):
        services.assign_by_hand(member=world.judge, entry=second, actor=world.officer)
    services.unassign(assignment=given, actor=world.officer)
    assert not Assignment.objects.filter(pk=given.pk).exists()
    Conflict.objects.create(member=world.judge, entry=second, nature="Tie.")
    with pytest.raises(Refused, match="interest"):
        services.assign_by_hand(member=world.judge, entry=second, actor=world.officer)
    undeclared = make_judge(world.stage, declared=False)
    with pytest.raises(Refused, match="declared"):
        services.assign_by_hand(member=undeclared, entry=second, actor=world.officer)
    with pytest.raises(Refused, match="isn’t in the competition"):
        services.assign_by_hand(member=world.judge, entry=build_world().entry, actor=world.officer)
    with pytest.raises(NotAllowed):
        services.assign_by_hand(member=world.judge, entry=second, actor=world.judge.user)


def test_a_submitted_review_is_not_taken_back(world: World) -> None:
    write_review(world.assignment)
    with pytest.raises(WrongState, match="scored"):
        services.unassign(assignment=world.assignment, actor=world.officer)


@pytest.mark.parametrize("number", [0, -1, 51])
def test_reviews_per_pitch_are_a_sensible_number(world: World, number: int) -> None:
    with pytest.raises(Refused):
        services.set_reviews_per_pitch(stage=world.stage, reviews=number, actor=world.officer)
    assert Panel.objects.get(stage=world.stage).reviews_per_pitch == 3


# --- Reviews -------------------------------------------------------------------------


def test_a_review_counts_by_its_weights(world: World) -> None:
    impact, feasibility = world.stage.criteria.all()
    scores = {impact.pk: (5, "Yes."), feasibility.pk: (0, "No.")}
    save(world, scores=scores)
    submitted = services.submit_review(assignment=world.assignment, actor=world.judge.user)
    assert (submitted.total, submitted.state) == (60, AssignmentState.SUBMITTED)


def test_a_second_window_is_told_and_overwrites_nothing(world: World) -> None:
    save(world, comment="first")
    with pytest.raises(EditConflict):
        save(world, comment="second")
    assert Assignment.objects.get(pk=world.assignment.pk).comment == "first"


def test_each_thing_missing_is_named(world: World) -> None:
    impact, feasibility = world.stage.criteria.all()
    save(world, scores={impact.pk: (None, "Why."), feasibility.pk: (2, " ")}, recommendation="")
    with pytest.raises(Incomplete) as caught:
        services.submit_review(assignment=world.assignment, actor=world.judge.user)
    places = [place for place, _ in caught.value.problems]
    assert places == [f"score_{impact.pk}", f"comment_{feasibility.pk}", "recommendation"]


def test_what_is_off_the_scale_is_refused(world: World) -> None:
    impact = world.stage.criteria.first()
    foreign = build_world().stage.criteria.first()
    for scores in ({impact.pk: (6, "")}, {impact.pk: (-1, "")}, {foreign.pk: (1, "")}):
        with pytest.raises(Refused):
            save(world, scores=scores)
    with pytest.raises(Refused):
        save(world, recommendation="knight")
    assert Assignment.objects.get(pk=world.assignment.pk).version == 1


def test_the_clock_closes_the_panel(world: World) -> None:
    due = world.stage.scores_due_at
    with time_machine.travel(due - timedelta(seconds=1), tick=False):
        save(world)
    with time_machine.travel(due, tick=False):
        with pytest.raises(TooLate, match="The panel closed on"):
            services.submit_review(assignment=world.assignment, actor=world.judge.user)
        with pytest.raises(TooLate):
            save(world, version=2)
    with time_machine.travel(due - timedelta(seconds=1), tick=False):
        services.submit_review(assignment=world.assignment, actor=world.judge.user)


def test_no_score_before_the_call_closes(db: None) -> None:
    call = make_call()
    entry = submit(make_entry(call=call))
    judge = make_judge(call.first_stage)
    assignment = assign(judge, entry)
    with pytest.raises(TooLate, match="Scoring starts"):
        services.submit_review(assignment=assignment, actor=judge.user)


def test_no_score_after_the_release(world: World) -> None:
    Stage.objects.update(released_at=timezone.now())
    with pytest.raises(TooLate, match="released"):
        save(world)


def test_changing_a_submitted_review_keeps_it_counting_until_it_is_whole(world: World) -> None:
    write_review(world.assignment, 5)
    changed = {
        "assignment": world.assignment,
        "recommendation": "",
        "comment": "",
        "version": 2,
        "actor": world.judge.user,
    }
    with pytest.raises(Incomplete):
        services.resubmit_review(scores=scores_for(world.stage, 1), **changed)
    stands = Assignment.objects.get(pk=world.assignment.pk)
    assert (stands.total, stands.state, stands.version) == (100, "submitted", 2)
    changed["recommendation"] = "fund"
    again = services.resubmit_review(scores=scores_for(world.stage, 1), **changed)
    assert again.total == 20


def test_only_the_judge_scores(world: World) -> None:
    for person in (world.officer, world.applicant, make_judge(world.stage).user):
        with pytest.raises(NotAllowed):
            save(world, actor=person)


# --- Progress ------------------------------------------------------------------------


def test_progress_counts_by_judge_and_by_pitch(world: World) -> None:
    write_review(world.assignment)
    assign(world.judge, world.entries[1])
    gone = assign(make_judge(world.stage), world.entry)
    Assignment.objects.filter(pk=gone.pk).update(state=AssignmentState.RECUSED)
    progress = panel_progress(world.stage)
    by_judge = {m.pk: (m.given, m.submitted, m.recused) for m in progress.members}
    assert by_judge[world.judge.pk] == (2, 1, 0)
    assert by_judge[gone.member_id] == (0, 0, 1)
    assert {e.pk: (e.given, e.reviews) for e in progress.entries} == {
        world.entries[0].pk: (1, 1),
        world.entries[1].pk: (1, 0),
    }
    assert (progress.given, progress.submitted, progress.lacking) == (2, 1, 4)
    assert not progress.is_complete


@pytest.mark.parametrize("many", [1, 8])
def test_progress_is_three_queries(many: int, db: None, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    world = build_world(entries=many)
    for _ in range(many):
        assign(make_judge(world.stage), world.entry)
    with django_assert_num_queries(3):
        progress = panel_progress(world.stage)
        assert all(str(entry.pitch.organisation) for entry in progress.entries)


def test_nothing_is_mailed_by_a_refused_verb(
    world: World, django_capture_on_commit_callbacks
) -> None:  # type: ignore[no-untyped-def]
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Refused):
        invite(world, world.judge.email)
    assert mail.outbox == []
    assert Entry.objects.count() == 2


def test_out_of_scope_takes_a_reason_for_the_panel(world: World) -> None:
    with pytest.raises(Incomplete) as refusal:
        write_review(world.assignment, recommendation="scope", comment=" ")
    assert refusal.value.problems == [("comment", "Say to the panel why it is out of scope.")]
    world.assignment.refresh_from_db()
    done = write_review(world.assignment, recommendation="scope", comment="It sells windows.")
    assert done.state == AssignmentState.SUBMITTED
    desk = sign_in(Client(), world.officer)
    page = desk.get(reverse("desk:ranking", args=[world.stage.pk])).content.decode()
    assert "1 out of scope" in page
