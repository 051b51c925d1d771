"""Pages and exports that order scores, or hold them against a limit, agree with fractions."""

import json
import random
from fractions import Fraction

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.decisions import compose, decide
from challenges.judging.models import Assignment, AssignmentState
from challenges.judging.oddities import FAR, look_for_oddities, outliers
from challenges.judging.results import CriterionFeedback
from challenges.judging.services.recusing import recuse
from challenges.pitches.models import Entry
from cms.desk.export import rows_of, to_json
from cms.desk.queries import entries_with_reviews
from marketplace.rounding import half_up
from tests.desk.helpers import signed_in, url
from tests.factories import (
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    release,
)
from tests.factories import submit as submit_pitch
from tests.judging.conftest import World, write_review

pytestmark = pytest.mark.django_db

NEAR = [Fraction(60) + Fraction(n, 3000) for n in range(-20, 21)]
"""Totals of which most look like 60.00, or like a neighbour, to two places."""
FAR_OFF = [total - FAR for total in NEAR]
PANELS = range(6)


@pytest.fixture
def stage() -> Stage:
    call = make_call()
    for _ in range(7):
        submit_pitch(make_entry(call=call))
    stage = close_stage(call.first_stage)
    judges = [make_judge(stage) for _ in range(3)]
    for entry in stage.entries.order_by("pk")[:6]:
        for judge in judges:
            assign(judge, entry)
    return stage


def fill(stage: Stage, seed: int) -> dict[int, list[Fraction]]:
    """Entry → the totals that three judges gave, drawn anew; one pitch has none."""
    chance = random.Random(seed)
    given: dict[int, list[Fraction]] = {pk: [] for pk in stage.entries.values_list("pk", flat=True)}
    for review in Assignment.objects.filter(entry__stage=stage):
        total = chance.choice(chance.choice([NEAR, NEAR, FAR_OFF]))
        review.total, review.exact_total = half_up(total), str(total)
        review.state = AssignmentState.SUBMITTED
        review.save()
        given[review.entry_id].append(total)
    return given


def mean(totals: list[Fraction]) -> Fraction:
    return sum(totals, Fraction(0)) / len(totals)


def by(figures: dict[int, Fraction], *, falling: bool) -> list[int]:
    sign = -1 if falling else 1
    return sorted(figures, key=lambda pk: (sign * figures[pk], pk))


@pytest.mark.parametrize("falling", [False, True])
def test_the_list_and_every_export_follow_the_exact_mean(stage: Stage, falling: bool) -> None:
    client = signed_in(make_officer())
    name = "?ordering=-mean" if falling else "?ordering=mean"
    for seed in PANELS:
        given = fill(stage, seed)
        means = {pk: mean(totals) for pk, totals in given.items() if totals}
        without = [pk for pk, totals in given.items() if not totals]
        expected = by(means, falling=falling) + without
        page = client.get(url("pitches") + name).context["page_obj"]
        assert [entry.pk for entry in page] == expected
        assert [entry.mean for entry in page] == [means.get(pk) for pk in expected]
        references = dict(Entry.objects.values_list("pk", "pitch__reference"))
        exported = json.loads(client.get(url("pitches") + "export.json" + name).content)
        assert [row["Reference"] for row in exported] == [references[pk] for pk in expected]
        shown = [row["Mean (0 to 100)"] for row in exported if row["Mean (0 to 100)"] is not None]
        assert len(set(shown)) == len(set(means.values())), "none looks like another"
        assert shown == sorted(shown, reverse=falling)


def test_the_list_is_sorted_over_all_its_pages(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.desk.views.pitches.PITCHES_ON_PAGE", 2)
    given = fill(stage, 1)
    expected = by({pk: mean(totals) for pk, totals in given.items() if totals}, falling=True)
    client = signed_in(make_officer())
    found: list[int] = []
    for number in range(1, 5):
        page = client.get(url("pitches") + f"?ordering=-mean&p={number}").context["page_obj"]
        assert page.paginator.count == 7
        found += [entry.pk for entry in page]
    assert found[:6] == expected


def test_far_from_the_others_is_thirty_points_exactly(stage: Stage) -> None:
    named = 0
    for seed in PANELS:
        given = fill(stage, seed)
        gaps: dict[int, Fraction] = {}
        for review in Assignment.objects.filter(entry__stage=stage):
            others = list(given[review.entry_id])
            others.remove(review.exact)
            gap = min(abs(review.exact - other) for other in others)
            if gap >= FAR:
                gaps[review.pk] = gap
        assert outliers(stage) == by(gaps, falling=True)
        found = look_for_oddities(stage, 1)
        assert found.outlier_count == len(gaps)
        assert [each.pk for each in found.outliers] == by(gaps, falling=True)[:1]
        named += len(gaps)
    assert named


def test_the_meeting_reads_the_greatest_spread_first(stage: Stage) -> None:
    officer = make_officer()
    fill(stage, 0)
    services.open_meeting(stage=stage, actor=officer)
    for seed in PANELS:
        given = fill(stage, seed)
        spread = {pk: max(totals) - min(totals) for pk, totals in given.items() if totals}
        page = signed_in(officer).get(reverse("judging:meeting", args=[stage.pk])).context["page"]
        found = [entry.pk for entry in page]
        assert [spread[pk] for pk in found[:-1]] == sorted(spread.values(), reverse=True)
        assert not given[found[-1]]


def test_what_is_agreed_without_a_review_is_in_exports_and_on_every_page(world: World) -> None:
    """The rest of the stage may be filtered away, or unread too."""
    write_review(world.assignment, 1)
    services.open_meeting(stage=world.stage, actor=world.officer)
    criteria = world.entry.rulebook.content["criteria"]
    scores = {each["id"]: (4, "We agree.") for each in criteria}
    services.agree(entry=world.entry, scores=scores, version=0, actor=world.officer)
    recuse(world.judge, Assignment.objects.all(), world.officer)
    found = entries_with_reviews(Entry.objects.filter(pk=world.entry.pk))
    for falling in (None, True):
        (row,) = json.loads(to_json(found, falling))
        assert (row["Rank"], row["Total that decides"]) == (1, 80)
        assert (row["Agreed in the meeting"], row["Mean (0 to 100)"]) == (80, None)
    client = signed_in(world.officer)
    page = client.get(url("fairness", world.stage.pk)).content.decode()
    assert "80.00, place 1, without a review" in page
    page = client.get(url("decision", world.entry.pk)).content.decode()
    assert page.count("- We agree.") == len(criteria), "the draft of what the applicant reads"


def test_means_of_a_criterion_that_differ_do_not_look_alike(world: World) -> None:
    write_review(world.assignment, 3)
    for value in (3, 4):
        write_review(assign(make_judge(world.stage), world.entry), value)
    (row,) = rows_of(entries_with_reviews(Entry.objects.filter(pk=world.entry.pk)))
    assert {mean for mean, _ in row.marks.values()} == {Fraction(10, 3)}


@pytest.fixture
def alike(world: World) -> list[Assignment]:
    """Two pitches that one judge gave 59.96 and 59.99 of 100, at a minimum of 60."""
    for rulebook in world.stage.rulebooks.all():
        rulebook.content["minimum_total"] = 60
        world.stage.rulebooks.filter(pk=rulebook.pk).update(content=rulebook.content)
    reviews = [write_review(world.assignment), write_review(assign(world.judge, world.entries[1]))]
    for review, total in zip(reviews, ("59.96", "59.99"), strict=True):
        Assignment.objects.filter(pk=review.pk).update(total=total, exact_total="")
    return reviews


def test_totals_side_by_side_are_told_apart_and_from_the_minimum_on_every_page(
    world: World, alike: list[Assignment]
) -> None:
    client = signed_in(world.officer)
    of_judge = signed_in(world.judge.user)
    ranking = client.get(url("ranking", world.stage.pk)).content.decode()
    own = of_judge.get(reverse("judging:panel", args=[world.judge.pk])).content.decode()
    for review, shown in zip(alike, ("59.96", "59.99"), strict=True):
        assert f"{shown}, from {shown} to {shown}" in ranking
        decision = client.get(url("decision", review.entry_id)).content.decode()
        assert f"{shown}, from {shown} to {shown}" in decision
        assert f"Your total: {shown} of 100" in own
    assign(make_judge(world.stage), world.entry)
    other = write_review(Assignment.objects.filter(entry=world.entry).latest("pk"))
    Assignment.objects.filter(pk=other.pk).update(total="60.04", exact_total="")
    for name in ("pitch", "print_pitch"):
        page = client.get(url(name, world.entry.pk)).content.decode()
        assert "59.96 of 100" in page and "60.04 of 100" in page


def test_a_pitchs_own_page_says_what_the_panel_agreed(world: World) -> None:
    """Also where nobody's review counts any more."""
    write_review(world.assignment, 1)
    services.open_meeting(stage=world.stage, actor=world.officer)
    criteria = world.entry.rulebook.content["criteria"]
    scores = {each["id"]: (4, "We agree.") for each in criteria}
    services.agree(entry=world.entry, scores=scores, version=0, actor=world.officer)
    Assignment.objects.all().delete()
    for name in ("pitch", "print_pitch"):
        page = signed_in(world.officer).get(url(name, world.entry.pk)).content.decode()
        assert "Agreed in the meeting: 80.0 of 100" in page, name
    page = signed_in(world.officer).get(url("pitch", world.entries[1].pk)).content.decode()
    assert "Agreed in the meeting" not in page


def test_two_criteria_of_one_name_are_both_in_every_export(world: World) -> None:
    """An object of JSON has a name once: the first of two would be gone."""
    criteria = list(world.stage.criteria.all())
    world.stage.criteria.update(name="Impact")
    write_review(world.assignment)
    for criterion, value in zip(criteria, (1, 4), strict=True):
        world.assignment.scores.filter(criterion=criterion).update(value=value)
    (row,) = json.loads(to_json(entries_with_reviews(Entry.objects.filter(pk=world.entry.pk))))
    found = {name: value for name, value in row["Answers and scores"].items() if "mean" in name}
    assert found == {"Impact (mean of 5)": 1, "Impact (mean of 5) (2)": 4}
    assert len(row["Answers and scores"]) == 4 + len(world.stage.questions.all())


@given(st.fractions(0, 5, max_denominator=40), st.none() | st.integers(0, 5))
def test_a_mean_never_reads_as_the_minimum_that_it_misses(
    mean: Fraction, least: int | None
) -> None:
    said = CriterionFeedback("Impact", 5, 1, mean, [], minimum=least).mean_said
    if least is not None and mean != least:
        assert Fraction(said) != least
    assert abs(Fraction(said) - mean) <= Fraction(1, 20)


def test_what_an_applicant_reads_of_a_minimum_just_missed(world: World) -> None:
    """19 of 20 judges give 4, and one gives 3: on average 3.95, which is not the 4 needed."""
    for rulebook in world.stage.rulebooks.all():
        for criterion in rulebook.content["criteria"]:
            criterion["minimum"] = 4
        world.stage.rulebooks.filter(pk=rulebook.pk).update(content=rulebook.content)
    write_review(world.assignment, 3)
    for _ in range(19):
        write_review(assign(make_judge(world.stage), world.entry), 4)
    for entry in world.entries:
        decide(
            stage=world.stage,
            entries=[entry],
            outcome="not-awarded",
            reason="Under the minimum.",
            actor=world.officer,
        )
    entry = Entry.objects.get(pk=world.entry.pk)
    assert "3.95 of 5 on average" in compose(entry.decision).body
    release(world.stage, world.officer)
    page = signed_in(world.applicant).get(reverse("pitches:entry", args=[entry.pitch.reference]))
    assert "3.95 of 5 on average" in page.content.decode()
