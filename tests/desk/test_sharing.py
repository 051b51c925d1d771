"""Who reads what: asked for, done once, seen, and changed by hand."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache

from challenges.judging import services
from challenges.judging.coverage import coverage, entries_to_read
from challenges.judging.models import Assignment, Panel, Sharing, SharingState
from challenges.judging.pairs import standing_of
from challenges.judging.services.sharing import carry_out
from marketplace.errors import NotAllowed, Refused, WrongState
from tests.desk.helpers import signed_in, url
from tests.factories import (
    UserFactory,
    assign,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)
from tests.judging.conftest import World, build_world, write_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """A closed stage with two pitches; one judge has the first."""
    return build_world()


def share(world: World, **options: Any) -> Sharing:
    sharing = services.ask_to_share(stage=world.stage, actor=world.officer, **options)
    carry_out(sharing.pk)
    sharing.refresh_from_db()
    return sharing


def limit(world: World, reviews: int, most: int | None = None) -> None:
    services.set_reviews_per_pitch(
        stage=world.stage, reviews=reviews, most_per_judge=most, actor=world.officer
    )


class TestSharing:
    def test_it_is_done_once_and_tells_how_it_came_out(self, world: World) -> None:
        limit(world, 2)
        make_judge(world.stage)
        sharing = share(world)
        assert (sharing.state, sharing.given, sharing.lacking) == (SharingState.DONE, 3, 0)
        carry_out(sharing.pk)
        assert Assignment.objects.count() == 4
        assert share(world).given == 0

    def test_not_twice_at_a_time(self, world: World) -> None:
        services.ask_to_share(stage=world.stage, actor=world.officer)
        with pytest.raises(Refused, match="at this moment"):
            services.ask_to_share(stage=world.stage, actor=world.officer)

    def test_the_page_says_how_far_it_has_come(self, world: World) -> None:
        sharing = services.ask_to_share(stage=world.stage, actor=world.officer)
        client = signed_in(world.officer)
        address = url("reading", world.stage.pk)
        assert "waiting for a worker" in client.get(address).content.decode()
        cache.set(f"sharing:{sharing.pk}", 2)
        assert "giving pitches to those who know" in client.get(address).content.decode()
        seen: list[int] = []
        services.assign_entries(stage=world.stage, actor=world.officer, tell=seen.append)
        assert seen == [0, 1, 2, 3]

    def test_strangers_ask_for_nothing(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            services.ask_to_share(stage=world.stage, actor=world.judge.user)

    def test_a_refusal_of_the_run_is_kept(self, world: World) -> None:
        sharing = services.ask_to_share(stage=world.stage, actor=world.officer)
        world.judge.panel.members.update(state="removed")
        carry_out(sharing.pk)
        sharing.refresh_from_db()
        assert sharing.state == SharingState.REFUSED and "accepted and declared" in sharing.why

    def test_anew_leaves_what_is_begun_and_what_was_chosen(self, world: World) -> None:
        limit(world, 1)
        other = make_judge(world.stage)
        write_review(world.assignment)
        moved = assign(other, world.entries[1])
        share(world, anew=True)
        assert not Assignment.objects.filter(pk=moved.pk).exists()
        assert Assignment.objects.filter(pk=world.assignment.pk).exists()
        chosen = Assignment.objects.get(entry=world.entries[1])
        services.keep_by_hand(assignment=chosen, keep=True, actor=world.officer)
        share(world, anew=True)
        assert Assignment.objects.filter(pk=chosen.pk).exists()


class TestLimits:
    def test_a_limit_is_kept_and_what_is_wanting_is_said(self, world: World) -> None:
        limit(world, 2, most=1)
        make_judge(world.stage)
        sharing = share(world)
        assert (sharing.given, sharing.lacking) == (1, 2)
        found = coverage(world.stage, list(entries_to_read(world.stage)))
        assert [load.pitches for load in found.loads] == [1, 1]
        assert sum(covered.lacking for covered in found.pitches) == 2
        assert all("at their limit" in each.why for each in found.pitches if each.lacking)

    def test_a_later_pitch_gets_the_one_judge_who_may_read_it(self, world: World) -> None:
        """The first pitch may go to either; the second to one of them alone."""
        Assignment.objects.all().delete()
        limit(world, 1, most=1)
        only, either = world.judge, make_judge(world.stage)
        services.declare_interests(
            member=either, conflicts={world.entries[1].pk: "My sister."}, actor=either.user
        )
        assert share(world).lacking == 0
        pairs = set(standing_of(world.stage.panel).values_list("member", "entry"))
        assert pairs == {(either.pk, world.entry.pk), (only.pk, world.entries[1].pk)}

    @pytest.mark.parametrize("most", [0, 10_001])
    def test_an_odd_limit(self, world: World, most: int) -> None:
        with pytest.raises(Refused, match="limit"):
            limit(world, 1, most=most)


class TestByHand:
    def test_moving_is_whole_or_not_at_all(self, world: World) -> None:
        other, tied = make_judge(world.stage), make_judge(world.stage)
        services.declare_interests(
            member=tied, conflicts={world.entry.pk: "My sister."}, actor=tied.user
        )
        with pytest.raises(Refused, match="interest"):
            services.hand_over(assignment=world.assignment, member=tied, actor=world.officer)
        assert Assignment.objects.get(pk=world.assignment.pk).member == world.judge
        moved = services.hand_over(assignment=world.assignment, member=other, actor=world.officer)
        assert moved.by_hand and moved.member == other
        assert list(standing_of(world.stage.panel)) == [moved]

    def test_what_is_handed_in_does_not_move(self, world: World) -> None:
        write_review(world.assignment)
        services.submit_review(assignment=world.assignment, actor=world.judge.user)
        with pytest.raises(WrongState):
            services.hand_over(
                assignment=world.assignment, member=make_judge(world.stage), actor=world.officer
            )


class TestPages:
    def test_the_page_says_who_reads_what_and_what_is_wanting(self, world: World) -> None:
        limit(world, 2)
        client = signed_in(world.officer)
        page = client.get(url("reading", world.stage.pk)).content.decode()
        assert world.judge.name in page and "Of the other judges: 1 free" in page
        assert "Every judge who is ready has it" in page
        page = client.get(url("reading", world.stage.pk) + "?lacking=1").content.decode()
        assert str(world.entry.pitch) in page

    def test_by_hand_in_the_browser(self, world: World) -> None:
        other = make_judge(world.stage)
        client, address = signed_in(world.officer), url("readers", world.entry.pk)
        page = client.post(address, {"give": "1", "member": other.pk}, follow=True)
        assert f"{other.name} has this pitch to score." in page.content.decode()
        mine = Assignment.objects.get(member=other)
        for field in ("unkeep", "keep", "take"):
            assert client.post(address, {field: "1", "assignment": mine.pk}).status_code == 302
        assert not Assignment.objects.filter(pk=mine.pk).exists()
        move = {"move": "1", "assignment": world.assignment.pk, "member": other.pk}
        page = client.post(address, move, follow=True).content.decode()
        assert f"Moved from {world.judge.name} to {other.name}." in page
        for odd in ({"take": "1", "assignment": "0"}, {"give": "1", "member": "x"}):
            assert client.post(address, odd).status_code == 404

    def test_as_csv(self, world: World) -> None:
        reply = signed_in(world.officer).get(url("reading_csv", world.stage.pk))
        rows = list(csv.reader(StringIO(reply.content.decode("utf-8-sig"))))
        assert rows[1][0] == world.entry.pitch.reference and rows[1][2] == world.judge.name
        assert len(rows) == 2

    @pytest.mark.parametrize("name", ["reading", "reading_csv"])
    def test_not_for_others(self, world: World, name: str) -> None:
        for person in (world.judge.user, UserFactory()):
            reply = signed_in(person).get(url(name, world.stage.pk))
            assert reply.status_code in (302, 404)
        reply = signed_in(world.judge.user).post(url("readers", world.entry.pk), {"take": "1"})
        assert reply.status_code in (302, 404)
        assert Assignment.objects.count() == 1

    @pytest.mark.parametrize("judges", [1, 8])
    def test_queries_do_not_grow(
        self, world: World, judges: int, django_assert_num_queries: Any
    ) -> None:
        for _ in range(judges):
            member = make_judge(world.stage)
            for entry in world.entries:
                assign(member, entry)
        client = signed_in(world.officer)
        client.get(url("reading", world.stage.pk))
        with django_assert_num_queries(29):
            client.get(url("reading", world.stage.pk))

    def test_a_stage_without_a_panel(self, world: World) -> None:
        Panel.objects.all().delete()
        page = signed_in(world.officer).get(url("reading", world.stage.pk))
        assert "Nobody has accepted" in page.content.decode()


def test_a_stage_that_nobody_was_invited_to_has_its_page() -> None:
    call = make_call()
    submit(make_entry(call=call))
    client = signed_in(make_officer(call.region))
    for query in ("", "?lacking=1"):
        assert client.get(url("reading", call.first_stage.pk) + query).status_code == 200
