"""Totals and places, against references in plain Python."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from statistics import fmean, pstdev

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from challenges.calls.models import Stage, TieBreak
from challenges.judging.models import Assignment, AssignmentState, ranked
from challenges.judging.ranking import heaviest_mean, weighted_total
from challenges.pitches.models import Entry, EntryState, Pitch
from tests.factories import OrganisationFactory, assign, close_stage, make_call, make_judge
from tests.judging.conftest import World, write_review

criteria = st.lists(
    st.tuples(st.integers(1, 100), st.integers(1, 10)).flatmap(
        lambda c: st.tuples(st.integers(0, c[1]), st.just(c[0]), st.just(c[1]))
    ),
    min_size=1,
    max_size=6,
)


@given(criteria)
def test_total_is_the_weighted_mean_of_shares(rows: list[tuple[int, int, int]]) -> None:
    values, weights, scales = zip(*rows, strict=True)
    exact = sum(Fraction(w * v, s) for v, w, s in rows) * 100 / sum(weights)
    total = weighted_total(values, weights, scales)
    assert 0 <= total <= 100
    assert abs(Fraction(total) - exact) <= Fraction(1, 200)


@given(criteria, st.data())
def test_a_higher_score_never_lowers_the_total(rows: list, data: st.DataObject) -> None:
    values, weights, scales = (list(column) for column in zip(*rows, strict=True))
    place = data.draw(st.integers(0, len(rows) - 1))
    before = weighted_total(values, weights, scales)
    values[place] = data.draw(st.integers(values[place], scales[place]))
    assert weighted_total(values, weights, scales) >= before


@given(criteria, st.integers(2, 9))
def test_weights_are_shares_whatever_their_unit(rows: list, times: int) -> None:
    values, weights, scales = zip(*rows, strict=True)
    scaled = [weight * times for weight in weights]
    assert weighted_total(values, weights, scales) == weighted_total(values, scaled, scales)


@given(criteria)
def test_the_heaviest_mean_is_that_of_the_heaviest_alone(rows: list[tuple[int, int, int]]) -> None:
    values, weights, scales = zip(*rows, strict=True)
    shares = [Fraction(100 * v, s) for v, w, s in rows if w == max(weights)]
    expected = float(sum(shares) / len(shares))
    assert heaviest_mean(values, weights, scales) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "weights", "scales"),
    [([], [], []), ([1], [1, 2], [5]), ([6], [1], [5]), ([-1], [1], [5])],
)
def test_what_is_not_a_review_has_no_total(values: list, weights: list, scales: list) -> None:
    with pytest.raises(ValueError):
        weighted_total(values, weights, scales)


def make_ranking(stage: Stage, totals: list[list[int]], judges: list) -> list[Entry]:
    """An entry for each list of scores (0 to 5 on the heaviest criterion, 0 on the other)."""
    made = []
    for scores in totals:
        pitch = Pitch.objects.create(call=stage.call, organisation=OrganisationFactory(), title="T")
        entry = Entry.objects.create(
            pitch=pitch, stage=stage, rulebook=stage.rulebook, state=EntryState.SUBMITTED
        )
        for judge, (total, heavy) in zip(judges, scores, strict=False):
            Assignment.objects.create(
                member=judge,
                entry=entry,
                state=AssignmentState.SUBMITTED,
                total=total,
                tie_score=100 * heavy / 5,
            )
        made.append(entry)
    return made


def reference(totals: list[list[tuple[Decimal, int]]], breaks: bool) -> list[int | None]:
    keys = [
        (
            sum(Fraction(total) for total, _ in scores) / len(scores),
            Fraction(sum(heavy for _, heavy in scores), len(scores)) if breaks else 0,
        )
        if scores
        else None
        for scores in totals
    ]
    return [
        None if key is None else 1 + sum(other is not None and other > key for other in keys)
        for key in keys
    ]


class PlacesTest(TestCase):
    """Hypothesis with the database: each example in a transaction of its own."""

    scores = st.lists(
        st.lists(
            st.tuples(
                st.decimals(0, 100, places=2) | st.sampled_from([Decimal("33.33"), Decimal("50")]),
                st.integers(0, 5),
            ),
            max_size=3,
        ),
        min_size=1,
        max_size=5,
    )

    @given(scores, st.sampled_from(TieBreak.values))
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_places_equal_the_reference(self, totals: list, tie_break: str) -> None:
        stage = close_stage(make_call().first_stage)
        Stage.objects.filter(pk=stage.pk).update(tie_break=tie_break)
        judges = [make_judge(stage) for _ in range(3)]
        entries = make_ranking(stage, totals, judges)
        found = {entry.pk: entry for entry in ranked(Entry.objects.filter(stage=stage))}
        expected = reference(totals, tie_break == TieBreak.HEAVIEST_CRITERION)
        assert [found[entry.pk].place for entry in entries] == expected
        for entry, scores in zip(entries, totals, strict=True):
            row = found[entry.pk]
            figures = [float(total) for total, _ in scores]
            assert row.reviews == len(figures)
            if figures:
                assert float(row.mean) == pytest.approx(fmean(figures))
                assert float(row.spread) == pytest.approx(pstdev(figures), abs=1e-6)
                assert (float(row.lowest), float(row.highest)) == (min(figures), max(figures))
                assert row.level == expected.count(row.place)


@pytest.mark.django_db
def test_places_of_level_entries() -> None:
    stage = close_stage(make_call().first_stage)
    Stage.objects.update(tie_break=TieBreak.PANEL)
    judge = make_judge(stage)
    make_ranking(stage, [[(90, 5)], [(80, 1)], [(80, 5)], [(10, 5)], []], [judge])
    rows = ranked(Entry.objects.filter(stage=stage))
    assert [(row.place, row.level) for row in rows][:4] == [(1, 1), (2, 2), (2, 2), (4, 1)]
    assert rows[4].place is None


@pytest.mark.django_db
def test_the_heaviest_criterion_parts_level_entries() -> None:
    stage = close_stage(make_call().first_stage)
    judge = make_judge(stage)
    low, high, same = make_ranking(stage, [[(80, 1)], [(80, 5)], [(80, 5)]], [judge])
    rows = {row.pk: row for row in ranked(Entry.objects.filter(stage=stage))}
    assert (rows[high.pk].place, rows[same.pk].place, rows[low.pk].place) == (1, 1, 3)
    assert rows[high.pk].tie_mean == 100
    assert rows[low.pk].tie_mean == 20


@pytest.mark.django_db
def test_recused_and_unfinished_reviews_count_nowhere(world: World) -> None:
    write_review(world.assignment, 5)
    second, third = make_judge(world.stage), make_judge(world.stage)
    assign(second, world.entry)
    recused = assign(third, world.entry)
    Assignment.objects.filter(pk=recused.pk).update(state=AssignmentState.RECUSED, total=0)
    row = ranked(Entry.objects.filter(pk=world.entry.pk)).get()
    assert (row.mean, row.reviews, row.place) == (100, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("many", [1, 12])
def test_the_ranking_is_one_query(many: int, django_assert_num_queries: Callable) -> None:
    stage = close_stage(make_call().first_stage)
    make_ranking(stage, [[(50, 3)]] * many, [make_judge(stage)])
    with django_assert_num_queries(1):
        assert len(ranked(Entry.objects.filter(stage=stage))) == many
