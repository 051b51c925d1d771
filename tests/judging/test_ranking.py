"""Totals of one review, against references in plain Python."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.judging.ranking import heaviest_mean, weighted_total

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
