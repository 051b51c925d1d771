"""The panel's meeting: scores opened together, agreed ones beside them, and both kept."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.models import AgreedScore, Agreement, Assignment, Conflict, Score
from challenges.judging.table import table_of
from marketplace.activity.models import Notification, Record
from marketplace.errors import EditConflict, Incomplete, NotAllowed, Refused, TooLate
from tests.factories import (
    RegionFactory,
    UserFactory,
    assign,
    make_chair,
    make_judge,
    make_officer,
    sign_in,
)
from tests.judging.conftest import World, build_world, write_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(world: World) -> World:
    """Two judges have scored the first pitch, far apart, and one the second."""
    other = make_judge(world.stage, name="Olive Other")
    for review, value in (
        (world.assignment, 5),
        (assign(other, world.entry), 1),
        (assign(other, world.entries[1]), 4),
    ):
        write_review(review, value)
    return world


@pytest.fixture
def chair(scored: World) -> Any:
    return make_chair(scored.stage).user


def agreed(world: World, actor: Any, value: int = 2, version: int = 0, **changes: Any) -> Agreement:
    criteria = world.entry.rulebook.content["criteria"]
    scores = {each["id"]: (value, "We looked at it again.") for each in criteria}
    fields = {"entry": world.entry, "scores": scores, "version": version, **changes}
    return services.agree(actor=actor, **fields)


def place_of(world: World) -> list[tuple[int, float]]:
    return [(row.entry, row.total) for row in table_of(world.stage).standings]


class TestOpening:
    def test_not_while_judges_score(self, scored: World, chair: Any) -> None:
        assign(make_judge(scored.stage), scored.entry)
        with pytest.raises(Refused, match="still scoring"):
            services.open_meeting(stage=scored.stage, actor=chair)
        Stage.objects.filter(pk=scored.stage.pk).update(scores_due_at=timezone.now())
        services.open_meeting(stage=scored.stage, actor=chair)

    def test_everyone_on_the_panel_is_told(self, scored: World, chair: Any) -> None:
        services.open_meeting(stage=scored.stage, actor=chair)
        told = Notification.objects.filter(subject__startswith="The panel meets")
        assert set(told.values_list("recipient__name", flat=True)) == {
            scored.judge.name,
            "Olive Other",
        }

    def test_no_score_changes_from_then_on(self, scored: World, chair: Any) -> None:
        services.open_meeting(stage=scored.stage, actor=chair)
        with pytest.raises(TooLate, match="meeting has begun"):
            write_review(scored.assignment, 0)
        assert Score.objects.filter(assignment=scored.assignment, value=5).exists()

    def test_who_may(self, scored: World, chair: Any) -> None:
        elsewhere = make_officer(RegionFactory(code="E47000001", slug="gmca"))
        for person in (scored.judge.user, scored.applicant, elsewhere, UserFactory()):
            with pytest.raises(NotAllowed):
                services.open_meeting(stage=scored.stage, actor=person)
        services.open_meeting(stage=scored.stage, actor=scored.officer)
        services.close_meeting(stage=scored.stage, actor=chair)
        assert services.open_meeting(stage=scored.stage, actor=chair).is_open


class TestAgreeing:
    @pytest.fixture(autouse=True)
    def _open(self, scored: World, chair: Any) -> None:
        services.open_meeting(stage=scored.stage, actor=chair)

    def test_it_counts_in_place_of_the_mean_and_both_are_kept(
        self, scored: World, chair: Any
    ) -> None:
        first, second = scored.entries
        assert [entry for entry, _ in place_of(scored)] == [second.pk, first.pk]
        agreed(scored, chair, value=5)
        assert place_of(scored)[0] == (first.pk, 100)
        standing = table_of(scored.stage).of(first.pk)
        assert standing and standing.agreed and standing.mean == 60
        assert Assignment.objects.filter(entry=first, state="submitted").count() == 2

    def test_it_is_on_record(self, scored: World, chair: Any) -> None:
        agreed(scored, chair)
        agreed(scored, chair, value=3, version=1)
        totals = [each.detail["total"] for each in Record.objects.filter(verb="judging.agreed")]
        assert totals == ["40.00", "60.00"]

    def test_two_who_write_at_once(self, scored: World, chair: Any) -> None:
        agreed(scored, chair)
        with pytest.raises(EditConflict):
            agreed(scored, scored.officer, value=5)
        assert set(AgreedScore.objects.values_list("value", flat=True)) == {2}

    @pytest.mark.parametrize("spoilt", [(None, "x"), (6, "x"), (-1, "x"), (3, " ")])
    def test_every_criterion_with_a_reason(self, scored: World, chair: Any, spoilt: Any) -> None:
        criteria = scored.entry.rulebook.content["criteria"]
        scores = {each["id"]: (3, "Why.") for each in criteria} | {criteria[0]["id"]: spoilt}
        with pytest.raises(Incomplete):
            agreed(scored, chair, scores=scores)
        assert not Agreement.objects.exists()

    def test_not_by_a_judge_nor_by_a_chair_with_a_tie(self, scored: World, chair: Any) -> None:
        with pytest.raises(NotAllowed):
            agreed(scored, scored.judge.user)
        member = scored.judge.panel.members.get(user=chair)
        Conflict.objects.create(member=member, entry=scored.entry, nature="x")
        with pytest.raises(NotAllowed):
            agreed(scored, chair)

    def test_not_once_it_is_closed(self, scored: World, chair: Any) -> None:
        services.close_meeting(stage=scored.stage, actor=chair)
        with pytest.raises(Refused, match="not open"):
            agreed(scored, chair)

    def test_a_minimum_is_of_what_was_agreed(self, chair: Any) -> None:
        world = build_world()
        sealed = world.stage.rulebook
        assert sealed is not None
        sealed.content["criteria"][0]["minimum"] = 3
        type(sealed).objects.filter(pk=sealed.pk).update(content=sealed.content)
        write_review(world.assignment, 5)
        officer = world.officer
        Stage.objects.filter(pk=world.stage.pk).update(scores_due_at=timezone.now())
        services.open_meeting(stage=world.stage, actor=officer)
        agreed(world, officer, value=2)
        standing = table_of(world.stage).of(world.entry.pk)
        assert standing and standing.place is None and standing.short_of


class TestPages:
    def meeting(self, world: World) -> str:
        return reverse("judging:meeting", kwargs={"pk": world.stage.pk})

    def pitch(self, world: World) -> str:
        return reverse("judging:discuss", kwargs={"pk": world.entry.pk})

    def test_a_whole_meeting(self, scored: World, chair: Any, client: Client) -> None:
        sign_in(client, chair)
        client.post(self.meeting(scored))
        text = client.get(self.meeting(scored)).content.decode()
        far, near = (text.index(f"/judging/entries/{e.pk}/meeting/") for e in scored.entries)
        assert far < near  # those that judges see most differently come first
        page = client.get(self.pitch(scored)).content.decode()
        assert "Olive Other" in page and "Write down what the panel agrees" in page
        assert client.post(self.pitch(scored), {"version": 0}).status_code == 400
        data: dict[str, Any] = {"version": 0}
        for criterion in scored.entry.rulebook.content["criteria"]:
            data |= {f"score_{criterion['id']}": 4, f"comment_{criterion['id']}": "Both are right."}
        assert client.post(self.pitch(scored), data).status_code == 302
        late = make_judge(scored.stage).user
        sign_in(client, late)
        page = client.get(self.pitch(scored)).content.decode()
        assert "Both are right." in page and "Write down" not in page.replace("Written down", "")
        part = client.get(self.pitch(scored), {"part": 1}).content.decode()
        assert "Both are right." in part and "<html" not in part
        sign_in(client, chair)
        stale = client.post(self.pitch(scored), data)
        assert stale.status_code == 400 and "written down something else" in stale.content.decode()

    def test_nobody_sees_anothers_scores_before(
        self, scored: World, chair: Any, client: Client
    ) -> None:
        sign_in(client, scored.judge.user)
        assert client.get(self.meeting(scored)).status_code == 404
        assert client.get(self.pitch(scored)).status_code == 404

    def test_a_judge_with_a_tie_sees_nothing_of_that_pitch(
        self, scored: World, chair: Any, client: Client
    ) -> None:
        services.declare_interests(
            member=scored.judge,
            conflicts={scored.entry.pk: "My sister."},
            actor=scored.judge.user,
        )
        Assignment.objects.filter(state="assigned").delete()
        services.open_meeting(stage=scored.stage, actor=chair)
        sign_in(client, scored.judge.user)
        assert client.get(self.pitch(scored)).status_code == 404
        text = client.get(self.meeting(scored)).content.decode()
        assert f"/judging/entries/{scored.entry.pk}/" not in text
        assert f"/judging/entries/{scored.entries[1].pk}/" in text

    def test_a_blind_meeting_names_no_applicant(self, client: Client) -> None:
        world = build_world(blind=True)
        write_review(world.assignment, 5)
        chair = make_chair(world.stage).user
        services.open_meeting(stage=world.stage, actor=chair)
        sign_in(client, chair)
        name = world.entry.pitch.organisation.name
        for path in (self.meeting(world), self.pitch(world)):
            text = client.get(path).content.decode()
            assert name not in text and f"Applicant {world.entry.pitch.reference}" in text

    def test_applicants_and_strangers(self, scored: World, chair: Any, client: Client) -> None:
        services.open_meeting(stage=scored.stage, actor=chair)
        for person in (scored.applicant, UserFactory()):
            sign_in(client, person)
            for path in (self.meeting(scored), self.pitch(scored)):
                assert client.get(path).status_code == 404

    @pytest.mark.parametrize("number", [2, 12])
    def test_queries_do_not_grow(
        self, number: int, client: Client, django_assert_num_queries: Any
    ) -> None:
        world = build_world(entries=number)
        for entry in world.entries:
            write_review(assign(make_judge(world.stage), entry), 3)
        Assignment.objects.filter(state="assigned").delete()
        chair = make_chair(world.stage).user
        services.open_meeting(stage=world.stage, actor=chair)
        sign_in(client, chair)
        for path in (self.meeting(world), self.pitch(world)):
            client.get(path)
        with django_assert_num_queries(11):
            client.get(self.meeting(world))


def test_the_page_says_what_the_meeting_waits_for(world: World) -> None:
    client = sign_in(Client(), world.officer)
    address = reverse("judging:meeting", args=[world.stage.pk])
    page = client.get(address).content.decode()
    assert "1 review is still to come" in page and "Open the meeting" not in page
    write_review(world.assignment)
    page = client.get(address).content.decode()
    assert "still to come" not in page and "Open the meeting" in page
