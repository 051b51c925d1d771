"""Who reads what, to the optimum: a flow of least cost (OR-tools). No Django.

Each pitch sends its reviews to judges, each judge takes so many; an arc from a pitch to a judge
costs what the pair lacks in fit. Loads are kept even by making each further review of a judge
dearer than any fit is worth. A share of the reviews is given across themes, so that every two
judges can be compared through others (Ahuja, Magnanti and Orlin, “Network Flows”, 1993).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

UNIT = 100_000
"""Whole numbers that a fit of 1 is worth: costs of a flow are integers."""


MOST_HALVINGS = 20
"""Of the price of a review outside themes: each costs one more flow."""


@dataclass(frozen=True)
class Plan:
    """`pairs` of (judge, pitch) numbers; `fit` their sum; `lacking` pitch → reviews that no judge
    was free for; `across` the share of reviews outside a judge's theme; `parts` into which the
    graph of shared pitches falls (1: all can be compared)."""

    pairs: list[tuple[int, int]]
    fit: float
    lacking: dict[int, int] = field(default_factory=dict)
    across: float = 0.0
    parts: int = 1


def plan(
    fit: NDArray[np.float64],
    *,
    reviews: int | Sequence[int],
    least: int | Sequence[int] = 0,
    most: int | Sequence[int],
    barred: Iterable[tuple[int, int]] = (),
    kept: Iterable[tuple[int, int]] = (),
    keep_worth: float = 0.0,
    theme: NDArray[np.bool_] | None = None,
    across: float = 0.0,
) -> Plan:
    """Give each pitch so many different judges, with the greatest fit in all.

    Args:
        fit: (pitches × judges), 0 to 1.
        reviews: of each pitch; least, most: of each judge. One number, or one for each.
        barred: (judge, pitch) pairs that must never be made.
        kept: pairs that stand and must stay.
        keep_worth: extra fit of pairs in `kept` (0: they must stay; more: they would rather).
        theme: (pitches × judges), whether a pair lies inside the judge's theme.
        across: share of the reviews that must lie outside.
    """
    pitches, judges = fit.shape
    allowed = np.ones_like(fit, dtype=bool)
    for judge, pitch in barred:
        allowed[pitch, judge] = False
    forced = np.zeros_like(allowed)
    worth = fit.copy()
    for judge, pitch in kept:
        if keep_worth:
            worth[pitch, judge] += keep_worth
        elif allowed[pitch, judge]:
            forced[pitch, judge] = True
    asked = np.broadcast_to(np.asarray(reviews), pitches)
    low, high = (np.broadcast_to(np.asarray(each), judges) for each in (least, most))
    wanted = np.minimum(asked, allowed.sum(axis=1))
    flow = _Flow(worth, allowed, forced, wanted, low, high)
    chosen = flow.solve()
    if theme is not None and across > 0:
        chosen = _crossed(flow, chosen, theme, across)
    pairs = [(int(j), int(i)) for i, j in zip(*np.nonzero(chosen), strict=True)]
    given = chosen.sum(axis=1)
    lacking = {int(i): int(asked[i] - given[i]) for i in np.nonzero(given < asked)[0]}
    outside = float((chosen & ~theme).sum() / max(chosen.sum(), 1)) if theme is not None else 0.0
    return Plan(pairs, float(fit[chosen].sum()), lacking, outside, parts_of(chosen))


def parts_of(chosen: NDArray[np.bool_]) -> int:
    """Into how many parts judges fall that share no pitch, even through others."""
    pitches, judges = chosen.shape
    i, j = np.nonzero(chosen)
    edges = coo_matrix((np.ones(len(i)), (i, pitches + j)), shape=(pitches + judges,) * 2)
    _, label = connected_components(edges, directed=False)
    return len(set(label[pitches + np.unique(j)])) if len(j) else 0


class _Flow:
    """source → pitches → judges → sink. Reviews that find no judge go round at a high price."""

    def __init__(
        self,
        worth: NDArray[np.float64],
        allowed: NDArray[np.bool_],
        forced: NDArray[np.bool_],
        wanted: NDArray[np.int64],
        least: NDArray[np.int64],
        most: NDArray[np.int64],
    ) -> None:
        self.worth, self.allowed, self.forced = worth, allowed, forced
        self.wanted, self.least, self.most = wanted, least, most

    def solve(self, bonus: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
        """The pairs of least cost.

        Args:
            bonus: extra worth of each pair, for a condition on the sum of some of them.
        """
        pitches, judges = self.worth.shape
        worth = self.worth if bonus is None else self.worth + bonus
        cost = np.rint((worth.max() - worth) * UNIT).astype(np.int64)
        dear = int(cost.max() + 1) * 4
        free = self.allowed & ~self.forced
        i, j = np.nonzero(free)
        fixed = self.forced.sum(axis=1)
        need = np.maximum(self.wanted - fixed, 0)
        taken = self.forced.sum(axis=0)
        room = np.maximum(self.most - taken, 0)
        must = np.minimum(np.maximum(self.least - taken, 0), room)
        sink, aside = pitches + judges, pitches + judges + 1
        # A judge's first `least` reviews earn more than any fit, so they are filled if they can be.
        everyone = np.arange(judges) + pitches
        tails = np.concatenate([i, everyone, everyone, np.arange(pitches), [aside]])
        heads = np.concatenate(
            [
                j + pitches,
                np.full(judges, sink),
                np.full(judges, sink),
                np.full(pitches, aside),
                [sink],
            ]
        )
        caps = np.concatenate([np.ones(len(i)), must, room - must, need, [need.sum()]])
        costs = np.concatenate(
            [cost[i, j], np.full(judges, -dear), np.zeros(judges), np.full(pitches, dear * 8), [0]]
        )
        solver = min_cost_flow.SimpleMinCostFlow()
        arcs = solver.add_arcs_with_capacity_and_unit_cost(
            tails.astype(np.int32),
            heads.astype(np.int32),
            caps.astype(np.int64),
            costs.astype(np.int64),
        )
        supplies = np.concatenate([need, np.zeros(judges), [-need.sum()], [0]])
        solver.set_nodes_supplies(
            np.arange(len(supplies), dtype=np.int32), supplies.astype(np.int64)
        )
        if solver.solve() != solver.OPTIMAL:
            raise RuntimeError("the flow has no optimum; its arcs are wrong")
        flows = solver.flows(arcs[: len(i)])
        chosen = self.forced.copy()
        chosen[i[flows > 0], j[flows > 0]] = True
        return chosen


def _crossed(
    flow: _Flow, chosen: NDArray[np.bool_], theme: NDArray[np.bool_], across: float
) -> NDArray[np.bool_]:
    """The best plan with at least such a share outside themes: a bonus, found by halving."""
    outside = ~theme

    def count(plan: NDArray[np.bool_]) -> int:
        return int((plan & outside).sum())

    needed = int(np.ceil(across * chosen.sum()))
    if count(chosen) >= needed:
        return chosen
    low, high = 0.0, float(flow.worth.max() - flow.worth.min()) + 1.0
    best = flow.solve(np.where(outside, high, 0.0))
    for _ in range(MOST_HALVINGS):
        if count(best) <= needed or (high - low) * UNIT < 1:
            break
        middle = (low + high) / 2
        tried = flow.solve(np.where(outside, middle, 0.0))
        if count(tried) >= needed:
            best, high = tried, middle
        else:
            low = middle
    return best
