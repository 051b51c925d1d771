"""Words of a text, as every back end and the matching see them. Pure functions, no Django."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

_STOP_WORDS = """
a an and are as at be but by for if in into is it no not of on or such that the their then there
these they this to was will with
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Lucene's English stop words, so that all back ends leave out the same ones."""

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

MARK_START, MARK_END = "\ue000", "\ue001"
LESS_STAND_IN, MORE_STAND_IN = "\ue002", "\ue003"
"""Private-use characters around a highlighted word, and in place of angle brackets where a
database would take them for markup; `clean` takes them out of all data."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_UNWANTED = re.compile(f"[{MARK_START}-{MORE_STAND_IN}\x00-\x08\x0b-\x1f\x7f]|[\ud800-\udfff]")

LONGEST_WORD = 64
MOST_QUERY_WORDS = 24


def clean(text: str) -> str:
    """`text` without control characters, lone surrogates and the marks of highlighting."""
    return _UNWANTED.sub(" ", text)


def words(text: str) -> list[str]:
    """The words of a text in order: lower case, possessive “’s” dropped."""
    found = _WORD.findall(unicodedata.normalize("NFC", clean(text)).lower())
    return [re.sub(r"['’]s$", "", word).replace("’", "'") for word in found]


def query_words(text: str) -> list[str]:
    """What a person's query asks for: distinct words, stop words out, within sane lengths.

    A query of nothing but stop words asks for nothing: the list is empty.
    """
    found = (part for word in words(text[:10_000]) for part in re.split(r"['_]", word))
    kept = (word[:LONGEST_WORD] for word in found if word and word not in STOP_WORDS)
    return list(dict.fromkeys(kept))[:MOST_QUERY_WORDS]


def stem(word: str) -> str:
    """A plural's singular, roughly: enough to see that "homes" and "home" are one word."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _says_something(word: str) -> bool:
    return len(word) > 2 and word not in PLAIN_WORDS and not word.isdigit()


def telling_words(text: str) -> dict[str, str]:
    """Stem → the word as written, for the words that say something; in order of appearance."""
    found: dict[str, str] = {}
    for word in words(text):
        if _says_something(word) and word not in FIELD_WORDS:
            found.setdefault(stem(word), word)
    return found


def telling_pairs(text: str) -> dict[tuple[str, str], str]:
    """Stems of two words that say something together → the two as written."""
    found: dict[tuple[str, str], str] = {}
    row = words(text)
    for one, two in zip(row, row[1:], strict=False):
        both_common = one in FIELD_WORDS and two in FIELD_WORDS
        if not both_common and _says_something(one) and _says_something(two):
            found.setdefault((stem(one), stem(two)), f"{one} {two}")
    return found


def document_frequencies(texts: Iterable[str]) -> dict[str, int]:
    """Stem → in how many of the texts it stands."""
    counts: dict[str, int] = {}
    for text in texts:
        for key in telling_words(text):
            counts[key] = counts.get(key, 0) + 1
    return counts


def shared_words(
    mine: str, theirs: str, frequencies: Mapping[str, int], limit: int = 4
) -> list[str]:
    """What two texts share, rarest first, as `mine` writes it; pairs that stand in both go first.

    Args:
        frequencies: stem → number of texts that have it, to tell rare words from common ones.
    """
    own, other = telling_words(mine), telling_words(theirs)
    own_pairs, other_pairs = telling_pairs(mine), telling_pairs(theirs)
    pairs = [key for key in own_pairs if key in other_pairs]
    pairs.sort(key=lambda key: min(frequencies.get(part, 0) for part in key))
    taken: set[str] = set()
    found: list[str] = []
    for key in pairs:
        if not taken.intersection(key) and len(found) < limit:
            taken.update(key)
            found.append(own_pairs[key])
    singles = [key for key in own if key in other and key not in taken]
    singles.sort(key=lambda key: frequencies.get(key, 0))
    return (found + [own[key] for key in singles])[:limit]
