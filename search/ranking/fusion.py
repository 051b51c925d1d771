"""Lists of scores made one."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

WORDS, MEANING = 0.6, 0.4
"""The shares of the two: better than words alone on every set that was tried; see decision 16."""

WITH_SENTENCES = (0.3, 0.2, 0.5)
"""Those of words, meaning and a sentence model, where there is one."""

Key = TypeVar("Key", bound=Hashable)


def fuse(
    words: Mapping[Key, float],
    meaning: Mapping[Key, float],
    sentences: Mapping[Key, float] | None = None,
) -> dict[Key, float]:
    """Key → 0 to 1: a weighted sum of the lists, each stretched from 0 to 1.

    What a list does not hold counts 0 there. Without the other two, words decide alone.
    """
    if not meaning and not sentences:
        return stretched(words)
    lists = [stretched(words), stretched(meaning), stretched(sentences or {})]
    shares = WITH_SENTENCES if sentences else (WORDS, MEANING, 0.0)
    return {
        key: sum(share * scores.get(key, 0.0) for share, scores in zip(shares, lists, strict=True))
        for key in {**lists[0], **lists[1], **lists[2]}
    }


def stretched(scores: Mapping[Key, float]) -> dict[Key, float]:
    """The best 1 and the worst 0; all 1 where they are level."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {key: (value - low) / (high - low) for key, value in scores.items()}
