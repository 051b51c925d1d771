"""BM25 as Lucene computes it, so that both back ends rank alike.

Robertson and Zaragoza, “The Probabilistic Relevance Framework: BM25 and Beyond”, 2009; lengths
are kept in one byte as in Lucene's `SmallFloat`, and a term asked twice counts twice.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from search.ranking.counts import Counts

K1, B = 1.2, 0.75
"""How soon repeats stop counting; how much length counts. Lucene's defaults."""


def kept_lengths(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lengths in terms, as they come back from one byte: exact to 24, then four bits of it."""
    over = np.maximum(lengths - 24, 0)
    shift = np.maximum(np.frexp(over.astype(np.float64))[1] - 4, 0)
    return np.where(lengths < 24, lengths, 24 + ((over >> shift) << shift))


class Bm25:
    """Scores of every document for a query; 0 for those that share no term with it."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        matrix = counts.matrix.tocsc().astype(np.float64)
        lengths = np.asarray(matrix.sum(axis=1)).ravel().astype(np.int64)
        number = max(int((lengths > 0).sum()), 1)
        mean = max(lengths.sum() / number, 1.0)
        slack = K1 * (1 - B + B * kept_lengths(lengths) / mean)
        matrix.data *= (K1 + 1) / (matrix.data + slack[matrix.indices])
        having = np.diff(matrix.indptr)
        self.rarity = np.log1p((number - having + 0.5) / (having + 0.5))
        self.matrix = matrix

    def scores(self, terms: Iterable[str]) -> NDArray[np.float64]:
        """(documents,), from 0 up without a bound; comparable within one query only."""
        columns, asked = self.counts.query(terms)
        return self.matrix[:, columns] @ (asked * self.rarity[columns])

    def contributions(self, terms: Iterable[str], row: int) -> dict[str, float]:
        """Term → its part of one document's score, greatest first."""
        wanted = list(terms)
        columns, asked = self.counts.query(wanted)
        parts = self.matrix[row, columns].toarray().ravel() * asked * self.rarity[columns]
        names = {self.counts.columns[term]: term for term in wanted if term in self.counts.columns}
        order = np.argsort(-parts, kind="stable")
        return {names[columns[at]]: float(parts[at]) for at in order if parts[at] > 0}
