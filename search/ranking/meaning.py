"""Likeness by meaning: latent semantic analysis, fitted on the installation's own texts.

Deerwester et al., “Indexing by Latent Semantic Analysis”, JASIS 41(6), 1990: terms that keep
the same company fall together, so that texts can be alike without sharing a word.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from search.ranking.counts import Counts

FEWEST_DOCUMENTS = 200
"""Below this, company is chance and the analysis is left off."""

MOST_DIMENSIONS = 300
OF_DOCUMENTS = 2
"""One dimension for so many documents at most: with one for each, nothing falls together."""

SPARE, ITERATIONS = 20, 4
"""Directions tried beyond those kept; rounds that sharpen them."""

FIT_ON = 20_000
"""The most documents that the analysis is fitted on, evenly spread; the rest are placed in it."""


class Meaning:
    """Vectors of unit length, one for each document; likeness is their cosine."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.telling = _telling(counts)
        weighted = self._weighted(counts.matrix)
        step = -(-weighted.shape[0] // FIT_ON)
        self.axes = _axes(weighted[::step])
        self.vectors = _unit(weighted @ self.axes)

    @classmethod
    def fit(cls, counts: Counts) -> "Meaning | None":
        """None where there are too few documents to learn from."""
        enough = counts.matrix.shape[0] >= FEWEST_DOCUMENTS and counts.matrix.shape[1] > 2
        return cls(counts) if enough else None

    def likeness(self, terms: Iterable[str]) -> NDArray[np.float32]:
        """(documents,), from -1 to 1."""
        columns, asked = self.counts.query(terms)
        shape = (1, self.counts.matrix.shape[1])
        row = csr_matrix((asked, (np.zeros(len(columns), np.intp), columns)), shape=shape)
        return self.vectors @ _unit(self._weighted(row) @ self.axes)[0]

    def _weighted(self, matrix: csr_matrix) -> csr_matrix:
        """Damped counts times how telling each term is, each row of unit length."""
        found = matrix.astype(np.float32)
        found.data = (1 + np.log(found.data)) * self.telling[found.indices]
        number = found.shape[0]
        row = np.repeat(np.arange(number), np.diff(found.indptr))
        lengths = np.sqrt(np.bincount(row, found.data**2, minlength=number))
        found.data /= np.maximum(lengths, 1e-9)[row].astype(np.float32)
        return found


def _telling(counts: Counts) -> NDArray[np.float32]:
    """(terms,): 1 for a term that keeps to few documents, 0 for one spread evenly over all.

    One less the entropy of where it stands, as a share of the most there can be: Dumais,
    “Improving the retrieval of information from external sources”, Behavior Research Methods
    23(2), 1991. A term of one document keeps no company and counts nothing.
    """
    matrix = counts.matrix.tocsc()
    often = np.asarray(matrix.sum(axis=0)).ravel()
    share = matrix.data / np.repeat(often, np.diff(matrix.indptr))
    spread = np.zeros(matrix.shape[1])
    np.add.at(
        spread,
        np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr)),
        -share * np.log(share),
    )
    telling = 1 - spread / np.log(max(matrix.shape[0], 2))
    return np.where(counts.having > 1, telling, 0).astype(np.float32)


def _axes(weighted: csr_matrix) -> NDArray[np.float32]:
    """(terms × dimensions): the directions along which the texts differ most.

    A randomised singular value decomposition with power iterations: Halko, Martinsson and
    Tropp, “Finding Structure with Randomness”, SIAM Review 53(2), 2011. The start is fixed, so
    the same texts give the same axes.
    """
    number = min(MOST_DIMENSIONS, weighted.shape[0] // OF_DOCUMENTS, min(weighted.shape) - 1)
    width = min(number + SPARE, min(weighted.shape))
    start = np.random.default_rng(0).standard_normal((weighted.shape[1], width), np.float32)
    basis = weighted @ start
    for _ in range(ITERATIONS):
        basis = np.linalg.qr(weighted @ (weighted.T @ basis))[0]
    _, _, axes = np.linalg.svd(basis.T @ weighted, full_matrices=False)
    return np.ascontiguousarray(axes[:number].T)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, 1e-9)
