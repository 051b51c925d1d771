"""Panels with known quality, to measure rankings by. Sizes, spreads and seeds are given."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import kendalltau

from challenges.judging.adjustment import adjust

ACROSS = 0.05
"""Of the reviews in themed panels, by judges of another track."""

TRACK_GAP = 1.2
"""Between tracks, before quality is brought back to a spread of 1. With it, raw means reach a tau
of about 0.57 and scores standardised for each judge 0.40: the harm that tracks make."""

KINDS = ("plain", "themed", "alike", "heavy tails", "a judge who gives all 7", "drift", "missing")


@dataclass(frozen=True)
class Figures:
    """Kendall's tau and recall of the best tenth, raw and adjusted; share of true ranks inside
    the 90% intervals."""

    raw_tau: float
    tau: float
    raw_recall: float
    recall: float
    coverage: float


def panel(kind: str, seed: int, pitches: int = 300, judges: int = 40, reviews: int = 3):
    """(scores 1 to 10, pitch numbers, judge numbers, tracks or None, true quality)."""
    chance = np.random.default_rng(seed)
    quality = chance.normal(size=pitches)
    tracks = None
    theme = np.arange(judges) % 3
    if kind == "themed":
        tracks = chance.integers(0, 3, pitches)
        quality = quality + TRACK_GAP * (tracks - 1)
        quality = quality / quality.std()
    i, j = _share_out(chance, pitches, judges, reviews, tracks, theme)
    alike = kind == "alike"
    severity = np.zeros(judges) if alike else chance.normal(size=judges)
    scale = np.ones(judges) if alike else chance.uniform(0.6, 1.4, judges)
    noise = chance.standard_t(2.5, len(i)) if kind == "heavy tails" else chance.normal(size=len(i))
    scores = 5.5 + severity[j] + scale[j] * quality[i] + noise
    if kind == "a judge who gives all 7":
        scores[np.isin(j, [0, 1])] = 7
    if kind == "drift":
        scores = scores - chance.permutation(len(i)) / len(i)
    scores = np.clip(np.round(scores), 1, 10)
    if kind == "missing":
        kept = chance.random(len(i)) > 0.15
        i, j, scores = i[kept], j[kept], scores[kept]
    return scores, i, j, tracks, quality


def _share_out(chance, pitches, judges, reviews, tracks, theme):
    """Evenly; where there are tracks, each review crosses to another with `ACROSS`."""
    load, i, j = np.zeros(judges), [], []
    for pitch in chance.permutation(pitches):
        order = load + 0.9 * chance.random(judges)
        away = np.zeros(judges, bool) if tracks is None else theme != tracks[pitch]
        crossing = 0 if tracks is None else chance.binomial(reviews, ACROSS)
        inside = np.argsort(order + 1000 * away)[: reviews - crossing]
        outside = np.argsort(order + 1000 * ~away)[:crossing]
        for judge in (*inside, *outside):
            i.append(pitch)
            j.append(judge)
            load[judge] += 1
    return np.array(i), np.array(j)


def measure(kind: str, panels: int, seed: int = 1000, **size: int) -> Figures:
    """Means over so many panels; ties are broken at random before tau is taken."""
    rows = []
    for number in range(panels):
        scores, i, j, _, quality = panel(kind, seed + number, **size)
        n = len(quality)
        tie = 1e-6 * np.random.default_rng(seed + number).random(n)
        raw = np.bincount(i, scores, n) / np.maximum(np.bincount(i, minlength=n), 1)
        found = adjust(scores, i, j)
        best = set(np.argsort(-quality)[: n // 10])
        truth = n - np.argsort(np.argsort(quality))
        inside = (found.rank_low <= truth) & (truth <= found.rank_high)
        rows.append(
            (
                kendalltau(raw + tie, quality)[0],
                kendalltau(found.score + tie, quality)[0],
                len(best & set(np.argsort(-(raw + tie))[: n // 10])) / len(best),
                len(best & set(np.argsort(-(found.score + tie))[: n // 10])) / len(best),
                inside.mean(),
            )
        )
    return Figures(*(float(value) for value in np.mean(rows, axis=0)))
