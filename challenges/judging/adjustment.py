"""Scores corrected for harsh and lenient judges, with how sure one can be. No Django.

Model: the score that judge j gives pitch i of track t is

    y = m[t] + b[j] + s[j] · q[i] + e,   e ~ σ · Student-t(ν)

with q ~ N(0, σq²) the pitch's quality within its track, b ~ N(0, σb²) the judge's severity,
s ~ N(1, σs²) how widely the judge uses the scale, and m a free level of each track: a mean over
all tracks would punish whoever was read by the judges of a strong one. Tracks are found from who
read what (`tracks.py`). What is reported is m + q, as the mean of its conditional means (Gelfand
and Smith, JASA 85, 1990), which is steadier than that of the draws. Everything is drawn from its
posterior by Gibbs sampling (Geman and Geman 1984; the additive part is the two-way mixed model of
Searle, Casella and McCulloch, “Variance Components”, 1992; Student-t errors as scale mixtures of
normals, Lange, Little and Taylor, JASA 84, 1989, with ν learnt), so the intervals come from draws
and not from a bootstrap, which says too little from three reviews.

Pitches to which the same judges gave the same come out the same, so that the sealed tie-break
parts them and not the chance of the draws.

Without judge effects σb shrinks towards nothing and the result is the raw mean, drawn in by how
few reviews there are. A judge who gives everybody the same says nothing: s goes to nought.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import gammaln

from challenges.judging.tracks import find_tracks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRAWS, BURN_IN = 400, 150
FREEDOM = np.array([3.0, 5.0, 10.0, 40.0])
"""What ν may be: from tails so heavy that an odd score moves nothing, to hardly any."""

TAIL_CONSTANT = gammaln((FREEDOM + 1) / 2) - gammaln(FREEDOM / 2) - np.log(FREEDOM * np.pi) / 2
"""Of Student's density for each ν."""

SCALE_SPREAD = 0.3
"""σs before anything is known."""

SEED = 20171107
METHOD = "additive-severity-scale-t8-tracks/3"
"""Name and version, kept beside results so that an auditor can compute them again."""


class NotComparable(ValueError):
    """Some pitches share no judges, even through others, with the rest: nothing links them."""


@dataclass(frozen=True)
class Adjusted:
    """Results by pitch (n) and by judge (k), in the order of their numbers.

    `score` (n) on the scale of what was given; `low`, `high` (n) its 90% interval; `rank_low`,
    `rank_high` (n) that of its place, 1 the best; `severity` (k) below 0 for a harsh judge, with
    `severity_low`, `severity_high`; `scale` (k) above 1 for one who spreads scores widely.
    """

    score: Floats
    low: Floats
    high: Floats
    rank_low: Ints
    rank_high: Ints
    severity: Floats
    severity_low: Floats
    severity_high: Floats
    scale: Floats


def adjust(
    scores: Sequence[float],
    pitches: Sequence[int],
    judges: Sequence[int],
    tracks: Sequence[int] | None = None,
    seed: int = SEED,
) -> Adjusted:
    """Estimate what each pitch would have scored with an average judge.

    Args:
        scores: one for each review, on any scale.
        pitches, judges: whose, as numbers from 0; each pair once.
        tracks: of each pitch, as numbers from 0; found from who read what if not given.

    Raises:
        NotComparable: the graph of pitches and judges falls into parts.
        ValueError: nothing was scored, or the lists differ in length.
    """
    y, i, j = (np.asarray(each) for each in (scores, pitches, judges))
    if not len(y) or not len(y) == len(i) == len(j):
        raise ValueError("give one score, one pitch and one judge for each review")
    n, k = int(i.max()) + 1, int(j.max()) + 1
    require_connected(i, j)
    track = find_tracks(i, j) if tracks is None else np.asarray(tracks)
    spread = float(y.std()) or 1.0
    centre = float(y.mean())
    sampler = _Sampler((y - centre) / spread, i, j, track, n, k, np.random.default_rng(seed))
    quality, steady, severity, scale = sampler.run()
    total = centre + spread * quality
    alike = _alike(y, i, j, track)
    low, high = (_shared(each, alike) for each in np.percentile(total, [5, 95], axis=0))
    ranks = total.shape[1] - np.argsort(np.argsort(total, axis=1), axis=1)
    rank_low, rank_high = (_shared(each, alike) for each in np.percentile(ranks, [5, 95], axis=0))
    bias = spread * severity
    severity_low, severity_high = np.percentile(bias, [5, 95], axis=0)
    return Adjusted(
        score=_shared(centre + spread * steady, alike),
        low=low,
        high=high,
        rank_low=np.floor(rank_low).astype(np.int64),
        rank_high=np.ceil(rank_high).astype(np.int64),
        severity=bias.mean(axis=0),
        severity_low=severity_low,
        severity_high=severity_high,
        scale=scale.mean(axis=0),
    )


def _alike(y: Floats, i: Ints, j: Ints, track: Ints) -> Ints:
    """(n) One number for all pitches of a track to which the same judges gave the same.

    Nothing parts those but the chance of the draws, and chance decides no place.
    """
    given: list[list[tuple[int, float]]] = [[] for _ in track]
    for pitch, judge, score in zip(i.tolist(), j.tolist(), y.tolist(), strict=True):
        given[pitch].append((judge, score))
    numbers: dict[Any, int] = {}
    keys = [(one, *sorted(own)) for one, own in zip(track.tolist(), given, strict=True)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys])


def _shared(figures: Floats, alike: Ints) -> Floats:
    """(n) Each figure as the mean of those that are alike."""
    return (np.bincount(alike, figures) / np.bincount(alike))[alike]


def require_connected(pitches: Ints, judges: Ints) -> None:
    """Raises: NotComparable: judges of one part of the panel never met those of another."""
    n, k = int(pitches.max()) + 1, int(judges.max()) + 1
    edges = coo_matrix((np.ones(len(pitches)), (pitches, n + judges)), shape=(n + k, n + k))
    _, label = connected_components(edges, directed=False)
    read = np.union1d(np.unique(pitches), n + np.unique(judges))
    parts = len(np.unique(label[read]))
    if parts > 1:
        raise NotComparable(
            f"The reviews fall into {parts} parts that share no judge, so nothing says which "
            "judges are harsh: only raw means can be shown."
        )


class _Sampler:
    """Gibbs draws of the model, on scores with mean 0 and standard deviation 1."""

    def __init__(
        self,
        y: Floats,
        i: Ints,
        j: Ints,
        track: Ints,
        n: int,
        k: int,
        chance: np.random.Generator,
    ) -> None:
        self.y, self.i, self.j, self.n, self.k = y, i, j, n, k
        self.track, self.tracks = track, int(track.max()) + 1
        self.t = track[i]
        self.chance = chance
        self.q, self.b, self.s = np.zeros(n), np.zeros(k), np.ones(k)
        self.m = self._level(y, np.ones(len(y)))
        self.vq, self.vb, self.ve, self.vs = 0.4, 0.2, 0.4, SCALE_SPREAD**2
        self.expected = self.q
        self.w = np.ones(len(y))

    def run(self) -> tuple[Floats, Floats, Floats, Floats]:
        """(draws × n) of m + q, (n) its conditional mean, (draws × k) of b and of s."""
        kept: list[tuple[Floats, Floats, Floats]] = []
        steady = np.zeros(self.n)
        for step in range(BURN_IN + DRAWS):
            level = self.m
            self._step()
            if step >= BURN_IN:
                steady += level[self.track] + self.expected
                kept.append((self.m[self.track] + self.q, self.b.copy(), self.s.copy()))
        quality, severity, scale = (np.array(each) for each in zip(*kept, strict=True))
        return quality, steady / DRAWS, severity, scale

    def _step(self) -> None:
        precision = self.w / self.ve
        self._draw_quality(precision)
        self._draw_judges(precision)
        self._draw_levels(precision)
        self._draw_spread()

    def _draw_quality(self, precision: Floats) -> None:
        slope = self.s[self.j]
        left = self.y - self.m[self.t] - self.b[self.j]
        known = np.bincount(self.i, precision * slope * slope, self.n) + 1 / self.vq
        mean = np.bincount(self.i, precision * slope * left, self.n) / known
        self.expected = mean
        self.q = mean + self.chance.standard_normal(self.n) / np.sqrt(known)

    def _draw_judges(self, precision: Floats) -> None:
        """Severity and scale together, a regression with two unknowns for each judge."""
        x, left = self.q[self.i], self.y - self.m[self.t]
        a = np.bincount(self.j, precision, self.k) + 1 / self.vb
        c = np.bincount(self.j, precision * x, self.k)
        d = np.bincount(self.j, precision * x * x, self.k) + 1 / self.vs
        u = np.bincount(self.j, precision * left, self.k)
        v = np.bincount(self.j, precision * left * x, self.k) + 1 / self.vs
        determinant = a * d - c * c
        first = self.chance.standard_normal(self.k)
        second = self.chance.standard_normal(self.k)
        # Cholesky of the 2 × 2 covariance (1/determinant) · [[d, −c], [−c, a]].
        l11 = np.sqrt(d / determinant)
        l21 = -c / determinant / l11
        l22 = np.sqrt(np.maximum(a / determinant - l21 * l21, 1e-12))
        self.b = (d * u - c * v) / determinant + l11 * first
        self.s = (a * v - c * u) / determinant + l21 * first + l22 * second

    def _draw_levels(self, precision: Floats) -> None:
        left = self.y - self.b[self.j] - self.s[self.j] * self.q[self.i]
        known = np.bincount(self.t, precision, self.tracks) + 1e-2
        mean = np.bincount(self.t, precision * left, self.tracks) / known
        self.m = mean + self.chance.standard_normal(self.tracks) / np.sqrt(known)

    def _draw_spread(self) -> None:
        error = self.y - self.m[self.t] - self.b[self.j] - self.s[self.j] * self.q[self.i]
        freedom = self._draw_freedom(error**2 / self.ve)
        self.w = self.chance.gamma((freedom + 1) / 2, 2 / (freedom + error**2 / self.ve))
        self.ve = self._variance(self.w * error**2)
        self.vq = self._variance(self.q**2)
        self.vb = self._variance(self.b**2)
        self.vs = self._variance((self.s - 1) ** 2)

    def _draw_freedom(self, squares: Floats) -> float:
        """How heavy the tails are, with the weights of the errors integrated out."""
        tails = np.log1p(squares[None, :] / FREEDOM[:, None]).sum(axis=1)
        log = len(squares) * TAIL_CONSTANT - (FREEDOM + 1) / 2 * tails
        odds = np.exp(log - log.max())
        return float(self.chance.choice(FREEDOM, p=odds / odds.sum()))

    def _variance(self, squares: Floats) -> float:
        """A draw of a variance; the prior weighs as much as one observation of 0.05."""
        drawn = (squares.sum() + 0.05) / self.chance.chisquare(len(squares) + 1)
        return float(np.clip(drawn, 1e-6, 10))

    def _level(self, y: Floats, weight: Floats) -> Floats:
        count = np.maximum(np.bincount(self.t, weight, self.tracks), 1e-9)
        return np.bincount(self.t, weight * y, self.tracks) / count
