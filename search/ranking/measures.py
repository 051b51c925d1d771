"""How good a ranking is, against judgements: the measures of TREC's `trec_eval`.

Each takes the documents as ranked, best first, and the grade of each judged one (0: not
relevant), and gives a share from 0 to 1.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Measure = Callable[[Sequence[str], Mapping[str, int]], float]
RESAMPLES = 10_000


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Gain discounted by place, as a share of the best order's (Järvelin and Kekäläinen, 2002)."""
    best = _gain(sorted(grades.values(), reverse=True)[:depth])
    return _gain([grades.get(each, 0) for each in ranked[:depth]]) / best if best else 0.0


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 50) -> float:
    wanted = _relevant(grades)
    return len(wanted.intersection(ranked[:depth])) / len(wanted) if wanted else 0.0


def average_precision(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    wanted = _relevant(grades)
    places = [place for place, each in enumerate(ranked, start=1) if each in wanted]
    precisions = (found / place for found, place in enumerate(places, start=1))
    return sum(precisions) / len(wanted) if wanted else 0.0


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    wanted = _relevant(grades)
    return next((1 / place for place, each in enumerate(ranked, 1) if each in wanted), 0.0)


MEASURES: Mapping[str, Measure] = {
    "nDCG@10": ndcg,
    "recall@50": recall,
    "MAP": average_precision,
    "MRR": reciprocal_rank,
}


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, and the ends of its 95% interval by bootstrap over queries; the seed is fixed.

    Give it the differences of two rankings, query by query, for a paired comparison.
    """
    sample: NDArray[np.float64] = np.asarray(values, float)
    chance = np.random.default_rng(0)
    picks = chance.integers(0, len(sample), (RESAMPLES, len(sample)))
    low, high = np.percentile(sample[picks].mean(axis=1), [2.5, 97.5])
    return float(sample.mean()), float(low), float(high)


def _gain(grades: Sequence[int]) -> float:
    return float(sum(grade / np.log2(place + 1) for place, grade in enumerate(grades, start=1)))


def _relevant(grades: Mapping[str, int]) -> set[str]:
    return {each for each, grade in grades.items() if grade > 0}
