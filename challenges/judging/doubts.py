"""What an officer should read again before feedback goes out. Pure; no Django, no database.

It looks for words, so it can be wrong both ways: it asks, and changes nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marketplace.names import fold, fold_text, names_in

UNKIND_WORDS = """
absurd amateur amateurish awful clueless hopeless idiotic incompetent joke laughable lazy naive
nonsense pathetic pointless ridiculous rubbish shoddy silly stupid terrible useless worthless
"""
UNKIND = frozenset(UNKIND_WORDS.split())
OPPOSITES = (
    ("clear", "unclear"),
    ("convincing", "unconvincing"),
    ("realistic", "unrealistic"),
    ("strong", "weak"),
    ("detailed", "vague"),
    ("cheap", "expensive"),
    ("experienced", "inexperienced"),
)
PRAISE = frozenset(["convincing", "excellent", "exceptional", "outstanding", "strong", "superb"])
BLAME = frozenset(["inadequate", "poor", "unconvincing", "unrealistic", "weak"])

HIGH, LOW = 0.7, 0.3
"""Shares of a criterion's scale from and up to which a mean is plainly good or bad."""

WORD = re.compile(r"[a-z][a-z’'-]*", re.IGNORECASE)
NOT = frozenset(["hardly", "no", "not", "never", "n’t", "without"])


@dataclass(frozen=True)
class Said:
    """One criterion: its name, the mean as a share of its scale (0 to 1), and the comments."""

    name: str
    share: float | None
    comments: Sequence[str]


def doubts(text: str, people: Iterable[str], said: Iterable[Said] = ()) -> list[str]:
    """Sentences on what to look at again: names, unkind words, contradictions.

    Args:
        text: what the applicant will read.
        people: names that must not stand in it: judges and officers.
        said: the criteria with their comments, where those go out too.
    """
    said = list(said)
    whole = "\n".join([text, *(comment for one in said for comment in one.comments)])
    plain = fold_text(whole)
    found = [f"It names {name}." for name in sorted(set(people)) if names_in(plain, [fold(name)])]
    if unkind := sorted(UNKIND & set(_words(whole))):
        found.append(f"It may hurt: “{'”, “'.join(unkind)}”.")
    for one in said:
        found += _contradictions(one)
    return found


def _contradictions(one: Said) -> list[str]:
    used = [set(_meant(comment)) for comment in one.comments]
    every = set().union(*used) if used else set()
    found = [
        f"“{one.name}”: one comment says “{good}”, another “{bad}”."
        for good, bad in OPPOSITES
        if any(good in words and bad not in words for words in used)
        and any(bad in words and good not in words for words in used)
    ]
    if one.share is not None and one.share >= HIGH and every & BLAME and not every & PRAISE:
        found.append(f"“{one.name}”: the score is high, but the comments blame.")
    if one.share is not None and one.share <= LOW and every & PRAISE and not every & BLAME:
        found.append(f"“{one.name}”: the score is low, but the comments praise.")
    return found


def _words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]


def _meant(text: str) -> list[str]:
    """A comment’s words without those that a “not” stands before: “not clear” is not “clear”."""
    words = _words(text)
    return [
        word
        for place, word in enumerate(words)
        if not NOT & set(words[max(0, place - 2) : place])
        and not any(before.endswith("n’t") for before in words[max(0, place - 2) : place])
    ]
