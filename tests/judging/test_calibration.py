"""The calibration round, from the officer's opening to the first real score."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import CallState, Stage
from challenges.judging import services
from challenges.judging.calibration import compare, leaning, sample_texts
from challenges.judging.models import Assignment, Calibration, MemberRole, PanelMember, Sample
from marketplace.activity.models import Notification
from marketplace.errors import Incomplete, NotAllowed, Refused, TooLate, WrongState
from tests.factories import make_call, make_chair, make_judge, sign_in
from tests.judging.conftest import World, scores_for, text_of, write_review


def opened(world: World) -> list[Sample]:
    services.open_calibration(stage=world.stage, samples=sample_texts(), actor=world.officer)
    return list(Sample.objects.filter(calibration__panel__stage=world.stage))


def hand_in(sample: Sample, member: PanelMember, value: int = 3) -> None:
    services.hand_in_sample(
        sample=sample,
        member_id=member.pk,
        scores=scores_for(member.panel.stage, value),
        actor=member.user,
    )


def test_a_stage_without_sealed_rules_has_nothing_to_practise_on(world: World) -> None:
    call = make_call(state=CallState.DRAFT, region=world.call.region)
    with pytest.raises(Refused, match="approved first"):
        services.open_calibration(
            stage=call.first_stage, samples=sample_texts(), actor=world.officer
        )
    assert not Calibration.objects.exists()


def test_before_the_call_closes_its_judges_read_when_scoring_starts(
    world: World, client: Client
) -> None:
    sign_in(client, world.judge.user)
    Stage.objects.filter(pk=world.stage.pk).update(
        opens_at=timezone.now() + timedelta(days=1),
        closes_at=timezone.now() + timedelta(days=2),
        scores_due_at=timezone.now() + timedelta(days=3),
    )
    page = client.get(reverse("judging:panel", args=[world.judge.pk])).content.decode()
    assert "Scoring starts when the call closes" in page
    assert "The panel closed" not in page


def test_no_real_score_until_the_round_ends(world: World) -> None:
    samples = opened(world)
    with pytest.raises(TooLate, match="practising"):
        write_review(world.assignment)
    hand_in(samples[0], world.judge)
    services.end_calibration(stage=world.stage, actor=world.officer)
    write_review(world.assignment)
    assert Assignment.objects.get(pk=world.assignment.pk).total is not None


def test_judges_are_told_when_it_opens_and_when_it_ends(world: World) -> None:
    opened(world)
    services.end_calibration(stage=world.stage, actor=world.officer)
    subjects = Notification.objects.filter(recipient=world.judge.user).values_list(
        "subject", flat=True
    )
    assert {"Sample pitches to score first", "The scoring starts"} <= set(subjects)


def test_too_late_once_a_judge_has_begun(world: World) -> None:
    write_review(world.assignment)
    with pytest.raises(TooLate, match="begun to score"):
        opened(world)


def test_samples_need_words(world: World) -> None:
    with pytest.raises(Refused, match="title and a text"):
        services.open_calibration(stage=world.stage, samples=[("A", " ")], actor=world.officer)
    with pytest.raises(Refused, match="from 1 to 4"):
        services.open_calibration(stage=world.stage, samples=[], actor=world.officer)


def test_a_sample_is_handed_in_once_and_whole(world: World) -> None:
    sample = opened(world)[0]
    with pytest.raises(Incomplete):
        services.hand_in_sample(
            sample=sample, member_id=world.judge.pk, scores={}, actor=world.judge.user
        )
    hand_in(sample, world.judge)
    with pytest.raises(WrongState):
        hand_in(sample, world.judge, 5)
    services.end_calibration(stage=world.stage, actor=world.officer)
    with pytest.raises(TooLate):
        hand_in(Sample.objects.last(), world.judge)


def test_only_for_judges_of_this_panel_and_not_for_observers(world: World) -> None:
    sample = opened(world)[0]
    observer = make_judge(world.stage)
    PanelMember.objects.filter(pk=observer.pk).update(role=MemberRole.OBSERVER)
    for member, person in ((observer, observer.user), (world.judge, world.officer)):
        with pytest.raises(NotAllowed):
            services.hand_in_sample(
                sample=sample,
                member_id=member.pk,
                scores=scores_for(world.stage),
                actor=person,
            )


def test_only_who_leads_the_panel_ends_it(world: World) -> None:
    opened(world)
    with pytest.raises(NotAllowed):
        services.end_calibration(stage=world.stage, actor=world.judge.user)
    chair = make_chair(world.stage)
    services.end_calibration(stage=world.stage, actor=chair.user)
    with pytest.raises(WrongState):
        services.end_calibration(stage=world.stage, actor=chair.user)
    services.open_calibration(stage=world.stage, samples=[], actor=world.officer)
    assert Calibration.objects.get().is_open, "nobody has scored, so it can be opened again"
    assert Sample.objects.count() == 2


def test_differences_in_words_and_figures(world: World) -> None:
    sample = opened(world)[0]
    other = make_judge(world.stage)
    hand_in(sample, world.judge, 1)
    hand_in(sample, other, 5)
    found = compare(sample, world.stage)
    assert found is not None
    assert [(row.lowest, row.highest, row.mean) for row in found.rows] == [(1, 5, 3.0)] * 2
    assert sorted(float(total) for total in found.totals) == [20.0, 100.0]
    assert leaning([found], world.judge) == (
        "Your totals are 80 points of 100 below the other judges’: you are stricter."
    )


def test_nobody_sees_others_before_handing_in(world: World, client: Client) -> None:
    sample = opened(world)[0]
    other = make_judge(world.stage)
    services.hand_in_sample(
        sample=sample,
        member_id=other.pk,
        scores=scores_for(world.stage, 4, "Zq-what-the-other-said"),
        actor=other.user,
    )
    sign_in(client, world.judge.user)
    home = reverse("judging:calibration", kwargs={"pk": world.judge.pk})
    page = reverse("judging:sample", kwargs={"pk": world.judge.pk, "number": 1})
    for url in (home, page):
        assert "Zq-what-the-other-said" not in text_of(client.get(url))
    empty = client.post(page, {})
    assert empty.status_code == 422
    assert "Score “Impact”." in text_of(empty)
    fields = {}
    for criterion in world.stage.criteria.all():
        fields |= {f"score_{criterion.pk}": 2, f"comment_{criterion.pk}": "Thin."}
    assert client.post(page, fields).status_code == 302
    assert "Zq-what-the-other-said" in text_of(client.get(home))


def test_the_desk_opens_and_ends_it(world: World, client: Client) -> None:
    sign_in(client, world.officer)
    url = reverse("desk:calibration", kwargs={"pk": world.stage.pk})
    page = text_of(client.get(url))
    assert "Quiet sensors for damp homes" in page
    half = {"title_1": "A", "text_1": "B", "title_2": "C"}
    assert client.post(url, half).status_code == 400
    client.post(url, {"title_1": "A sample", "text_1": "Of words."})
    assert Sample.objects.get().title == "A sample"
    hand_in(Sample.objects.get(), world.judge)
    assert "1 of 1" in text_of(client.get(url))
    end = reverse("judging:end_calibration", kwargs={"pk": world.stage.pk})
    assert client.post(end).url == url
    assert not Calibration.objects.get().is_open


def test_the_judges_page_leads_to_the_round(world: World, client: Client) -> None:
    opened(world)
    sign_in(client, world.judge.user)
    panel = text_of(client.get(reverse("judging:panel", kwargs={"pk": world.judge.pk})))
    assert "score the sample pitches" in panel
    review = reverse("judging:review", kwargs={"pk": world.assignment.pk})
    assert "practising on sample pitches" in text_of(client.get(review))
