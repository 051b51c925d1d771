"""Two lists of scores made one."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

WORDS, MEANING = 0.6, 0.4
"""The shares of the two: better than words alone on every set that was tried; see decision 16."""

Key = TypeVar("Key", bound=Hashable)


def fuse(words: Mapping[Key, float], meaning: Mapping[Key, float]) -> dict[Key, float]:
    """Key → 0 to 1: a weighted sum of both lists, each stretched from 0 to 1.

    What a list does not hold counts 0 there. Without `meaning`, words decide alone.
    """
    if not meaning:
        return stretched(words)
    one, two = stretched(words), stretched(meaning)
    keys = {**words, **meaning}
    return {key: WORDS * one.get(key, 0.0) + MEANING * two.get(key, 0.0) for key in keys}


def stretched(scores: Mapping[Key, float]) -> dict[Key, float]:
    """The best 1 and the worst 0; all 1 where they are level."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {key: (value - low) / (high - low) for key, value in scores.items()}
