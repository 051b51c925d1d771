"""Finds the tracks of a panel, if it has any, from who read what. No Django, no database.

Where judges keep mostly to one theme, the graph of judges and pitches falls into groups with few
edges between them, and the singular values of its normalised matrix say how many: one of 1 for
the whole, and one near 1 for each group more (spectral co-clustering: Dhillon, “Co-clustering
documents and words using bipartite spectral graph partitioning”, KDD 2001). A panel that is
shared out at random has its second value near (√(a−1) + √(b−1)) / √(ab), for a reviews a pitch
and b a judge (Brito, Dumitriu and Harris, “Spectral gap in random bipartite biregular graphs”,
2022). A value counts as a group when it lies nearer to 1 than to that.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

Ints = NDArray[np.int64]

MOST_TRACKS = 8
FEWEST_JUDGES, FEWEST_PITCHES = 3, 12
"""Of a track: a level of its own, learnt from fewer, would say less than it costs."""

SEED = 20171107


def find_tracks(pitches: Ints, judges: Ints) -> Ints:
    """The track of each pitch, as numbers from 0; all 0 where there is but one.

    Args:
        pitches, judges: whose each review is, as numbers from 0; each pair once.
    """
    n, k = int(pitches.max()) + 1, int(judges.max()) + 1
    one = np.zeros(n, dtype=np.int64)
    most = min(MOST_TRACKS, k // FEWEST_JUDGES, n // FEWEST_PITCHES)
    if most < 2:
        return one
    of_pitch, of_judge = np.bincount(pitches, minlength=n), np.bincount(judges, minlength=k)
    matrix = np.zeros((n, k))
    matrix[pitches, judges] = 1 / np.sqrt(of_pitch[pitches] * of_judge[judges])
    _, values, right = np.linalg.svd(matrix, full_matrices=False)
    a, b = of_pitch[of_pitch > 0].mean(), of_judge[of_judge > 0].mean()
    chance = (np.sqrt(max(a - 1, 0)) + np.sqrt(max(b - 1, 0))) / np.sqrt(a * b)
    found = min(1 + int(np.sum(values[1:] > (1 + chance) / 2)), most)
    if found < 2:
        return one
    scaled = right[1:found].T / np.sqrt(np.maximum(of_judge, 1))[:, None]
    _, group = kmeans2(scaled, found, minit="++", seed=SEED)
    votes = np.zeros((n, found))
    np.add.at(votes, (pitches, group[judges]), 1)
    track = votes.argmax(axis=1)
    judges_of, pitches_of = np.bincount(group, minlength=found), np.bincount(track, minlength=found)
    if judges_of.min() < FEWEST_JUDGES or pitches_of.min() < FEWEST_PITCHES:
        return one
    return track.astype(np.int64)
