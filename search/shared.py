"""What two texts share, and where one of them says so. Pure functions, no Django."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from search.ranking.analysis import terms
from search.words import STOP_WORDS, words

_PLAIN_WORDS = """
about across all also any around away based been before being best better between both bring
build can could do does each every few find first found from get give given good had has have
help helps how improve its just keep know less like made make makes many may might more most
much must need needs new now one only other others our out over own part people place provide
put same see set she should so some still take than them through time too two under until up
use used uses using very want wants way ways we well were what when where which while who whose
why within without work working works would year years you your
"""
PLAIN_WORDS = STOP_WORDS | frozenset(_PLAIN_WORDS.split())
"""Words that say nothing about what two texts share."""

_FIELD_WORDS = """
authority authorities challenge challenges city council councils digital government local public
region regional resident residents service services solution solutions technology technologies
"""
FIELD_WORDS = frozenset(_FIELD_WORDS.split())
"""Words of nearly every text here: they say something only beside another ("council homes")."""


LONGEST_PASSAGE = 160
"""Characters of the words quoted from a text."""

FEWEST_SHARED = 2
"""One word in common is chance as often as not."""

Frequency = Callable[[str], int]
"""Stem → in how many texts it stands, to tell rare words from common ones."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem that search looks for, so that what is shown as shared is what was found."""
    return next(iter(terms(word)), "")


def _says_something(word: str) -> bool:
    return len(word) > 2 and word not in PLAIN_WORDS and not word.isdigit()


@lru_cache(maxsize=256)
def telling_words(text: str) -> Mapping[str, str]:
    """Stem → the word as written, for the words that say something; in order of appearance."""
    found: dict[str, str] = {}
    for word in words(text):
        if _says_something(word) and word not in FIELD_WORDS and (key := stem(word)):
            found.setdefault(key, word)
    return found


@lru_cache(maxsize=256)
def telling_pairs(text: str) -> Mapping[tuple[str, str], str]:
    """Stems of two words that say something together → the two as written."""
    found: dict[tuple[str, str], str] = {}
    row = words(text)
    for one, two in zip(row, row[1:], strict=False):
        both_common = one in FIELD_WORDS and two in FIELD_WORDS
        if not both_common and _says_something(one) and _says_something(two):
            found.setdefault((stem(one), stem(two)), f"{one} {two}")
    return found


def shared_words(mine: str, theirs: str, frequency: Frequency, limit: int = 6) -> list[str]:
    """What two texts share, rarest first, as `mine` writes it; pairs in both go first."""
    own, other = telling_words(mine), telling_words(theirs)
    own_pairs, other_pairs = telling_pairs(mine), telling_pairs(theirs)
    pairs = [key for key in own_pairs if key in other_pairs]
    pairs.sort(key=lambda key: min(map(frequency, key)))
    taken: set[str] = set()
    found: list[str] = []
    for key in pairs:
        if not taken.intersection(key) and len(found) < limit:
            taken.update(key)
            found.append(own_pairs[key])
    singles = [key for key in own if key in other and key not in taken]
    singles.sort(key=frequency)
    return (found + [own[key] for key in singles])[:limit]


def passage(text: str, shared: list[str]) -> str:
    """Where a text says most of what is shared, word for word; empty where it says one thing.

    A long sentence is cut between words, around the first and the last of what is shared.
    """
    wanted = {stem(word) for phrase in shared for word in phrase.split()}
    best, most = "", FEWEST_SHARED - 1
    for sentence in _SENTENCE.split(text):
        found = len(wanted & {stem(word) for word in words(sentence)})
        if found > most:
            best, most = sentence.strip(), found
    return _cut(best, wanted)


def _cut(sentence: str, wanted: set[str]) -> str:
    if len(sentence) <= LONGEST_PASSAGE:
        return sentence
    row = sentence.split()
    first = next((n for n, word in enumerate(row) if wanted & set(map(stem, words(word)))), 0)
    start = max(first - 3, 0)
    kept: list[str] = []
    for word in row[start:]:
        if len(" ".join([*kept, word])) > LONGEST_PASSAGE - 2:
            break
        kept.append(word)
    cut = " ".join(kept)
    return f"{'…' if start else ''}{cut}{'…' if start + len(kept) < len(row) else ''}"
