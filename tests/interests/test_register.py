"""The register of interests: kept by its person, confirmed every year, read by few."""

from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from challenges.interests import services, tasks
from challenges.interests.models import Interest, Register
from challenges.judging.models import MemberRole, MemberState, PanelMember
from marketplace.activity.models import Notification, Record
from marketplace.errors import EditConflict, NotAllowed
from tests.factories import OrganisationFactory, UserFactory, make_judge, make_officer, sign_in
from tests.judging.conftest import World, build_world, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build_world()


def typed(**changes: object) -> dict[str, object]:
    return {
        "organisation_name": "Acme Sensors",
        "kind": "employment",
        "began_on-day": "1",
        "began_on-month": "4",
        "began_on-year": "2019",
        "note": "Head of delivery.",
        "version": "1",
        **changes,
    }


def test_a_judge_adds_an_interest_and_confirms(world: World) -> None:
    registered = OrganisationFactory(name="Acme sensors")
    client = sign_in(Client(), world.judge.user)
    assert client.post(reverse("interests:add"), typed()).status_code == 302
    interest = Interest.objects.get()
    assert interest.organisation == registered
    assert interest.began_on == date(2019, 4, 1)
    page = text_of(client.get(reverse("interests:register")))
    assert "Acme Sensors" in page
    assert "not confirmed" in page
    client.post(reverse("interests:register"))
    page = text_of(client.get(reverse("interests:register")))
    assert "due again on" in page
    chain = f"register:{world.judge.user_id}"
    verbs = Record.objects.filter(chain__key=chain).values_list("verb", flat=True)
    assert list(verbs) == ["interests.added", "interests.confirmed"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"organisation_name": ""}, "Enter organisation"),
        ({"kind": ""}, "kind of tie"),
        (
            {"ended_on-day": "1", "ended_on-month": "1", "ended_on-year": "2018"},
            "The last day must be the same as or after the first",
        ),
    ],
)
def test_what_is_wrong_is_said(world: World, changes: dict[str, str], sentence: str) -> None:
    client = sign_in(Client(), world.judge.user)
    page = text_of(client.post(reverse("interests:add"), typed(**changes)))
    assert sentence in page
    assert not Interest.objects.exists()


def test_two_windows_do_not_overwrite_each_other(world: World) -> None:
    person = world.judge.user
    interest = Interest.objects.create(person=person, kind="other", organisation_name="Acme")
    early, late = (Interest.objects.get(pk=interest.pk) for _ in range(2))
    services.save_interest(interest=early, actor=person)
    with pytest.raises(EditConflict):
        services.save_interest(interest=late, actor=person)


def test_an_interest_is_only_its_persons_own(world: World) -> None:
    interest = Interest.objects.create(
        person=world.judge.user, kind="other", organisation_name="Acme"
    )
    for other in (make_judge(world.stage).user, world.officer):
        client = sign_in(Client(), other)
        for name in ("change", "remove"):
            address = reverse(f"interests:{name}", kwargs={"pk": interest.pk})
            assert client.get(address).status_code == 404
            assert client.post(address, typed()).status_code == 404
        with pytest.raises(NotAllowed):
            services.remove_interest(interest=interest, actor=other)
    assert sign_in(Client(), world.applicant).get(reverse("interests:register")).status_code == 404


def test_officers_and_chair_of_the_panel_read_it_and_nobody_else(world: World) -> None:
    Interest.objects.create(person=world.judge.user, kind="other", organisation_name="Acme")
    chair = make_judge(world.stage)
    PanelMember.objects.filter(pk=chair.pk).update(role=MemberRole.CHAIR)
    address = reverse("judging:register", kwargs={"pk": world.judge.pk})
    readers = {
        world.judge.user: 200,
        world.officer: 200,
        chair.user: 200,
        make_judge(world.stage).user: 404,
        world.applicant: 404,
        UserFactory(): 404,
    }
    for person, status in readers.items():
        assert sign_in(Client(), person).get(address).status_code == status
    PanelMember.objects.filter(pk=chair.pk).update(state=MemberState.REMOVED)
    assert sign_in(Client(), chair.user).get(address).status_code == 404


def test_the_export_has_every_row_and_runs_nothing(world: World) -> None:
    Interest.objects.create(person=world.judge.user, kind="other", organisation_name="=1+1")
    answer = sign_in(Client(), world.judge.user).get(reverse("interests:export"))
    rows = list(load_workbook(BytesIO(answer.content)).active.values)
    assert rows[0][0] == "Organisation"
    assert rows[1][0] == "'=1+1"


def test_reminded_once_a_year(world: World) -> None:
    person = world.judge.user
    about = Notification.objects.filter(recipient=person, subject__contains="register")
    tasks.remind_to_confirm()
    tasks.remind_to_confirm()
    assert about.count() == 1
    services.confirm_register(actor=person)
    assert Register.objects.get(person=person).is_due is False
    tasks.remind_to_confirm()
    assert about.count() == 1
    with time_machine.travel(timezone.now() + timedelta(days=366)):
        assert Register.objects.get(person=person).is_due
        tasks.remind_to_confirm()
        tasks.remind_to_confirm()
    assert about.count() == 2


def test_applicants_are_not_reminded(world: World) -> None:
    make_officer(region=world.call.region)
    tasks.remind_to_confirm()
    assert not Notification.objects.filter(
        recipient=world.applicant, subject__contains="register"
    ).exists()
