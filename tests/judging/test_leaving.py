"""Judges come and go: decline with the link alone, step down, be removed, come back."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.coverage import coverage, entries_to_read
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    Conflict,
    MemberRole,
    MemberState,
    PanelMember,
)
from challenges.judging.pairs import why_barred
from challenges.judging.services.membership import INVITATION_LASTS, _answer_by
from challenges.judging.table import table_of
from marketplace.accounts.models import Role, User
from marketplace.activity.models import Notification, Record
from marketplace.activity.site import SITE
from marketplace.errors import NotAllowed, Refused, TooLate, WrongState
from tests.desk.helpers import signed_in, url
from tests.factories import UserFactory, assign, make_judge, make_officer, sign_in
from tests.judging.conftest import World, build_world, text_of, write_review

pytestmark = pytest.mark.django_db


def mails_to(address: str) -> list[Notification]:
    return list(Notification.objects.filter(address=address))


def invite(world: World, **changes: object) -> str:
    """Invite Ann, and return the token of the link that was mailed."""
    fields = {"email": "ann@example.org", "name": "Ann Archer", **changes}
    services.invite_to_panel(stage=world.stage, actor=world.officer, **fields)
    mail = Notification.objects.filter(address=fields["email"]).first()
    return mail.path.rstrip("/").rpartition("/")[2]


# --- Declining with the link ------------------------------------------------------------


def test_the_mail_says_where_to_decline_and_no_account_is_needed(
    world: World, client: Client
) -> None:
    token = invite(world)
    [mail] = mails_to("ann@example.org")
    address = re.search(r"\S+/decline/", mail.body)[0].removeprefix(SITE)
    assert address == reverse("judging:decline", kwargs={"token": token})
    for _ in range(2):
        assert "Decline to judge?" in text_of(client.get(address))
    member = PanelMember.objects.get(email="ann@example.org")
    assert member.state == MemberState.INVITED, "a scanner of mail opened the link"
    page = client.post(address, {"reason": "I am away in May."})
    assert "You have declined" in text_of(page)
    member.refresh_from_db()
    assert member.state == MemberState.DECLINED and member.responded_at
    [told] = mails_to(world.officer.email)
    assert "Ann Archer declined" in told.body and "I am away in May." in told.body
    entry = Record.objects.get(verb="judging.declined")
    assert entry.actor is None and "May" not in str(entry.detail)


def test_declining_twice_or_late_says_so(world: World, client: Client) -> None:
    token = invite(world)
    address = reverse("judging:decline", kwargs={"token": token})
    with time_machine.travel(timezone.now() + INVITATION_LASTS):
        page = client.post(address)
        assert page.status_code == 410 and "run out" in text_of(page)
        with pytest.raises(TooLate, match="ran out on"):
            services.decline_by_link(token=token)
    services.decline_by_link(token=token)
    page = client.get(address)
    assert page.status_code == 410 and "It was declined" in text_of(page)
    with pytest.raises(WrongState):
        services.decline_by_link(token=token)
    assert client.get(reverse("judging:decline", kwargs={"token": "x" * 43})).status_code == 404


def test_a_link_that_was_replaced_declines_nothing(world: World, client: Client) -> None:
    first = invite(world)
    services.resend_invitation(
        member=PanelMember.objects.get(email="ann@example.org"), actor=world.officer
    )
    assert client.post(reverse("judging:decline", kwargs={"token": first})).status_code == 404
    assert PanelMember.objects.get(email="ann@example.org").state == MemberState.INVITED


def test_the_link_only_declines(world: World, client: Client) -> None:
    """Whoever is signed in, it never joins anybody to the panel."""
    token = invite(world)
    sign_in(client, UserFactory())
    assert "decline it here" in text_of(
        client.get(reverse("judging:invitation", kwargs={"token": token}))
    )
    client.post(reverse("judging:decline", kwargs={"token": token}), {"answer": "accept"})
    assert PanelMember.objects.get(email="ann@example.org").state == MemberState.DECLINED


def test_who_is_on_the_panel_cannot_be_declined_off_it(world: World, client: Client) -> None:
    token = invite(world)
    member = services.find_invitation(token)
    services.accept_invitation(member=member, actor=UserFactory(email="ann@example.org"))
    page = client.post(reverse("judging:decline", kwargs={"token": token}))
    assert page.status_code == 410 and "It was accepted" in text_of(page)


# --- Stepping down ----------------------------------------------------------------------


def test_who_steps_down_gives_back_what_is_unfinished(world: World, judge: Client) -> None:
    unfinished = assign(world.judge, world.entries[1])
    write_review(world.assignment, 4)
    address = reverse("judging:step_down", kwargs={"pk": world.judge.pk})
    panel = text_of(judge.get(reverse("judging:panel", kwargs={"pk": world.judge.pk})))
    assert address in panel
    page = text_of(judge.get(address))
    assert "1 pitch that you have not scored goes to another judge" in page
    assert "1 review that you handed in counts as before" in page
    assert PanelMember.objects.get(pk=world.judge.pk).state == MemberState.ACCEPTED
    page = judge.post(address, {"reason": "A new job."}, follow=True)
    assert "You have stepped down." in text_of(page)
    assert PanelMember.objects.get(pk=world.judge.pk).state == MemberState.STEPPED_DOWN
    assert not Assignment.objects.filter(pk=unfinished.pk).exists()
    assert table_of(world.stage).of(world.entry.pk).total == 80
    assert not world.judge.user.region_roles.filter(role=Role.JUDGE).exists()
    [told] = mails_to(world.officer.email)
    assert "A new job." in told.body and "1 pitch needs another judge" in told.body
    [own] = mails_to(world.judge.user.email)
    assert own.subject.startswith("You have stepped down")
    assert judge.get(address).status_code == 404


def test_an_officer_may_leave_out_what_was_handed_in(world: World) -> None:
    write_review(world.assignment)
    services.step_down(member=world.judge, actor=world.judge.user)
    desk = signed_in(world.officer)
    assert f"Leave out the reviews of {world.judge.name}" in text_of(
        desk.get(url("panel", world.stage.pk))
    )
    before = len(mails_to(world.judge.user.email))
    services.remove_member(
        member=world.judge, actor=world.officer, reason="A tie.", discard_scores=True
    )
    assert table_of(world.stage).of(world.entry.pk).total is None
    assert len(mails_to(world.judge.user.email)) == before, "they have left already"


def test_what_is_given_back_is_counted_in_reviews(world: World) -> None:
    """Not in the scores that were begun."""
    for criterion in world.stage.criteria.all():
        world.assignment.scores.create(criterion=criterion, value=2)
    services.step_down(member=world.judge, actor=world.judge.user)
    assert Record.objects.get(verb="judging.stepped_down").detail["reviews"] == 1


def test_only_the_judge_steps_down_and_not_after_the_release(world: World) -> None:
    for person in (world.officer, world.applicant, make_judge(world.stage).user):
        with pytest.raises(NotAllowed):
            services.step_down(member=world.judge, actor=person)
    Stage.objects.update(released_at=timezone.now())
    with pytest.raises(TooLate):
        services.step_down(member=world.judge, actor=world.judge.user)


def test_officers_hear_that_the_chair_is_gone_and_each_hears_once(world: World) -> None:
    PanelMember.objects.filter(pk=world.judge.pk).update(role=MemberRole.CHAIR)
    second, gone = make_officer(region=world.call.region), make_officer(region=world.call.region)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    type(world.call).objects.update(owner=second)
    services.step_down(member=world.judge, actor=world.judge.user)
    for officer in (world.officer, second):
        [told] = mails_to(officer.email)
        assert "The panel has no chair now." in told.body
    assert not mails_to(gone.email)


def test_who_stepped_down_can_be_asked_again(world: World) -> None:
    write_review(world.assignment)
    services.step_down(member=world.judge, actor=world.judge.user)
    token = invite(world, email=world.judge.email, name=world.judge.name)
    member = services.find_invitation(token)
    services.accept_invitation(member=member, actor=User.objects.get(pk=world.judge.user_id))
    member.refresh_from_db()
    assert member.state == MemberState.ACCEPTED
    assert member.assignments.get().state == AssignmentState.SUBMITTED


# --- Removed, and given pitches again -----------------------------------------------------


def test_who_is_removed_is_told_why(world: World) -> None:
    services.remove_member(member=world.judge, actor=world.officer, reason="Too late by weeks.")
    [told] = mails_to(world.judge.user.email)
    assert "Too late by weeks." in told.body
    token = invite(world)
    services.remove_member(
        member=services.find_invitation(token), actor=world.officer, reason="Not needed."
    )
    assert "taken back" in mails_to("ann@example.org")[0].body


def come_back(world: World) -> PanelMember:
    """Removed with their scores left out, invited again, declared again."""
    write_review(world.assignment, 1)
    services.remove_member(
        member=world.judge, actor=world.officer, reason="Mistaken.", discard_scores=True
    )
    taken = Assignment.objects.get(pk=world.assignment.pk)
    assert (taken.taken_back, taken.state_label) == (True, "Taken back")
    person = User.objects.get(pk=world.judge.user_id)
    token = invite(world, email=world.judge.email, name=world.judge.name)
    services.accept_invitation(member=services.find_invitation(token), actor=person)
    member = PanelMember.objects.get(pk=world.judge.pk)
    return services.declare_interests(member=member, conflicts={}, actor=person)


@pytest.mark.parametrize("how", ["by hand", "sharing out"])
def test_a_review_that_was_left_out_bars_nobody(world: World, how: str) -> None:
    member = come_back(world)
    assert why_barred(member, world.entry) == ""
    if how == "by hand":
        services.assign_by_hand(member=member, entry=world.entry, actor=world.officer)
    else:
        services.set_reviews_per_pitch(stage=world.stage, reviews=1, actor=world.officer)
        services.assign_entries(stage=world.stage, actor=world.officer)
    again = Assignment.objects.get(member=member, entry=world.entry)
    assert (again.state, again.total, again.taken_back) == (AssignmentState.ASSIGNED, None, False)
    again = Assignment.objects.select_related("member", "entry__stage").get(pk=again.pk)
    write_review(again, 5)
    assert table_of(world.stage).of(world.entry.pk).total == 100


def test_the_reason_shown_is_the_true_one(world: World) -> None:
    member, entry = world.judge, world.entry
    world.assignment.delete()
    tie = Conflict.objects.create(member=member, entry=entry, nature="A sister works there.")
    with pytest.raises(Refused, match="nobody has decided"):
        services.assign_by_hand(member=member, entry=entry, actor=world.officer)
    services.decide_conflict(
        conflict=tie, kind="real", decision="recuse", reason="Sister.", actor=world.officer
    )
    with pytest.raises(Refused, match="is recused: they have an interest"):
        services.assign_by_hand(member=member, entry=entry, actor=world.officer)
    tie.delete()
    PanelMember.objects.filter(pk=member.pk).update(declared_at=timezone.now() - timedelta(days=9))
    with pytest.raises(Refused, match="has not declared"):
        services.assign_by_hand(member=member, entry=entry, actor=world.officer)
    entry.pitch.organisation.memberships.create(user=member.user)
    with pytest.raises(Refused, match="on the applicant’s team"):
        services.assign_by_hand(member=member, entry=entry, actor=world.officer)


def test_a_tie_declared_after_a_take_back_bars_for_good(world: World) -> None:
    member = come_back(world)
    services.declare_interests(
        member=member, conflicts={world.entry.pk: "A sister works there."}, actor=member.user
    )
    review = Assignment.objects.get(member=member, entry=world.entry)
    assert (review.state_label, review.taken_back) == ("Recused", False)
    assert "interest" in why_barred(member, world.entry)


def test_a_review_given_back_after_a_tie_that_was_none_shows_no_total(world: World) -> None:
    write_review(world.assignment)
    services.declare_interests(
        member=world.judge, conflicts={world.entry.pk: "Same school."}, actor=world.judge.user
    )
    services.decide_conflict(
        conflict=Conflict.objects.get(),
        kind="perceived",
        decision="none",
        reason="Long ago.",
        actor=world.officer,
    )
    review = Assignment.objects.get(pk=world.assignment.pk)
    assert (review.state, review.total, review.exact_total) == ("assigned", None, "")


# --- With nothing to score ----------------------------------------------------------------


def pages_of(world: World, client: Client) -> tuple[str, str, str]:
    """The panel's own page, the list of panels, and the dashboard."""
    addresses = (
        reverse("judging:panel", kwargs={"pk": world.judge.pk}),
        reverse("judging:panels"),
        reverse("dashboard"),
    )
    own, panels, dashboard = (text_of(client.get(address)) for address in addresses)
    return own, panels, dashboard


def test_who_is_recused_from_all_reads_so(world: World, judge: Client) -> None:
    services.declare_interests(
        member=world.judge, conflicts={world.entry.pk: "A sister."}, actor=world.judge.user
    )
    own, panels, dashboard = pages_of(world, judge)
    assert "You are recused from every pitch that you were given" in own
    assert "when the pitches are shared out" not in own
    assert all("Recused" in page for page in (panels, dashboard))


def test_who_was_given_none_of_what_was_shared_out_reads_so(world: World, judge: Client) -> None:
    world.assignment.delete()
    own, panels, dashboard = pages_of(world, judge)
    assert "when the pitches are shared out" in own
    assert all("Not shared out yet" in page for page in (panels, dashboard))
    assign(make_judge(world.stage), world.entry)
    own, panels, dashboard = pages_of(world, judge)
    assert "The pitches are shared out, and none went to you." in own
    assert all("No pitch for you" in page for page in (panels, dashboard))


# --- Accounts that are switched off ---------------------------------------------------------


def test_who_cannot_sign_in_counts_as_nobody_who_can_read(world: World) -> None:
    User.objects.filter(pk=world.judge.user_id).update(is_active=False)
    other = make_judge(world.stage)
    assert [load.member for load in coverage(world.stage, world.entries).loads] == [other]
    assert {entry.given for entry in entries_to_read(world.stage)} == {0}
    page = text_of(signed_in(world.officer).get(url("panel", world.stage.pk)))
    assert "Account switched off" in page and "1 judge is ready" in page
    member = PanelMember.objects.get(pk=world.judge.pk)
    with pytest.raises(Refused, match="switched off"):
        services.assign_by_hand(member=member, entry=world.entries[1], actor=world.officer)
    services.set_reviews_per_pitch(stage=world.stage, reviews=1, actor=world.officer)
    services.assign_entries(stage=world.stage, actor=world.officer)
    assert other.assignments.count() == 2


def test_who_cannot_sign_in_is_not_written_to_nor_waited_for(world: World) -> None:
    User.objects.filter(pk=world.judge.user_id).update(is_active=False)
    assert services.remind_judges(stage=world.stage, actor=world.officer) == 0
    services.open_meeting(stage=world.stage, actor=world.officer)
    services.remove_member(member=world.judge, actor=world.officer, reason="Has left.")
    assert not mails_to(world.judge.user.email)


def test_what_they_handed_in_before_still_counts(world: World) -> None:
    write_review(world.assignment, 5)
    User.objects.filter(pk=world.judge.user_id).update(is_active=False)
    assert table_of(world.stage).of(world.entry.pk).total == 100


# --- Answer by when -----------------------------------------------------------------------


@given(st.integers(1, 40 * 24))
def test_an_answer_is_never_due_after_the_panel_has_closed(hours: int) -> None:
    closes = timezone.now() + timedelta(hours=hours)
    by = _answer_by(Stage(scores_due_at=closes))
    assert by <= closes
    assert closes - by < timedelta(seconds=1) or by >= timezone.now() + INVITATION_LASTS / 2


def test_every_link_ends_with_the_panel(world: World) -> None:
    closes = timezone.now() + timedelta(hours=5)
    Stage.objects.filter(pk=world.stage.pk).update(scores_due_at=closes)
    member = services.find_invitation(invite(world))
    assert member.expires_at == closes
    services.resend_invitation(member=member, actor=world.officer)
    assert PanelMember.objects.get(pk=member.pk).expires_at == closes


def test_nobody_is_asked_to_score_for_a_panel_that_has_closed(world: World) -> None:
    Stage.objects.filter(pk=world.stage.pk).update(scores_due_at=timezone.now())
    with pytest.raises(Refused, match="The panel closed on"):
        invite(world)
    assert invite(world, role=MemberRole.CHAIR), "a meeting may follow"


def test_nobody_joins_a_panel_whose_decisions_are_released(world: World, client: Client) -> None:
    token = invite(world)
    Stage.objects.filter(pk=world.stage.pk).update(released_at=timezone.now())
    with pytest.raises(TooLate, match="released"):
        invite(world, email="late@example.org", name="Late", role=MemberRole.CHAIR)
    person = UserFactory(email="ann@example.org")
    page = sign_in(client, person).post(
        reverse("judging:invitation", kwargs={"token": token}), {"answer": "accept"}
    )
    assert page.status_code == 409 and "are released" in text_of(page)
    assert not person.region_roles.filter(role=Role.JUDGE).exists()
    client.post(reverse("judging:decline", kwargs={"token": token}), {"reason": ""})
    assert PanelMember.objects.get(email="ann@example.org").state == MemberState.DECLINED


@pytest.mark.parametrize("many", [1, 4])
def test_the_list_of_panels_asks_as_much_for_one_as_for_many(
    many: int, client: Client, django_assert_num_queries: Callable
) -> None:
    worlds = [build_world(entries=1) for _ in range(many)]
    person = worlds[0].judge.user
    PanelMember.objects.filter(pk__in=[w.judge.pk for w in worlds]).update(user=person)
    with django_assert_num_queries(1):
        members = list(PanelMember.objects.for_judge(person))
        assert [member.is_shared_out for member in members] == [True] * many
