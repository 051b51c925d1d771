"""The directory: who keeps it, what each may change, who reads it, how panels come of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import WantedCapability
from challenges.judging.models import MemberState, PanelMember
from challenges.people import services
from challenges.people.models import Expert
from marketplace.accounts.models import User
from marketplace.activity.models import Notification
from marketplace.errors import EditConflict, NotAllowed, Refused
from startups.models import Membership
from tests.factories import (
    CapabilityFactory,
    RegionFactory,
    UserFactory,
    make_judge,
    make_officer,
    sign_in,
)
from tests.judging.conftest import build_world, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return make_officer()


def add(officer: User, email: str = "ada@example.org", **fields: object) -> Expert:
    region = RegionFactory()
    expert = Expert(region=region, email=email, name="Ada Sensible", **fields)
    return services.add_expert(expert=expert, expertise=[], actor=officer)


def values(expert: Expert, **changes: object) -> dict:
    return {"name": expert.name, "version": expert.version, **changes}


def test_who_is_added_is_told_and_not_shown(officer: User, client: Client) -> None:
    expert = add(officer, email="Ada@Example.org")
    assert expert.email == "ada@example.org"
    note = Notification.objects.get(address="ada@example.org")
    assert reverse("people:own") in note.path
    assert client.get(expert.get_absolute_url()).status_code == 404
    assert "Ada Sensible" not in text_of(client.get(reverse("people:people")))


def test_an_address_is_in_a_region_once(officer: User) -> None:
    add(officer)
    with pytest.raises(Refused, match="already"):
        add(officer, email="ADA@example.org")


def test_only_officers_of_the_region_keep_it() -> None:
    elsewhere = make_officer(RegionFactory(code="E47000009", slug="elsewhere"))
    with pytest.raises(NotAllowed):
        add(elsewhere)


def test_only_the_person_says_that_everybody_may_read(officer: User, client: Client) -> None:
    expert = add(officer)
    services.change_expert(
        expert=expert, values=values(expert, is_public=True), expertise=[], actor=officer
    )
    expert.refresh_from_db()
    assert not expert.is_public
    ada = UserFactory(email="ada@example.org")
    services.change_expert(
        expert=expert,
        values=values(expert, is_public=True, group="board"),
        expertise=[CapabilityFactory(name="Sensors")],
        actor=ada,
    )
    expert.refresh_from_db()
    assert expert.is_public
    assert expert.group == "outside", "which group is the officer’s to say"
    page = text_of(client.get(expert.get_absolute_url()))
    assert "Sensors" in page
    assert "ada@example.org" not in page
    services.leave(expert=expert, actor=ada)
    assert client.get(expert.get_absolute_url()).status_code == 404
    services.come_back(expert=expert, actor=officer)
    assert client.get(expert.get_absolute_url()).status_code == 404


def test_nobody_else_changes_an_entry(officer: User) -> None:
    expert = add(officer)
    with pytest.raises(NotAllowed):
        services.change_expert(
            expert=expert, values=values(expert), expertise=[], actor=UserFactory()
        )


def test_two_windows(officer: User) -> None:
    expert = add(officer)
    services.change_expert(expert=expert, values=values(expert), expertise=[], actor=officer)
    with pytest.raises(EditConflict):
        services.change_expert(expert=expert, values=values(expert), expertise=[], actor=officer)


def test_ones_own_page(officer: User, client: Client) -> None:
    expert = add(officer)
    own = reverse("people:own")
    sign_in(client, UserFactory())
    assert "You are in no directory" in text_of(client.get(own))
    assert client.get(reverse("people:change", kwargs={"pk": expert.pk})).status_code == 404
    sign_in(client, UserFactory(email="ada@example.org"))
    url = client.get(own).url
    wrong = {
        "name": "Ada",
        "version": 1,
        "away_from-day": "1",
        "away_from-month": "2",
        "away_from-year": "",
    }
    assert client.post(url, wrong).status_code == 422
    assert client.post(url, {"name": "Ada L.", "version": 1, "is_public": "on"}).status_code == 302
    assert client.post(url, {"name": "Ada M.", "version": 1}).status_code == 409
    expert.refresh_from_db()
    assert expert.name == "Ada L."
    assert "Ada L." in text_of(client.get(reverse("people:people")))
    client.post(reverse("people:leave", kwargs={"pk": expert.pk}))
    expert.refresh_from_db()
    assert expert.left_at is not None


def test_the_desk_keeps_it(officer: User, client: Client) -> None:
    sign_in(client, officer)
    region = RegionFactory()
    fields = {"region": region.pk, "name": "Ada", "email": "ada@example.org", "group": "board"}
    assert client.post(reverse("desk:add_person"), fields | {"version": 1}).status_code == 302
    again = client.post(reverse("desk:add_person"), fields | {"version": 1})
    assert again.status_code == 400
    expert = Expert.objects.get()
    url = reverse("desk:change_person", kwargs={"pk": expert.pk})
    changed = {**fields, "name": "Ada Lovelace", "version": 1}
    assert client.post(url, changed).status_code == 302
    assert client.post(url, changed).status_code == 409
    listed = text_of(client.get(reverse("desk:people"), {"group": "board"}))
    assert "Ada Lovelace" in listed
    assert "Ada Lovelace" not in text_of(client.get(reverse("desk:people"), {"group": "outside"}))
    assert "Ada Lovelace" in text_of(client.get(reverse("desk:people_csv")))
    client.post(reverse("desk:leave_person", kwargs={"pk": expert.pk}))
    client.get(reverse("desk:people"))  # says that it was done
    assert "Ada Lovelace" not in text_of(client.get(reverse("desk:people")))
    assert "Ada Lovelace" in text_of(client.get(reverse("desk:people"), {"left": "on"}))
    client.post(reverse("desk:leave_person", kwargs={"pk": expert.pk}))
    expert.refresh_from_db()
    assert expert.left_at is None


def test_a_panel_is_chosen_by_fit_time_and_ties(client: Client) -> None:
    world = build_world()
    sensors = CapabilityFactory(name="Sensors")
    WantedCapability.objects.create(call=world.call, capability=sensors, level=2)
    today, last = timezone.localdate(), timezone.localdate(world.stage.scores_due_at)
    fitting = Expert(region=world.call.region, email="fit@example.org", name="Fit", most_pitches=4)
    services.add_expert(expert=fitting, expertise=[sensors], actor=world.officer)
    add(world.officer, email="free@example.org")
    away = add(world.officer, email="away@example.org", away_from=today, away_until=last)
    tied = add(world.officer, email="tied@example.org")
    Membership.objects.create(
        organisation=world.entry.pitch.organisation,
        user=UserFactory(email="tied@example.org"),
        role="member",
    )
    add(world.officer, email=world.judge.email)
    elsewhere = make_judge(build_world().stage)
    add(world.officer, email=elsewhere.email)
    from challenges.judging.choosing import candidates

    found = candidates(world.stage, list(Expert.objects.for_listing()))
    by_email = {each.expert.email: each for each in found}
    assert found[0].expert == fitting
    assert found[0].knows == ("Sensors",)
    assert by_email[away.email].away == "Away for all of the scoring"
    assert by_email[tied.email].ties == 1
    assert by_email[world.judge.email].seat == "Accepted"
    assert by_email[elsewhere.email].panels == 1
    assert found[-1].expert.email == world.judge.email
    sign_in(client, world.officer)
    url = reverse("desk:choose_people", kwargs={"pk": world.stage.pk})
    assert "1 of 1: Sensors" in text_of(client.get(url))
    answer = client.post(url, {"person": [fitting.pk, away.pk], "role": "chair"})
    assert answer.url == reverse("desk:panel", kwargs={"pk": world.stage.pk})
    member = PanelMember.objects.get(email="fit@example.org")
    assert (member.state, member.role, member.most_pitches) == (MemberState.INVITED, "chair", 4)
    assert list(member.expertise.all()) == [sensors]
    assert client.post(url, {}).url == url


def test_choosing_asks_as_much_for_one_as_for_many(
    django_assert_max_num_queries: object, client: Client
) -> None:
    world = build_world()
    sign_in(client, world.officer)
    url = reverse("desk:choose_people", kwargs={"pk": world.stage.pk})
    counts = []
    for number in (1, 6):
        while Expert.objects.count() < number:
            email = f"e{Expert.objects.count()}@example.org"
            expert = add(world.officer, email=email)
            UserFactory(email=email)
            expert.expertise.add(CapabilityFactory())
        client.get(url)
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_nobody_of_another_region_is_invited() -> None:
    world = build_world()
    elsewhere = RegionFactory(code="E47000009", slug="elsewhere")
    stranger = Expert(region=elsewhere, email="far@example.org", name="Far")
    services.add_expert(expert=stranger, expertise=[], actor=make_officer(elsewhere))
    from challenges.judging.services import invite_from_directory

    with pytest.raises(Refused, match="not in this region"):
        invite_from_directory(stage=world.stage, expert=stranger, role="judge", actor=world.officer)


def test_days_away() -> None:
    day = timezone.localdate()
    expert = Expert(away_from=day, away_until=day + timedelta(days=3))
    assert expert.is_away(day, day + timedelta(days=3))
    assert not expert.is_away(day, day + timedelta(days=4))
    assert not Expert().is_away(day, day)
