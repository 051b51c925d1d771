"""What each judge alone does to the places: leave one out, look again. No Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

MOST = 50
"""Rows: a table of more is not read."""


@dataclass(frozen=True)
class Hinge:
    """A pitch whose place hangs on one judge: its place with and without their review."""

    entry: int
    member: int
    place: int
    without: int

    @property
    def moves(self) -> int:
        return abs(self.place - self.without)


def hinges(
    reviews: Sequence[tuple[int, int, float]],
    places: int | None,
    severity: Mapping[int, float] | None = None,
) -> list[Hinge]:
    """Pitches that one judge alone carries over the cut line, or keeps under it; without a cut
    line, those that one judge moves most. Those that move most come first.

    Places are of mean totals, where `severity` is known with each judge's taken off first: a
    stand-in for estimating everything anew without each judge, which it follows closely and is
    quick enough to look at. A pitch that nobody else has read can't be looked at so.

    Args:
        reviews: (entry, member, total) of each submitted review.
        places: how many go forward; None for any number.
        severity: member → how many points above (below 0: under) the panel they score.
    """
    if not reviews:
        return []
    entries, i = np.unique([entry for entry, _, _ in reviews], return_inverse=True)
    members, j = np.unique([member for _, member, _ in reviews], return_inverse=True)
    bias = severity or {}
    y = np.array([total - bias.get(member, 0.0) for _, member, total in reviews])
    sums, counts = np.bincount(i, y), np.bincount(i)
    before = _places(sums / counts)
    found = []
    for judge in range(len(members)):
        own = np.nonzero(j == judge)[0]
        left_sums, left = sums.copy(), counts.copy()
        left_sums[i[own]] -= y[own]
        left[i[own]] -= 1
        alone = left == 0
        means = np.where(alone, sums / counts, left_sums / np.maximum(left, 1))
        after = _places(means)
        for pitch in i[own][~alone[i[own]]]:
            found.append(
                Hinge(
                    int(entries[pitch]), int(members[judge]), int(before[pitch]), int(after[pitch])
                )
            )
    if places is not None:
        found = [each for each in found if (each.place <= places) != (each.without <= places)]
    found = [each for each in found if each.moves]
    return sorted(found, key=lambda each: (-each.moves, each.place, each.entry))[:MOST]


def _places(means: np.ndarray) -> np.ndarray:
    """1 for the best; equal means share the better place."""
    ordered = np.sort(-np.round(means, 8))
    return 1 + np.searchsorted(ordered, -np.round(means, 8), side="left")
