"""From scores to one figure a review. Pure functions: no Django, no database.

Source: the additive weighted model of multi-criteria analysis, as in HM Treasury's Green Book
supplementary guidance on multi-criteria decision analysis (2024): each score is put on one
common scale, then weighted by its criterion's share.

Figures are exact fractions: places, minimums and ties compare them as they are, so that three
reviews whose mean is 60 reach a minimum of 60, and pitches that are level are seen to be.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from marketplace.rounding import half_up

SHOWN_TO = 2
"""Decimal places of the total that is kept to be shown, beside the exact one."""

HALF_A_STEP = Fraction(1, 2 * 10**SHOWN_TO)
"""Between what is shown and what it stands for, at most."""


def weighted_total(
    values: Sequence[int], weights: Sequence[int], scales: Sequence[int]
) -> Fraction:
    """The weighted mean of one review, from 0 to 100, exactly.

    Args:
        values: score on each criterion, from 0 to its scale.
        weights: weight of each criterion, positive, in any unit.
        scales: highest score of each criterion, positive.

    Raises:
        ValueError: lengths differ, nothing is scored, or a value is off its scale.
    """
    _check(values, weights, scales)
    shares = sum(
        Fraction(weight * value, scale)
        for value, weight, scale in zip(values, weights, scales, strict=True)
    )
    return Fraction(100 * shares, sum(weights))


def heaviest_mean(values: Sequence[int], weights: Sequence[int], scales: Sequence[int]) -> Fraction:
    """The mean of one review on its heaviest criteria (often just one), from 0 to 100, exactly.

    Args and errors: as `weighted_total`.
    """
    _check(values, weights, scales)
    heaviest = max(weights)
    shares = [
        Fraction(100 * value, scale)
        for value, weight, scale in zip(values, weights, scales, strict=True)
        if weight == heaviest
    ]
    return sum(shares, Fraction(0)) / len(shares)


def kept_figures(
    values: Sequence[int], weights: Sequence[int], scales: Sequence[int]
) -> dict[str, Any]:
    """What a row keeps of one review, or of what was agreed: `total` to two places, to be shown;
    `exact_total`, the same as a fraction ("899/15"); `tie_score`, the mean on the heaviest
    criteria, a float that stands for a fraction with a small denominator.

    Args and errors: as `weighted_total`.
    """
    total = weighted_total(values, weights, scales)
    return {
        "total": half_up(total, SHOWN_TO),
        "exact_total": str(total),
        "tie_score": float(heaviest_mean(values, weights, scales)),
    }


@lru_cache(maxsize=2**16)
def exact_total(total: Decimal, kept: str) -> Fraction:
    """The exact total of a row that keeps `kept` beside `total`.

    A total that was written without its fraction, or over another's, stands as it is. One that
    was rounded before fractions were kept may be half a step off, to the other side too.
    """
    exact, shown = Fraction(kept or total), Fraction(total)
    return exact if abs(exact - shown) <= HALF_A_STEP else shown


def _check(values: Sequence[int], weights: Sequence[int], scales: Sequence[int]) -> None:
    if not values or not len(values) == len(weights) == len(scales):
        raise ValueError("give one value, one weight and one scale for each criterion")
    for value, scale in zip(values, scales, strict=True):
        if not 0 <= value <= scale:
            raise ValueError(f"{value} is not on the scale from 0 to {scale}")
