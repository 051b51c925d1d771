"""How far judges agree, as figures and in words. Pure; no Django."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def krippendorff_alpha(scores: Sequence[float], units: Sequence[int]) -> float | None:
    """Alpha for interval data, with as many missing scores as there are.

    K. Krippendorff, “Computing Krippendorff’s Alpha-Reliability” (2011): one minus observed over
    expected disagreement, both as squared differences. 1 is full agreement, 0 what chance gives.

    Args:
        scores: of each review; `units`: which pitch, as numbers from 0.

    Returns:
        None where no pitch has two scores or all scores are equal.
    """
    y, unit = np.asarray(scores, dtype=float), np.asarray(units)
    if not len(y):
        return None
    count = np.bincount(unit)
    paired = count[unit] >= 2
    y, unit = y[paired], unit[paired]
    if len(y) < 2 or y.min() == y.max():
        return None
    count = np.bincount(unit).astype(float)
    sums, squares = np.bincount(unit, y), np.bincount(unit, y * y)
    used = count >= 2
    # Σ over pairs of (a − b)² in a unit is 2(m Σa² − (Σa)²).
    within = 2 * (count * squares - sums**2)[used] / (count[used] - 1)
    observed = within.sum() / len(y)
    expected = 2 * (len(y) * (y * y).sum() - y.sum() ** 2) / (len(y) * (len(y) - 1))
    return None if expected <= 0 else float(1 - observed / expected)


def icc(table: Floats) -> tuple[float, float]:
    """ICC(1,1) and ICC(2,1) of a full table (pitches × judges).

    P. E. Shrout and J. L. Fleiss, “Intraclass correlations”, Psychological Bulletin 86 (1979):
    one-way random, and two-way random with judges as a sample, both for single scores.

    Raises:
        ValueError: fewer than two pitches or judges.
    """
    n, k = table.shape
    if n < 2 or k < 2:
        raise ValueError("give at least two pitches and two judges")
    grand = table.mean()
    between = k * ((table.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    within = ((table - table.mean(axis=1, keepdims=True)) ** 2).sum() / (n * (k - 1))
    judges = n * ((table.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    rest = ((table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + grand) ** 2).sum() / (
        (n - 1) * (k - 1)
    )
    one = (between - within) / (between + (k - 1) * within)
    two = (between - rest) / (between + (k - 1) * rest + k * (judges - rest) / n)
    return float(one), float(two)


def in_words(alpha: float | None) -> str:
    """What an alpha says of a panel. The steps are ours; Krippendorff asks 0.8 of measurements."""
    if alpha is None:
        return "can’t be told: too few pitches were read by two judges"
    steps = ((0.8, "very close"), (0.6, "good"), (0.4, "fair"), (0.2, "weak"))
    return next((words for least, words in steps if alpha >= least), "hardly better than chance")
