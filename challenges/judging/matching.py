"""Who reads what, to the optimum: a flow of least cost (OR-tools). No Django.

Each pitch sends its reviews to judges, each judge takes so many; an arc from a pitch to a judge
costs what the pair lacks in fit. Loads are kept even by making each further review of a judge
dearer than any fit is worth. A share of the reviews is given across themes, so that every two
judges can be compared through others (Ahuja, Magnanti and Orlin, “Network Flows”, 1993).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

UNIT = 100_000_000
"""Whole numbers that a fit of 1 is worth: costs of a flow are integers."""

TIE = 1e-6
"""Fit by which reviews outside themes are told apart where a price finds them all alike."""

MOST_PAIRS = 1500
"""Reviews looked at for a link between two parts; more take memory and find little."""

MOST_TRIES = 60
"""Of each kind of change, the least loss first."""

MOST_HALVINGS = 28
"""Of the price of a review outside themes: each costs one more flow."""


@dataclass(frozen=True)
class Plan:
    """Who reads what, and each condition that could not be met.

    `pairs` of (judge, pitch) numbers; `fit` their sum; `lacking` pitch → reviews that no judge
    was free for; `under` judge → reviews short of their least; `dropped` pairs asked to be kept
    that are barred or found no place; `across` the share of reviews outside a judge's theme;
    `parts` into which the graph of shared pitches falls (1: all can be compared).
    """

    pairs: list[tuple[int, int]]
    fit: float
    lacking: dict[int, int] = field(default_factory=dict)
    under: dict[int, int] = field(default_factory=dict)
    dropped: set[tuple[int, int]] = field(default_factory=set)
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
    linked: Iterable[tuple[int, int]] = (),
    connected: bool = False,
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
        linked: (judge, pitch) pairs that stand beside the plan, for `parts`.
        connected: give up as little fit as links all judges through shared pitches, where that
            can be had; `parts` says whether it could.
    """
    pitches, judges = fit.shape
    allowed = np.ones_like(fit, dtype=bool)
    for judge, pitch in barred:
        allowed[pitch, judge] = False
    forced = np.zeros_like(allowed)
    worth = fit.copy()
    asked_to_keep = set(kept)
    for judge, pitch in asked_to_keep:
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
        chosen = _crossed(flow, chosen, theme, int(np.ceil(across * chosen.sum())))
    beside = np.zeros_like(allowed)
    for judge, pitch in linked:
        beside[pitch, judge] = True
    if connected and wanted.max(initial=0) + beside.sum(axis=1).max(initial=0) > 1:
        chosen = _connected(flow, chosen, beside)
    pairs = [(int(j), int(i)) for i, j in zip(*np.nonzero(chosen), strict=True)]
    given = chosen.sum(axis=1)
    lacking = {int(i): int(asked[i] - given[i]) for i in np.nonzero(given < asked)[0]}
    load = chosen.sum(axis=0)
    return Plan(
        pairs,
        float(fit[chosen].sum()),
        lacking,
        under={int(j): int(low[j] - load[j]) for j in np.nonzero(load < low)[0]},
        dropped=asked_to_keep - set(pairs),
        across=float((chosen & ~theme).sum() / max(chosen.sum(), 1)) if theme is not None else 0.0,
        parts=parts_of(chosen | beside),
    )


def parts_of(chosen: NDArray[np.bool_]) -> int:
    """Into how many parts judges fall that share no pitch, even through others."""
    _, of_judge = _labels(chosen)
    return len(np.unique(of_judge[chosen.any(axis=0)]))


def parts_of_pairs(pairs: Iterable[tuple[int, int]]) -> int:
    """As `parts_of`, of (judge, pitch) pairs with any numbers."""
    return len(set(part_of_each(pairs)[0].values()))


def part_of_each(
    pairs: Iterable[tuple[int, int]],
) -> tuple[dict[int, int], dict[int, int]]:
    """Judge → the number of its part, and pitch → the number of its."""
    pairs = list(pairs)
    if not pairs:
        return {}, {}
    judges, j = np.unique([judge for judge, _ in pairs], return_inverse=True)
    pitches, i = np.unique([pitch for _, pitch in pairs], return_inverse=True)
    chosen = np.zeros((len(pitches), len(judges)), dtype=bool)
    chosen[i, j] = True
    of_pitch, of_judge = _labels(chosen)
    return (
        dict(zip(judges.tolist(), of_judge.tolist(), strict=True)),
        dict(zip(pitches.tolist(), of_pitch.tolist(), strict=True)),
    )


def _labels(chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The part of each pitch and of each judge."""
    pitches, judges = chosen.shape
    i, j = np.nonzero(chosen)
    edges = coo_matrix((np.ones(len(i)), (i, pitches + j)), shape=(pitches + judges,) * 2)
    _, label = connected_components(edges, directed=False)
    return label[:pitches], label[pitches:]


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


def _connected(
    flow: _Flow, chosen: NDArray[np.bool_], beside: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """A plan in one part, if changes of one or two reviews at a time lead there."""
    best = chosen
    fewest = parts_of(best | beside)
    while fewest > 1:
        for change in _links(flow, best, beside):
            tried = best.copy()
            for pitch, judge in change:
                tried[pitch, judge] = not tried[pitch, judge]
            if (parts := parts_of(tried | beside)) < fewest:
                best, fewest = tried, parts
                break
        else:
            break
    return best


Change = list[tuple[int, int]]
"""(pitch, judge) pairs to take where they are chosen, and to give where they are not."""


def _links(flow: _Flow, chosen: NDArray[np.bool_], beside: NDArray[np.bool_]) -> Iterator[Change]:
    """Changes that let a pitch of one part be read in another, the least loss of fit first."""
    _, of_judge = _labels(chosen | beside)
    i, j = np.nonzero(chosen & ~flow.forced)
    if len(i) > MOST_PAIRS:
        kept = np.random.default_rng(0).choice(len(i), MOST_PAIRS, replace=False)
        i, j = i[kept], j[kept]
    free = flow.allowed & ~chosen & ~beside
    load = chosen.sum(axis=0)
    found: list[tuple[float, Change]] = []
    # A pitch goes from its judge to one of another part, where the loads allow that.
    across = free[i] & (of_judge[None, :] != of_judge[j][:, None])
    open_to = across & (load > flow.least)[j][:, None] & (load < flow.most)[None, :]
    loss = np.where(open_to, flow.worth[i, j][:, None] - flow.worth[i], np.inf)
    found += [
        (float(loss[row, judge]), [(int(i[row]), int(j[row])), (int(i[row]), int(judge))])
        for row, judge in _least(loss)
    ]
    # Two judges of different parts change a pitch: every load stays.
    possible = free[i][:, j] & free[i][:, j].T & (of_judge[j][:, None] != of_judge[j][None, :])
    given = flow.worth[i, j]
    taken = flow.worth[i][:, j]
    loss = np.where(possible, given[:, None] + given[None, :] - taken - taken.T, np.inf)
    found += [
        (
            float(loss[one, two]),
            [
                (int(i[one]), int(j[one])),
                (int(i[two]), int(j[two])),
                (int(i[one]), int(j[two])),
                (int(i[two]), int(j[one])),
            ],
        )
        for one, two in _least(loss)
    ]
    yield from (change for _, change in sorted(found, key=lambda each: each[0]))


def _least(loss: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Places of the smallest finite values, the least first."""
    flat = loss.ravel()
    many = min(MOST_TRIES, flat.size)
    if not many:
        return []
    places = np.argpartition(flat, many - 1)[:many]
    places = places[np.argsort(flat[places], kind="stable")]
    return [divmod(int(n), loss.shape[1]) for n in places if np.isfinite(flat[n])]


def _crossed(
    flow: _Flow, chosen: NDArray[np.bool_], theme: NDArray[np.bool_], needed: int
) -> NDArray[np.bool_]:
    """The best plan with at least so many reviews outside themes: a price, found by halving.

    A price alone would take all reviews of like fit or none; so each gets a hair's breadth of its
    own, and the plan is nearly the number that is needed.
    """
    outside = ~theme
    hair = TIE * np.random.default_rng(0).random(theme.shape)

    def count(plan: NDArray[np.bool_]) -> int:
        return int((plan & outside).sum())

    def at(price: float) -> NDArray[np.bool_]:
        return flow.solve(np.where(outside, price + hair, 0.0))

    if count(chosen) >= needed:
        # As many may be by chance among reviews of like fit: a hair keeps those inside.
        chosen = at(-TIE)
        if count(chosen) >= needed:
            return chosen
    low, high = -TIE, float(flow.worth.max() - flow.worth.min()) + 1.0
    best = at(high)
    for _ in range(MOST_HALVINGS):
        if count(best) <= needed or (high - low) * UNIT < 1:
            break
        middle = (low + high) / 2
        tried = at(middle)
        if count(tried) >= needed:
            best, high = tried, middle
        else:
            low = middle
    return best
