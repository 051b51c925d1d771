"""`make bench-judging`: sharing out against the linear programme's bound, and adjusted scores.

Exits 1 where the plan is under 0.99999 of the bound, slower than 2 s or breaks a condition, or
where adjusted scores miss the figures set for them.
"""

import argparse
import time
from dataclasses import astuple
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix, vstack

from challenges.judging.adjustment import adjust
from challenges.judging.matching import plan
from tests.judging.simulation import KINDS, measure

PITCHES, JUDGES, REVIEWS = 2000, 60, 3
LEAST, MOST, ACROSS, BARRED = 95, 105, 0.05, 3000
TAU = {"plain": 0.64, "themed": 0.66}
RECALL = {"plain": 0.60}
COVERAGE = (0.87, 0.95)
NO_EFFECT = 0.005
"""How far adjusted tau may lie from raw where judges do not differ."""

SMALL = 0.015
"""How far it may fall below raw where three to five judges read all of twenty pitches."""


def field(seed: int = 1) -> tuple[Any, Any, list[tuple[int, int]]]:
    """Fits in three themes, whether a pair is inside one, and barred (judge, pitch) pairs."""
    chance = np.random.default_rng(seed)
    theme = chance.integers(0, 3, PITCHES)[:, None] == (np.arange(JUDGES) % 3)[None, :]
    inside = 0.5 + 0.5 * chance.random(theme.shape)
    fit = np.where(theme, inside, 0.3 * chance.random(theme.shape))
    judges, pitches = chance.integers(0, JUDGES, BARRED), chance.integers(0, PITCHES, BARRED)
    return fit, theme, [(int(j), int(i)) for j, i in zip(judges, pitches, strict=True)]


def bound(fit: Any, theme: Any, barred: list[tuple[int, int]]) -> float:
    """The linear programme's optimum under the very same conditions (HiGHS)."""
    allowed = np.ones_like(theme)
    for judge, pitch in barred:
        allowed[pitch, judge] = False
    i, j = np.nonzero(allowed)
    ones, arcs = np.ones(len(i)), np.arange(len(i))
    each_pitch = coo_matrix((ones, (i, arcs)), shape=(PITCHES, len(i))).tocsr()
    each_judge = coo_matrix((ones, (j, arcs)), shape=(JUDGES, len(i))).tocsr()
    outside = csr_matrix(-(~theme[i, j]).astype(float))
    found = linprog(
        -fit[i, j],
        A_ub=vstack([each_judge, -each_judge, outside]),
        b_ub=[MOST] * JUDGES + [-LEAST] * JUDGES + [-ACROSS * PITCHES * REVIEWS],
        A_eq=each_pitch,
        b_eq=[REVIEWS] * PITCHES,
        bounds=(0, 1),
        method="highs-ipm",
    )
    return -float(found.fun)


def share_out() -> bool:
    fit, theme, barred = field()
    began = time.perf_counter()
    found = plan(
        fit, reviews=REVIEWS, least=LEAST, most=MOST, barred=barred, theme=theme, across=ACROSS
    )
    seconds = time.perf_counter() - began
    ratio = found.fit / bound(fit, theme, barred)
    loads = np.bincount([judge for judge, _ in found.pairs])
    clean = not set(found.pairs) & set(barred) and len(set(found.pairs)) == PITCHES * REVIEWS
    print(f"{PITCHES} pitches × {JUDGES} judges × {REVIEWS}: {ratio:.7f} of the bound")
    print(f"{seconds:.2f} s, loads {loads.min()} to {loads.max()}, parts {found.parts}")
    print(f"{found.across:.1%} across themes, lacking {len(found.lacking)}, no conflict: {clean}")
    return (
        ratio >= 0.99999
        and seconds < 2
        and clean
        and not found.lacking
        and found.parts == 1
        and found.across >= ACROSS
    )


def rankings(panels: int) -> bool:
    good = True
    print(f"\n{panels} panels each, 300 pitches × 40 judges × 3")
    print(f"{'panel':<26}{'tau raw':>9}{'adjusted':>9}{'top raw':>9}{'adjusted':>9}{'inside':>8}")
    for kind in KINDS:
        found = measure(kind, panels)
        print(f"{kind:<26}{''.join(f'{value:>9.3f}' for value in astuple(found))}")
        good &= found.tau >= TAU.get(kind, 0) and found.recall >= RECALL.get(kind, 0)
        good &= COVERAGE[0] <= found.coverage <= COVERAGE[1]
        if kind == "alike":
            good &= abs(found.tau - found.raw_tau) <= NO_EFFECT
        else:
            good &= found.tau > found.raw_tau
    for judges in (3, 4, 5):
        found = measure("plain", panels, pitches=20, judges=judges, reviews=judges)
        print(f"{f'20 pitches, {judges} judges':<26}{found.raw_tau:>9.3f}{found.tau:>9.3f}")
        good &= found.tau >= found.raw_tau - SMALL
    chance = np.random.default_rng(0)
    i = np.repeat(np.arange(PITCHES), REVIEWS)
    j = np.concatenate([chance.permutation(JUDGES)[:REVIEWS] for _ in range(PITCHES)])
    began = time.perf_counter()
    adjust(chance.normal(size=len(i)).tolist(), i.tolist(), j.tolist())
    seconds = time.perf_counter() - began
    print(f"fit of {PITCHES} × {JUDGES} × {REVIEWS}: {seconds:.2f} s")
    return good and seconds < 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=200)
    options = parser.parse_args()
    results = [share_out(), rankings(options.panels)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
