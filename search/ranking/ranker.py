"""A body of texts that can be asked with a text."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from search.ranking.analysis import terms
from search.ranking.bm25 import Bm25
from search.ranking.counts import Counts
from search.ranking.meaning import Meaning
from search.spellings import both_spellings


class Ranker:
    """Rows are numbers into `texts`. What is costly is made when it is first asked for."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.counts = Counts.of([terms(text) for text in texts])

    @cached_property
    def bm25(self) -> Bm25:
        return Bm25(self.counts)

    @cached_property
    def meaning(self) -> Meaning | None:
        return Meaning.fit(self.counts)

    def by_words(
        self, text: str, limit: int, among: NDArray[np.intp] | None = None
    ) -> dict[int, float]:
        """Row → BM25, best first; only rows that share a term, only of `among` if given.

        A word is looked for in both its spellings.
        """
        scores = self.bm25.scores(terms(both_spellings(text)))
        return nearest(scores, limit, among)

    def by_meaning(
        self, text: str, limit: int, among: NDArray[np.intp] | None = None
    ) -> dict[int, float]:
        """Row → likeness, best first, only what is alike at all; empty for a small body."""
        if self.meaning is None:
            return {}
        return nearest(self.meaning.likeness(terms(text)), limit, among)


def nearest(
    scores: NDArray, limit: int, among: NDArray[np.intp] | None = None, above: float = 0.0
) -> dict[int, float]:
    """Row → score of the highest, best first; only rows of `among`, only scores over `above`."""
    rows = np.arange(len(scores)) if among is None else among
    rows = rows[scores[rows] > above]
    if len(rows) > limit:
        rows = rows[np.argpartition(-scores[rows], limit - 1)[:limit]]
    order = rows[np.lexsort((rows, -scores[rows]))]
    return {int(row): float(scores[row]) for row in order}
