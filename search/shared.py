"""What two texts share, and where one of them says so. Pure functions, no Django."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from search.ranking.analysis import terms
from search.words import STOP_WORDS, words

_PLAIN_WORDS = """
able about above across after again against all allow almost already also although always among
another answer answered any anyone anything around ask asked away based became because become been
before began begin being below better best between both bring brought build came can change come
comes could date day days decide decided did different do does done down during each early eight
either else end enough even ever every everyone example far few find first five follow following
found four from full gave general get give given go goes going gone good great had half hand has
have having held help helps here high hold hour hours how however important improve include
including instead its itself just keep kept kind knew know known large last late later lead learn
least led left less let like likely little long longer look low made main make makes making many
may mean means meet might minute minutes month months more most much must name near need needed
needs never new next nine no nobody non none nor nothing now number off offer often old once one
only onto open order organisation organisations other others our out over own part particular
partner partners past people per perhaps place places plan point possible problem problems project
projects provide put quickly ran rather reach read ready real really right run running said same
saw say says second see seen sent set seven several she should show side similar since six small
so some something sometimes soon still support system systems take taken team ten than them
themselves thing things think third those though three through time times to today together too
took toward trial tried try turn two under unless until up upon use used user users uses using
usually various very want wanted wants way ways we week weeks well went were what when where
whether which while who whole whose why wide within without word words work worked working works
would write written year years yet you your
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

MOST_TEXTS = 1_000
"""Texts whose words are kept, some 10 kB each: the same few turn up in many matches."""

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


@lru_cache(maxsize=MOST_TEXTS)
def _row(text: str) -> list[tuple[str, bool]]:
    """The words of a text in order, and whether each says something."""
    found = words(text)
    telling = {word for word in set(found) if _says_something(word)}
    return [(word, word in telling) for word in found]


@lru_cache(maxsize=MOST_TEXTS)
def telling_words(text: str) -> Mapping[str, str]:
    """Stem → the word as written, for the words that say something; in order of appearance."""
    found: dict[str, str] = {}
    for word, telling in _row(text):
        if telling and word not in FIELD_WORDS and (key := stem(word)):
            found.setdefault(key, word)
    return found


@lru_cache(maxsize=MOST_TEXTS)
def telling_pairs(text: str) -> Mapping[tuple[str, str], str]:
    """Stems of two words that say something together → the two as written."""
    found: dict[tuple[str, str], str] = {}
    row = _row(text)
    for (one, first), (two, second) in zip(row, row[1:], strict=False):
        if first and second and not (one in FIELD_WORDS and two in FIELD_WORDS):
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
