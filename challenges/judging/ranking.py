"""From scores to one figure a review. Pure functions: no Django, no database.

Source: the additive weighted model of multi-criteria analysis, as in HM Treasury's Green Book
supplementary guidance on multi-criteria decision analysis (2024): each score is put on one
common scale, then weighted by its criterion's share.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def weighted_total(values: Sequence[int], weights: Sequence[int], scales: Sequence[int]) -> Decimal:
    """The weighted mean of one review, from 0 to 100, to two places.

    Args:
        values: score on each criterion, from 0 to its scale.
        weights: weight of each criterion, positive, in any unit.
        scales: highest score of each criterion, positive.

    Raises:
        ValueError: lengths differ, nothing is scored, or a value is off its scale.
    """
    _check(values, weights, scales)
    shares = sum(
        Decimal(weight) * value / scale
        for value, weight, scale in zip(values, weights, scales, strict=True)
    )
    total = 100 * shares / sum(weights)
    return Decimal(total).quantize(Decimal("0.01"), ROUND_HALF_UP)


def heaviest_mean(values: Sequence[int], weights: Sequence[int], scales: Sequence[int]) -> float:
    """The mean of one review on its heaviest criteria (often just one), from 0 to 100.

    Args and errors: as `weighted_total`.
    """
    _check(values, weights, scales)
    heaviest = max(weights)
    shares = [
        100 * value / scale
        for value, weight, scale in zip(values, weights, scales, strict=True)
        if weight == heaviest
    ]
    return sum(shares) / len(shares)


def _check(values: Sequence[int], weights: Sequence[int], scales: Sequence[int]) -> None:
    if not values or not len(values) == len(weights) == len(scales):
        raise ValueError("give one value, one weight and one scale for each criterion")
    for value, scale in zip(values, scales, strict=True):
        if not 0 <= value <= scale:
            raise ValueError(f"{value} is not on the scale from 0 to {scale}")
