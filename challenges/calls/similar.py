"""Earlier questions like one that is being typed. Pure; no Django.

Words are stemmed (Porter) and weighed by how rare they are among the questions at hand; the
score is the share of the weight of the typed words that a question has (0 to 1).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

import Stemmer

SHORTEST = 3
LIKE = 0.45
COMMON = frozenset(
    [
        *("the", "and", "for", "are", "can", "may", "our", "you", "your", "with", "that", "this"),
        *("what", "how", "does", "will", "would", "from", "have", "has", "there", "when", "who"),
        *("which", "any", "not", "but", "they", "their", "been", "was", "were", "about", "into"),
    ]
)
_stemmer = Stemmer.Stemmer("porter")


def similar(text: str, questions: Sequence[str], most: int = 3) -> list[int]:
    """Places of the questions most like `text`, the nearest first; few, or none."""
    asked = _stems(text)
    same = [place for place, question in enumerate(questions) if _plain(question) == _plain(text)]
    if not asked:
        return same[:most] if text.strip() else []
    held = [_stems(question) for question in questions]
    spread = Counter(stem for stems in held for stem in stems)
    weight = {stem: math.log(1 + len(held) / (1 + spread[stem])) + 0.1 for stem in asked}
    whole = sum(weight.values())
    scores = [sum(weight[stem] for stem in asked & stems) / whole for stems in held]
    for place in same:
        scores[place] = 1.0
    near = sorted(range(len(held)), key=lambda place: -scores[place])
    return [place for place in near if scores[place] >= LIKE][:most]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _stems(text: str) -> set[str]:
    words = re.findall(r"[^\W_]+", text.casefold())
    return {
        _stemmer.stemWord(word) for word in words if len(word) >= SHORTEST and word not in COMMON
    }
