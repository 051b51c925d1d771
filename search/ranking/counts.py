"""Which document has which term how often."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class Counts:
    """`matrix` is (documents × terms), how often; `columns` term → its column."""

    matrix: csr_matrix
    columns: dict[str, int]

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]]) -> "Counts":
        """From each document's terms in order."""
        columns: dict[str, int] = {}
        flat = [columns.setdefault(term, len(columns)) for row in documents for term in row]
        starts = np.cumsum([0, *(len(row) for row in documents)])
        matrix = csr_matrix(
            (np.ones(len(flat), np.float32), np.array(flat, np.int32), starts),
            shape=(len(documents), len(columns)),
        )
        matrix.sum_duplicates()
        return cls(matrix, columns)

    @cached_property
    def having(self) -> NDArray[np.int64]:
        """(terms,): in how many documents each stands."""
        return np.bincount(self.matrix.indices, minlength=self.matrix.shape[1])

    def query(self, terms: Iterable[str]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Columns of the terms that any document has, and how often each is asked."""
        asked = Counter(self.columns[term] for term in terms if term in self.columns)
        columns = np.fromiter(asked.keys(), np.intp, len(asked))
        return columns, np.fromiter(asked.values(), np.float64, len(asked))
