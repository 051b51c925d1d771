"""Scores are exact: against a reference in plain fractions, and on the pages that show them."""

from decimal import Decimal
from fractions import Fraction
from importlib import import_module

import pytest
from django.apps import apps
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calls.models import Criterion, Stage
from challenges.calls.services import seal_rulebook
from challenges.judging import services
from challenges.judging.agreement import krippendorff_alpha
from challenges.judging.decisions import decide
from challenges.judging.fairness import look_at
from challenges.judging.models import Agreement, Assignment, AssignmentState
from challenges.judging.ranking import exact_total, heaviest_mean, kept_figures, weighted_total
from challenges.judging.services.recusing import recuse
from challenges.judging.standing import Floor, Marks, Rules, stand
from challenges.judging.table import table_of
from challenges.pitches.models import Entry
from cms.desk.export import GENERAL, rows_of
from cms.desk.queries import entries_with_reviews, with_exact_means
from marketplace.rounding import as_exact, fixed
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

Review = tuple[int, ...]

WEIGHTS, SCALE = (3, 2, 2), 6
MEAN_OF_40 = [(4, 4, 0), (0, 2, 0), (4, 5, 0), (4, 6, 0), (4, 1, 0)]
"""Five reviews by those weights on that scale whose mean is 40; rounded each, it is 39.998."""


@st.composite
def panels(draw: st.DrawFn) -> tuple[list[int], list[int], list[list[Review]]]:
    """(weights, scales, reviews of each pitch); some pitches are level in another order."""
    many = draw(st.integers(1, 4))
    weights = draw(st.lists(st.integers(1, 40), min_size=many, max_size=many))
    scales = draw(st.lists(st.integers(2, 10), min_size=many, max_size=many))
    review = st.tuples(*(st.integers(0, scale) for scale in scales))
    reviews = st.lists(review, min_size=1, max_size=6)
    pitches = draw(st.lists(reviews, min_size=1, max_size=5))
    level = draw(st.lists(st.sampled_from(pitches), max_size=3))
    return weights, scales, pitches + [list(reversed(each)) for each in level]


def marks_of(panel: tuple[list[int], list[int], list[list[Review]]]) -> list[Marks]:
    """As the table reads them: from what a row keeps of each review."""
    weights, scales, pitches = panel
    found = []
    for number, reviews in enumerate(pitches):
        kept = [kept_figures(values, weights, scales) for values in reviews]
        totals = [exact_total(each["total"], each["exact_total"]) for each in kept]
        found.append(Marks(number, f"R{number}", totals, [each["tie_score"] for each in kept]))
    return found


def means_of(panel: tuple[list[int], list[int], list[list[Review]]]) -> list[tuple]:
    """The reference: (mean, mean on the heaviest criteria) of each pitch, in fractions."""
    weights, scales, pitches = panel
    top = [place for place, weight in enumerate(weights) if weight == max(weights)]
    found = []
    for reviews in pitches:
        total = sum(
            Fraction(100 * weight * value, scale * sum(weights))
            for values in reviews
            for value, weight, scale in zip(values, weights, scales, strict=True)
        )
        heavy = sum(
            Fraction(100 * values[place], scales[place] * len(top))
            for values in reviews
            for place in top
        )
        found.append((Fraction(total, len(reviews)), Fraction(heavy, len(reviews))))
    return found


@settings(deadline=None)
@given(panels(), st.sampled_from(["heaviest", "draw"]))
def test_the_order_is_that_of_exact_means_and_equals_are_level(panel: tuple, by: str) -> None:
    keys = [mean if by == "heaviest" else mean[:1] for mean in means_of(panel)]
    rows = {row.entry: row for row in stand(marks_of(panel), Rules(tie_break=by))}
    for number, key in enumerate(keys):
        assert rows[number].mean == rows[number].total == means_of(panel)[number][0]
        assert rows[number].place == 1 + sum(other > key for other in keys)
        assert rows[number].level == keys.count(key)
    same = [key[0] for key in keys]
    for number, key in enumerate(keys):
        parted = any(other != key and other[0] == key[0] for other in keys)
        assert rows[number].by_tie == parted, same


@settings(deadline=None)
@given(panels(), st.integers(0, 100))
def test_a_minimum_that_is_reached_exactly_is_reached(panel: tuple, least: int) -> None:
    for row, (mean, _) in zip(
        sorted(stand(marks_of(panel), Rules(minimum_total=least)), key=lambda row: row.entry),
        means_of(panel),
        strict=True,
    ):
        assert bool(row.short_of) == (mean < least)
        if row.short_of:
            assert f"total {least}.00," not in row.short_of[0]


@given(st.lists(st.integers(0, 7), min_size=1, max_size=7), st.integers(0, 7))
def test_the_floor_of_a_criterion_is_exact(values: list[int], least: int) -> None:
    mean = sum(values) / len(values)
    [row] = stand([Marks(1, "A", [50], [], {7: mean})], Rules(floors={7: Floor("Impact", least)}))
    assert bool(row.short_of) == (Fraction(sum(values), len(values)) < least)


@settings(deadline=None)
@given(panels())
def test_raw_places_of_the_fairness_page_are_those_of_exact_means(panel: tuple) -> None:
    reviews = [
        (mark.entry, member, total)
        for mark in marks_of(panel)
        for member, total in enumerate(mark.totals)
    ]
    keys = [mean for mean, _ in means_of(panel)]
    for place in look_at(reviews).places:
        assert place.raw == keys[place.entry]
        assert place.raw_place == 1 + sum(other > place.raw for other in keys)


def test_any_kind_of_number_may_be_given() -> None:
    for total in (60, Decimal(60), Fraction(60), 60.0):
        marks = [Marks(1, "A", [total, total], [total]), Marks(2, "B", [], agreed=(total, total))]
        assert {row.place for row in stand(marks, Rules(minimum_total=60))} == {1}


@given(
    st.lists(st.fractions(59, 61, max_denominator=3000), min_size=1, max_size=8),
    st.lists(st.floats(59.9, 60.1), max_size=8),
)
def test_estimates_and_what_is_agreed_stand_in_one_exact_order(
    agreed: list[Fraction], estimates: list[float]
) -> None:
    meant = [*agreed, *map(as_exact, estimates)]
    marks = [
        Marks(number, f"R{number}", [50], agreed=(total, 0) if number < len(agreed) else None)
        for number, total in enumerate(meant)
    ]
    adjusted = {number: float(total) for number, total in enumerate(meant)}
    rules = Rules(decides_by="adjusted", tie_break="draw", minimum_total=60)
    for row in stand(marks, rules, adjusted=adjusted):
        above = [total for total in meant if total >= 60]
        assert bool(row.short_of) == (meant[row.entry] < 60)
        if not row.short_of:
            assert row.place == 1 + sum(total > meant[row.entry] for total in above)
            assert row.level == above.count(meant[row.entry])


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.integers(0, 42), min_size=3, max_size=3), min_size=4, max_size=7))
def test_chance_parts_no_pitches_to_which_the_same_judges_gave_the_same(given_to: list) -> None:
    """Estimated totals are drawn, and yet the sealed tie-break decides between equals."""
    given_to = [*given_to, given_to[0]]
    reviews = [
        (entry, member, Fraction(100 * points, 42))
        for entry, own in enumerate(given_to)
        for member, points in enumerate(own)
    ]
    places = {place.entry: place for place in look_at(reviews).places}
    first, last = places[0], places[len(given_to) - 1]
    for name in ("score", "place", "low", "high", "best", "worst", "raw", "raw_place"):
        assert getattr(first, name) == getattr(last, name), name
    marks = [
        Marks(entry, f"R{entry}", [Fraction(100 * points, 42) for points in own])
        for entry, own in enumerate(given_to)
    ]
    scores = {entry: place.score for entry, place in places.items()}
    rules = Rules(decides_by="adjusted", tie_break="draw")
    rows = {row.entry: row for row in stand(marks, rules, adjusted=scores)}
    assert rows[0].place == rows[len(given_to) - 1].place
    assert rows[0].level > 1


def test_an_estimate_that_looks_like_the_minimum_and_is_below_it_is_short() -> None:
    rules = Rules(decides_by="adjusted", minimum_total=60)
    below = [Marks(3, "C", [50], agreed=(Fraction(59_996, 1000), 0))]
    [row] = stand(below, rules, adjusted={3: 70.0})
    assert row.short_of == ("total 59.996, at least 60 needed",)
    [row] = stand([Marks(4, "D", [50])], rules, adjusted={4: 59.996})
    assert row.short_of == ("total 59.996, at least 60 needed",)
    [row] = stand([Marks(4, "D", [50])], rules, adjusted={4: 60 - 1e-13})
    assert not row.short_of, "no more than the noise of a float"


def test_judges_who_all_give_the_same_agree_on_nothing_that_can_be_told() -> None:
    for total in (Fraction(100, 3), Fraction(599, 7), Fraction(41)):
        assert krippendorff_alpha([float(total)] * 9, [0, 0, 0, 1, 1, 1, 2, 2, 2]) is None


# --- With a stage -----------------------------------------------------------------------


def stage_of_thirds(entries: int = 1, **rules: object) -> Stage:
    """A closed stage with criteria 3 : 2 : 2 on a scale of 6, and so many pitches."""
    call = make_call()
    stage = call.first_stage
    stage.rulebooks.all().delete()
    Criterion.objects.create(stage=stage, sort_order=2, name="Cost", weight=2, scale=SCALE)
    for name, weight in zip(("Impact", "Feasibility"), WEIGHTS, strict=False):
        stage.criteria.filter(name=name).update(weight=weight, scale=SCALE)
    Stage.objects.filter(pk=stage.pk).update(**rules)
    seal_rulebook(Stage.objects.select_related("call").get(pk=stage.pk))
    for _ in range(entries):
        submit_pitch(make_entry(call=call))
    return close_stage(stage)


def review(entry: Entry, values: list[Review], judges: list) -> None:
    criteria = [each["id"] for each in entry.rulebook.content["criteria"]]
    for judge, given_values in zip(judges, values, strict=True):
        scores = {pk: (v, "Good.") for pk, v in zip(criteria, given_values, strict=True)}
        write_review(assign(judge, entry), scores=scores)


@pytest.mark.django_db
def test_a_pitch_that_reaches_the_minimum_exactly_can_be_awarded() -> None:
    stage = stage_of_thirds(minimum_total=40)
    officer, entry = make_officer(), stage.entries.get()
    review(entry, MEAN_OF_40, [make_judge(stage) for _ in MEAN_OF_40])
    [row] = table_of(stage).standings
    assert (row.total, row.place, row.short_of) == (40, 1, ())
    award = {"outcome": "awarded", "reason": "Good.", "amount": Decimal(10)}
    decide(stage=stage, entries=[entry], actor=officer, **award)
    release(stage, officer)


@pytest.mark.django_db
def test_pitches_with_the_same_points_are_parted_by_the_sealed_tie_break() -> None:
    stage = stage_of_thirds(2)
    first, second = stage.entries.order_by("pk")
    judges = [make_judge(stage) for _ in range(3)]
    # 10, 10 and 10 of 42 points against 9, 10 and 11: the same sum, rounded two ways.
    review(first, [(2, 2, 0), (2, 2, 0), (2, 2, 0)], judges)
    review(second, [(3, 0, 0), (2, 2, 0), (3, 1, 0)], judges)
    rows = table_of(stage).standings
    assert rows[0].total == rows[1].total == Fraction(500, 21)
    assert [row.entry for row in rows] == [second.pk, first.pk]
    assert all(row.by_tie for row in rows)
    page = signed_in(make_officer()).get(url("ranking", stage.pk)).content.decode()
    assert page.count("On the heaviest criteria:") == 2


@pytest.mark.django_db
def test_neighbours_that_look_alike_are_shown_more_finely_and_the_same_everywhere() -> None:
    stage = stage_of_thirds(2)
    first, second = stage.entries.order_by("pk")
    judges = [make_judge(stage) for _ in range(3)]
    review(first, [(2, 2, 0), (2, 2, 0), (2, 2, 0)], judges)
    review(second, [(2, 2, 0), (2, 2, 0), (2, 2, 0)], judges)
    Assignment.objects.filter(entry=first, member=judges[0]).update(total=Decimal("23.82"))
    officer = make_officer()
    page = signed_in(officer).get(url("ranking", stage.pk)).content.decode()
    rows = table_of(stage).standings
    shown = [fixed(row.total, 3) for row in rows]
    assert shown[0] != shown[1]
    assert all(figure in page for figure in shown)


@pytest.mark.django_db
def test_an_export_and_a_list_read_the_exact_mean(world: World) -> None:
    entry = world.entry
    judges = [world.judge, make_judge(world.stage), make_judge(world.stage)]
    world.assignment.delete()
    for judge, value in zip(judges, (1, 2, 2), strict=True):
        write_review(assign(judge, entry), value)
    Assignment.objects.filter(entry=entry).update(total=Decimal("59.95"), exact_total="59947/1000")
    rows = entries_with_reviews(Entry.objects.filter(pk=entry.pk))
    with_exact_means(rows)
    assert rows[0].mean == Fraction(59_947, 1000)
    (row,) = rows_of(entries_with_reviews(Entry.objects.filter(pk=entry.pk)))
    assert GENERAL["Mean (0 to 100)"](row) == 59.95
    page = signed_in(world.officer).get(url("pitches")).content.decode()
    assert ">59.9<" in page.replace("\n", "").replace(" ", "")


@pytest.mark.django_db
def test_what_the_meeting_agrees_counts_without_any_review(world: World) -> None:
    """All who read it are recused; the panel has talked about it all the same."""
    Stage.objects.filter(pk=world.stage.pk).update(minimum_total=60)
    write_review(world.assignment, 1)
    recuse(world.judge, Assignment.objects.filter(pk=world.assignment.pk), world.officer)
    write_review(assign(make_judge(world.stage), world.entries[1]), 2)
    services.open_meeting(stage=world.stage, actor=world.officer)
    criteria = world.entry.rulebook.content["criteria"]
    services.agree(
        entry=world.entry,
        scores={each["id"]: (5, "We agree.") for each in criteria},
        version=0,
        actor=world.officer,
    )
    rows = table_of(world.stage).standings
    assert [(row.entry, row.total, row.place, row.reviews) for row in rows] == [
        (world.entry.pk, 100, 1, 0),
        (world.entries[1].pk, 40, 2, 1),
    ]
    officer = signed_in(world.officer)
    for page in (url("ranking", world.stage.pk), url("decision", world.entry.pk)):
        assert "Agreed in the meeting, no review" in officer.get(page).content.decode()
    award = {"outcome": "awarded", "reason": "Good.", "amount": Decimal(10)}
    decide(stage=world.stage, entries=[world.entry], actor=world.officer, **award)


@pytest.mark.django_db
def test_rows_from_before_get_their_exact_total(world: World) -> None:
    write_review(world.assignment, 2)
    stage = stage_of_thirds()
    entry = stage.entries.get()
    review(entry, MEAN_OF_40, [make_judge(stage) for _ in MEAN_OF_40])
    expected = dict(Assignment.objects.values_list("pk", "exact_total"))
    odd = Assignment.objects.filter(entry=entry).first()
    Assignment.objects.update(exact_total="")
    Assignment.objects.filter(pk=odd.pk).update(total=99)
    move = import_module("challenges.judging.migrations.0012_keep_exact_totals")
    move.keep_exact_totals(apps, None)
    found = dict(Assignment.objects.values_list("pk", "exact_total"))
    assert found == {**expected, odd.pk: ""}
    assert Assignment.objects.get(pk=odd.pk).exact == 99
    assert not Agreement.objects.exists()


@pytest.mark.django_db
def test_only_reviews_that_no_tie_bars_were_taken_back(world: World) -> None:
    tied = assign(make_judge(world.stage), world.entry)
    tied.member.conflicts.create(entry=world.entry, nature="A sister works there.")
    Assignment.objects.update(state=AssignmentState.RECUSED)
    move = import_module("challenges.judging.migrations.0012_keep_exact_totals")
    move.tell_take_backs(apps, None)
    taken = Assignment.objects.filter(taken_back=True).values_list("pk", flat=True)
    assert list(taken) == [world.assignment.pk]


def test_a_total_written_without_its_fraction_stands_as_it_is() -> None:
    assert exact_total(Decimal("33.33"), "100/3") == Fraction(100, 3)
    assert exact_total(Decimal("33.33"), "") == Fraction("33.33")
    assert exact_total(Decimal("10.00"), "100/3") == 10


def test_a_half_that_was_rounded_down_long_ago_is_exact_again() -> None:
    """Sums of ninths came out a hair under 53.125, in as many digits as there were."""
    values, weights, scales = (5, 5, 3), (25, 15, 40), (6, 9, 9)
    shares = zip(values, weights, scales, strict=True)
    was = Decimal(100 * sum(Decimal(w) * v / s for v, w, s in shares) / sum(weights))
    assert f"{was:.2f}" == "53.12"
    exact = weighted_total(values, weights, scales)
    assert exact_total(Decimal("53.12"), str(exact)) == exact == Fraction(425, 8)


def test_the_heaviest_mean_is_exact_too() -> None:
    assert heaviest_mean((1, 1), (2, 2), (3, 6)) == 25
    assert weighted_total((1,), (7,), (3,)) == Fraction(100, 3)
