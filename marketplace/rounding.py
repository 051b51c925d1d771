"""Numbers to so many decimal places: the one way in which scores are rounded, for show only.

Sums are done in exact fractions to the end; who shows a figure rounds it here, half up, as people
round. So a number reads the same on every page, in every mail, letter and spreadsheet. No Django.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

Number = Fraction | Decimal | int | float

LARGEST_DENOMINATOR = 1_000_000
"""Of a fraction that a float stands for: floats near 100 tell all such fractions apart."""

MOST_PLACES = 12
"""Beyond this, two figures that look alike are left so."""


def as_exact(number: Number) -> Fraction:
    """The number as a fraction; a float as the simplest fraction that it stands for."""
    if type(number) is Fraction:  # `isinstance` is slow for it, and tables ask thousands of times
        return number
    return _of_float(number) if isinstance(number, float) else Fraction(number)


@lru_cache(maxsize=2**14)
def _of_float(number: float) -> Fraction:
    return Fraction(number).limit_denominator(LARGEST_DENOMINATOR)


def half_up(number: Number, places: int = 2) -> Decimal:
    """Rounded to so many decimal places, halves away from nought.

    A float is read as it prints (2.675 is 2.675), not as the binary number next to it.
    """
    exact = Fraction(repr(number)) if isinstance(number, float) else as_exact(number)
    # In whole numbers: sums of fractions take five times as long, and lists ask for hundreds.
    above, below = exact.as_integer_ratio()
    steps = (2 * abs(above) * 10**places + below) // (2 * below)
    return Decimal(steps if above >= 0 else -steps).scaleb(-places)


def fixed(number: Number, places: int = 1) -> str:
    """As `half_up`, written out: "62.3"; never "-0.0"."""
    rounded = half_up(number, places)
    return f"{rounded if rounded else abs(rounded):.{places}f}"


def plain(number: Number, places: int = 1) -> str:
    """As `fixed`, whole numbers without the places: "5", "2.5"."""
    return fixed(number, places).removesuffix("." + "0" * places)


def places_to_tell(numbers: Iterable[Number | None], least: int = 1) -> int:
    """How many decimal places a list needs so that no two different numbers in it look alike.

    Args:
        numbers: in any order; None where a row has none.
        least: the fewest places; a list whose neighbours look alike has two at the least.
    """
    ordered = sorted({Fraction(number) for number in numbers if number is not None})
    places = least
    for one, other in pairwise(ordered):
        while places < MOST_PLACES and half_up(one, places) == half_up(other, places):
            places = max(places + 1, 2)
    return places
