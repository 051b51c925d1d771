"""Reminding judges, and reviews that an officer should look at."""

from typing import Any

import pytest

from challenges.judging.models import Assignment, Score
from challenges.judging.oddities import look_for_oddities, outliers, short_comments
from marketplace.activity.models import Notification
from tests.desk.helpers import signed_in, url
from tests.factories import assign, make_call, make_judge, make_officer
from tests.judging.conftest import World, build_world, write_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build_world()


class TestReminding:
    def test_one_click_once_a_day_and_only_who_has_something_to_score(self, world: World) -> None:
        done = make_judge(world.stage)
        write_review(assign(done, world.entries[1]))
        client = signed_in(world.officer)
        page = client.get(url("panel", world.stage.pk)).content.decode()
        assert f"Remind {world.judge.name}" in page and f"Remind {done.name}" not in page
        for _ in range(2):
            client.post(url("remind", world.stage.pk))
        told = Notification.objects.filter(subject__startswith="To score:")
        assert [each.recipient for each in told] == [world.judge.user]
        assert "1 pitch is waiting" in told[0].body

    def test_one_judge(self, world: World) -> None:
        other = make_judge(world.stage)
        assign(other, world.entries[1])
        client = signed_in(world.officer)
        client.post(url("remind", world.stage.pk), {"member": other.pk})
        told = Notification.objects.filter(subject__startswith="To score:")
        assert [each.recipient for each in told] == [other.user]

    @pytest.mark.parametrize("member", ["x", "9" * 30, "0"])
    def test_a_judge_of_another_panel_is_none(self, world: World, member: str) -> None:
        client = signed_in(world.officer)
        assert client.post(url("remind", world.stage.pk), {"member": member}).status_code == 404

    def test_not_while_applicants_write(self) -> None:
        stage = make_call().first_stage
        officer = make_officer()
        reply = signed_in(officer).post(url("remind", stage.pk), follow=True)
        assert "nothing to score now" in reply.content.decode()


class TestChecks:
    def test_a_review_far_from_the_others(self, world: World) -> None:
        for value in (1, 1):
            write_review(assign(make_judge(world.stage), world.entry), value)
        far = write_review(world.assignment, 5)
        alone = write_review(assign(make_judge(world.stage), world.entries[1]), 0)
        assert outliers(world.stage) == [far.pk], f"{alone.pk} is alone with its pitch"
        [found] = look_for_oddities(world.stage, 5).outliers
        assert (found.pk, found.others) == (far.pk, 20)
        text = signed_in(world.officer).get(url("checks", world.stage.pk)).content.decode()
        assert world.judge.name in text

    def test_one_that_is_recused_counts_nowhere(self, world: World) -> None:
        write_review(assign(make_judge(world.stage), world.entry), 1)
        write_review(world.assignment, 5)
        Assignment.objects.filter(pk=world.assignment.pk).update(state="recused")
        assert not outliers(world.stage) and short_comments(world.stage).count() == 2

    def test_hardly_a_word(self, world: World) -> None:
        write_review(world.assignment, 3)
        Score.objects.filter(assignment=world.assignment).update(comment="  ok ")
        last = Score.objects.last()
        assert last is not None
        Score.objects.filter(pk=last.pk).update(comment="It says who would use it, and why.")
        found = list(short_comments(world.stage))
        assert len(found) == Score.objects.count() - 1
        page = signed_in(world.officer).get(url("checks", world.stage.pk)).content.decode()
        assert "hardly anything" in page

    def test_where_nothing_is_odd(self, world: World) -> None:
        page = signed_in(world.officer).get(url("checks", world.stage.pk)).content.decode()
        assert "Every comment says something." in page

    @pytest.mark.parametrize("number", [2, 12])
    def test_queries_do_not_grow(self, number: int, django_assert_num_queries: Any) -> None:
        world = build_world(entries=number)
        for entry in world.entries:
            for value in (0, 5):
                write_review(assign(make_judge(world.stage), entry), value)
        client = signed_in(world.officer)
        client.get(url("checks", world.stage.pk))
        with django_assert_num_queries(19):
            client.get(url("checks", world.stage.pk))
