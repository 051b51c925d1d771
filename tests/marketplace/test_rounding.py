"""One reading of a number: half up, from the exact value, wherever it is shown."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from cms.templatetags.desk import figure
from marketplace.rounding import as_exact, fixed, half_up, places_to_tell, plain
from marketplace.templatetags.formats import score

scores = st.fractions(0, 100, max_denominator=100_800)


@pytest.mark.parametrize(
    ("number", "places", "shown"),
    [
        (Decimal("62.25"), 1, "62.3"),
        (62.25, 1, "62.3"),
        (Fraction(249, 4), 1, "62.3"),
        (2.675, 2, "2.68"),
        (Fraction(59_947, 1000), 1, "59.9"),
        (-0.04, 1, "0.0"),
        (Fraction(-1, 2), 0, "-1"),
        (0, 1, "0.0"),
        (99.96, 1, "100.0"),
    ],
)
def test_halves_go_up(number: object, places: int, shown: str) -> None:
    assert fixed(number, places) == shown


@given(st.decimals(-1000, 1000, places=6), st.integers(0, 5))
def test_it_is_as_decimals_round(number: Decimal, places: int) -> None:
    assert half_up(number, places) == number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@given(scores, st.integers(0, 4))
def test_a_number_reads_the_same_wherever_it_stands(number: Fraction, places: int) -> None:
    shown = fixed(number, places)
    assert abs(Fraction(shown) - number) <= Fraction(1, 2 * 10**places)
    assert score(number, places) == figure(number, places) == shown
    template = Template("{% load formats %}{{ number|score:places }}")
    assert template.render(Context({"number": number, "places": places})) == shown


@given(scores)
def test_a_float_stands_for_its_fraction(number: Fraction) -> None:
    assert as_exact(float(number)) == number


@given(st.lists(scores | st.none(), max_size=8), st.integers(0, 3))
def test_no_two_different_numbers_of_a_list_look_alike(numbers: list, least: int) -> None:
    places = places_to_tell(numbers, least)
    known = {number for number in numbers if number is not None}
    assert places >= least
    assert len({fixed(number, places) for number in known}) == len(known)


def test_a_list_has_two_places_only_where_neighbours_look_alike() -> None:
    assert places_to_tell([Fraction(601, 10), Fraction(60), Fraction(60)]) == 1
    assert places_to_tell([Fraction(6004, 100), Fraction(60)]) == 2
    assert places_to_tell([Fraction(60) - Fraction(1, 300), Fraction(60)]) == 3
    assert places_to_tell([]) == 1


def test_whole_numbers_may_go_without_places() -> None:
    assert [plain(Fraction(5)), plain(2.5), plain(Fraction(10, 3))] == ["5", "2.5", "3.3"]
