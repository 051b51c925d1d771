"""Observers score nothing; who is away or full is given nothing more."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.judging import services
from challenges.judging.coverage import coverage
from challenges.judging.models import Assignment, MemberRole, PanelMember
from marketplace.errors import NotAllowed, Refused
from tests.factories import make_judge, sign_in
from tests.judging.conftest import World, build_world, text_of


def given(member: PanelMember) -> int:
    return Assignment.objects.filter(member=member).count()


def share(world: World, reviews: int) -> None:
    services.set_reviews_per_pitch(stage=world.stage, reviews=reviews, actor=world.officer)
    services.assign_entries(stage=world.stage, actor=world.officer)


def test_observers_are_given_nothing(world: World) -> None:
    observer = make_judge(world.stage)
    PanelMember.objects.filter(pk=observer.pk).update(role=MemberRole.OBSERVER)
    share(world, 2)
    assert given(observer) == 0
    assert given(world.judge) == 2
    with pytest.raises(Refused):
        services.assign_by_hand(member=observer, entry=world.entry, actor=world.officer)


def test_own_limits_hold_and_others_take_the_rest(db: None) -> None:
    world = build_world(entries=6)
    others = [make_judge(world.stage) for _ in range(3)]
    services.set_availability(
        member=others[0], most_pitches=1, away_from=None, away_until=None, actor=others[0].user
    )
    share(world, 2)
    assert given(others[0]) == 1
    loads = sorted(given(member) for member in (world.judge, *others[1:]))
    assert sum(loads) == 11
    assert loads[-1] - loads[0] <= 1


def test_the_page_says_who_is_at_their_own_limit(world: World) -> None:
    services.set_availability(
        member=world.judge, most_pitches=1, away_from=None, away_until=None, actor=world.judge.user
    )
    share(world, 1)
    found = coverage(world.stage, [world.entries[1]])
    assert found.pitches[0].lacking == 1
    assert "1 at their limit" in found.pitches[0].why
    assert found.loads[0].most == 1


def test_who_is_away_to_the_end_is_left_out(world: World) -> None:
    other = make_judge(world.stage)
    today, last = timezone.localdate(), timezone.localdate(world.stage.scores_due_at)
    services.set_availability(
        member=other, most_pitches=None, away_from=today, away_until=last, actor=other.user
    )
    share(world, 2)
    assert given(other) == 0
    assert "1 away until the panel closes" in coverage(world.stage, world.entries).pitches[0].why
    services.set_availability(
        member=other,
        most_pitches=None,
        away_from=today,
        away_until=last - timedelta(days=1),
        actor=other.user,
    )
    services.assign_entries(stage=world.stage, actor=world.officer)
    assert given(other) == 2


def test_only_the_judge_says_so_and_in_order(world: World) -> None:
    today = timezone.localdate()
    fields = {"member": world.judge, "most_pitches": None}
    with pytest.raises(NotAllowed):
        services.set_availability(**fields, away_from=None, away_until=None, actor=world.officer)
    for first, last in ((today, None), (today, today - timedelta(days=1))):
        with pytest.raises(Refused):
            services.set_availability(
                **fields, away_from=first, away_until=last, actor=world.judge.user
            )


def test_the_judges_page(world: World, client: Client) -> None:
    sign_in(client, world.judge.user)
    url = reverse("judging:availability", kwargs={"pk": world.judge.pk})
    wrong = {
        "most_pitches": "0",
        "away_from-day": "1",
        "away_from-month": "2",
        "away_from-year": "2027",
    }
    answer = client.post(url, wrong)
    assert answer.status_code == 422
    assert client.post(url, {"most_pitches": "4"}).status_code == 302
    assert PanelMember.objects.get(pk=world.judge.pk).most_pitches == 4
    assert 'value="4"' in text_of(client.get(url))
