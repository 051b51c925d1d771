"""After the release: feedback, appeals and complaints, answered in time by somebody else."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.legal.working_days import working_days_after
from challenges.judging.models import Appeal, AppealState, Conflict, Decision
from challenges.judging.services.appeals import (
    answer_appeal,
    file_appeal,
    remind_of_late_appeals,
    withdraw_appeal,
)
from challenges.judging.workflow import APPEAL
from challenges.pitches.models import Partner, PartnerState
from marketplace.accounts.models import User
from marketplace.activity.models import Notification, Record
from marketplace.errors import NotAllowed, Refused, TooLate, WrongState
from tests.calls.test_owning import deactivate, revoke
from tests.factories import (
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    make_judge,
    make_officer,
    release,
    sign_in,
)
from tests.judging.conftest import World, write_review
from tests.judging.test_decisions import decide_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def released(world: World) -> World:
    decide_all(world)
    release(world.stage, world.officer)
    return world


@pytest.fixture
def colleague(released: World) -> User:
    return make_officer(released.call.region)


def filed(world: World, kind: str = "appeal", **changes: Any) -> Appeal:
    fields = {"grounds": "The weights were not those of the rules.", "actor": world.applicant}
    return file_appeal(entry=world.entry, kind=kind, **(fields | changes))


class TestFiling:
    def test_it_finds_somebody_who_did_not_decide(self, released: World, colleague: User) -> None:
        appeal = filed(released)
        assert appeal.reviewer == colleague
        assert appeal.due_on == working_days_after(timezone.localdate(), 20)
        told = Notification.objects.filter(subject__contains="to answer by").get()
        assert told.recipient == colleague
        assert Notification.objects.filter(subject__startswith="Received:").exists()
        assert Record.objects.filter(verb="judging.appeal_filed").exists()

    def test_where_nobody_is_free_every_officer_hears(self, released: World) -> None:
        assert filed(released).reviewer is None
        told = Notification.objects.get(recipient=released.officer, subject__contains="to answer")
        assert "No officer of the region is free" in told.body

    def test_one_with_a_tie_is_passed_over(self, released: World, colleague: User) -> None:
        Conflict.objects.create(officer=colleague, entry=released.entry, nature="A friend.")
        assert filed(released).reviewer is None

    def test_feedback_is_quicker(self, released: World, colleague: User) -> None:
        assert filed(released, "feedback").due_on == working_days_after(timezone.localdate(), 10)

    def test_not_before_the_release(self, world: World) -> None:
        write_review(world.assignment)
        with pytest.raises(NotAllowed):
            filed(world)

    def test_not_for_ever(self, released: World) -> None:
        Decision.objects.update(released_at=timezone.now() - timedelta(days=60))
        with pytest.raises(TooLate):
            filed(released)

    @pytest.mark.parametrize("changes", [{"kind": "x"}, {"grounds": " "}])
    def test_what_is_refused(self, released: World, changes: dict[str, str]) -> None:
        with pytest.raises(Refused):
            filed(released, **changes)

    def test_one_at_a_time_and_again_after_its_answer(
        self, released: World, colleague: User
    ) -> None:
        first = filed(released, "feedback")
        with pytest.raises(Refused, match="looking at what you sent"):
            filed(released)
        answer_appeal(appeal=first, event="answer", answer="Here.", actor=colleague)
        assert filed(released).pk != first.pk

    def test_only_for_the_team(self, released: World) -> None:
        for person in (released.judge.user, released.officer, UserFactory()):
            with pytest.raises(NotAllowed):
                filed(released, actor=person)


class TestAnswering:
    def test_with_reasons_that_the_team_reads(self, released: World, colleague: User) -> None:
        appeal = filed(released)
        done = answer_appeal(
            appeal=appeal, event="uphold-in-part", answer="One score was wrong.", actor=colleague
        )
        assert done.state == AppealState.PARTLY
        told = Notification.objects.filter(
            recipient=released.applicant, body="One score was wrong."
        )
        assert told.exists()
        with pytest.raises(WrongState):
            answer_appeal(appeal=appeal, event="reject", answer="No.", actor=colleague)

    def test_an_outcome_fits_its_kind(self, released: World, colleague: User) -> None:
        with pytest.raises(Refused, match="Choose an outcome"):
            answer_appeal(
                appeal=filed(released, "feedback"), event="reject", answer="x", actor=colleague
            )

    def test_every_state_event_and_role(self, released: World, colleague: User) -> None:
        appeal = filed(released)
        both = make_judge(released.stage).user
        people = {
            "who decided": released.officer,
            "colleague": colleague,
            "elsewhere": make_officer(RegionFactory(code="E47000001", slug="gmca")),
            "team": released.applicant,
            "judge": both,
            "stranger": UserFactory(),
            "anonymous": AnonymousUser(),
        }
        for event, state, role in itertools.product(APPEAL.events, AppealState.values, people):
            appeal.state = state
            who = "team" if event == "withdraw" else "colleague"
            expected = state == AppealState.OPEN and role == who
            assert APPEAL.allows(event, appeal, people[role]) == expected, (event, state, role)

    def test_the_team_may_withdraw_it(self, released: World, colleague: User) -> None:
        assert (
            withdraw_appeal(appeal=filed(released), actor=released.applicant).state == "withdrawn"
        )

    def test_who_looked_at_one_that_is_withdrawn_hears(
        self, released: World, colleague: User
    ) -> None:
        withdraw_appeal(appeal=filed(released), actor=released.applicant)
        for person in (colleague, released.applicant):
            told = Notification.objects.filter(recipient=person, subject__startswith="Withdrawn")
            assert told.count() == 1
        assert not Notification.objects.filter(
            recipient=released.officer, subject__startswith="Withdrawn"
        )

    @pytest.mark.parametrize("gone", ["no officer", "switched off", "has a tie", "nobody"])
    def test_one_whose_reviewer_is_gone_is_not_forgotten(
        self, released: World, colleague: User, gone: str
    ) -> None:
        appeal = filed(released)
        if gone == "no officer":
            colleague.region_roles.all().delete()
        elif gone == "switched off":
            User.objects.filter(pk=colleague.pk).update(is_active=False)
        elif gone == "has a tie":
            Conflict.objects.create(officer=colleague, entry=released.entry, nature="A friend.")
        else:
            Appeal.objects.update(reviewer=None)
        assert remind_of_late_appeals(appeal.due_on + timedelta(days=1)) >= 1
        assert remind_of_late_appeals(appeal.due_on + timedelta(days=1)) == 0
        hears = colleague if gone == "nobody" else released.officer
        assert Notification.objects.filter(recipient=hears, subject__startswith="Late").exists()

    def test_all_who_heard_of_it_hear_that_it_was_withdrawn(
        self, released: World, colleague: User
    ) -> None:
        partner = UserFactory()
        Partner.objects.create(
            pitch=released.entries[0].pitch,
            organisation=OrganisationFactory(owner=partner),
            part="x",
            state=PartnerState.CONFIRMED,
            asked_by=released.applicant,
        )
        appeal = filed(released)
        heard = set(
            Notification.objects.filter(subject__contains=str(appeal)).values_list("recipient")
        )
        withdraw_appeal(appeal=appeal, actor=released.applicant)
        said = Notification.objects.filter(subject=f"Withdrawn: {appeal}")
        assert set(said.values_list("recipient")) == heard
        assert {(colleague.pk,), (partner.pk,), (released.applicant.pk,)} <= heard

    def test_the_clock_reminds_once_before_and_once_after(
        self, released: World, colleague: User
    ) -> None:
        appeal = filed(released)
        days = (-2, -1, -1, 0, 1, 2)
        told = [remind_of_late_appeals(appeal.due_on + timedelta(days=day)) for day in days]
        assert told == [0, 1, 0, 0, 1, 0]

    @pytest.mark.parametrize("leave", [deactivate, revoke])
    def test_one_whose_reviewer_has_left_is_not_late_in_silence(
        self, released: World, colleague: User, leave: Any
    ) -> None:
        appeal = filed(released)
        assert appeal.reviewer == colleague
        leave(colleague)
        remind_of_late_appeals(appeal.due_on)
        due = Notification.objects.filter(subject__startswith="Due:")
        assert [told.recipient for told in due] == [released.officer], "nobody is free: all hear"
        new = make_officer(released.call.region)
        remind_of_late_appeals(appeal.due_on + timedelta(days=1))
        late = Notification.objects.filter(subject__startswith="Late:")
        assert [told.recipient for told in late] == [new]


class TestPages:
    def page(self, world: World) -> str:
        return reverse("judging:appeal", kwargs={"reference": world.entry.pitch.reference})

    def test_the_whole_way(self, released: World, colleague: User, client: Client) -> None:
        sign_in(client, released.applicant)
        pitch = client.get(released.entry.get_absolute_url()).content.decode()
        assert self.page(released) in pitch
        assert client.post(self.page(released), {"kind": "appeal"}).status_code == 400
        client.post(self.page(released), {"kind": "appeal", "grounds": "Rule 3 was not kept."})
        text = client.get(self.page(released)).content.decode()
        assert "Rule 3 was not kept." in text and "We answer by" in text
        appeal = Appeal.objects.get()
        desk = f"/admin/desk/appeals/{appeal.pk}/"
        sign_in(client, released.officer)
        assert "so somebody else answers" in client.get(desk).content.decode()
        client.post(desk, {"event": "reject", "answer": "No."})
        assert Appeal.objects.get().state == "open"
        sign_in(client, colleague)
        assert "An appeal" in client.get("/admin/desk/appeals/").content.decode()
        assert client.post(desk, {"event": "answer", "answer": "x"}).status_code == 400
        client.post(desk, {"event": "reject", "answer": "It was kept: see page 2."})
        sign_in(client, released.applicant)
        text = client.get(self.page(released)).content.decode()
        assert "It was kept: see page 2." in text and str(colleague) not in text

    def test_withdrawn_by_its_button(
        self, released: World, colleague: User, client: Client
    ) -> None:
        appeal = filed(released)
        path = reverse("judging:withdraw_appeal", kwargs={"pk": appeal.pk})
        sign_in(client, UserFactory())
        assert client.post(path).status_code == 404
        sign_in(client, released.applicant)
        client.post(path)
        assert Appeal.objects.get().state == "withdrawn"

    def test_nobody_else_sees_it(self, released: World, colleague: User, client: Client) -> None:
        filed(released)
        for person in (released.judge.user, UserFactory()):
            sign_in(client, person)
            assert client.get(self.page(released)).status_code == 404

    @pytest.mark.parametrize("rows", [1, 20])
    def test_queries_do_not_grow(
        self, rows: int, released: World, client: Client, django_assert_num_queries: Any
    ) -> None:
        for _ in range(rows):
            Appeal.objects.create(
                entry=released.entry,
                kind="appeal",
                grounds="x",
                state="rejected",
                answer="y",
                due_on=timezone.localdate(),
            )
        sign_in(client, released.officer)
        client.get("/admin/desk/appeals/?state=")
        with django_assert_num_queries(14):
            client.get("/admin/desk/appeals/?state=")
