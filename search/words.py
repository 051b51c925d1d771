"""Words of a text, as every back end and the matching see them. Pure functions, no Django."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_STOP_WORDS = """
a an and are as at be but by for if in into is it no not of on or such that the their then there
these they this to was will with
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Lucene's English stop words, so that all back ends leave out the same ones."""

MARK_START, MARK_END = "\ue000", "\ue001"
LESS_STAND_IN, MORE_STAND_IN = "\ue002", "\ue003"
"""Private-use characters around a highlighted word, and in place of angle brackets where a
database would take them for markup; `clean` takes them out of all data."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_UNWANTED = re.compile(f"[{MARK_START}-{MORE_STAND_IN}\x00-\x08\x0b-\x1f\x7f]|[\ud800-\udfff]")

LONGEST_WORD = 64
MOST_QUERY_WORDS = 24


@dataclass(frozen=True)
class QueryTerm:
    """One thing that a query asks for: all of `words`, or any of `others` as a phrase."""

    words: tuple[str, ...]
    others: tuple[str, ...] = ()


def is_one_word(terms: Sequence[QueryTerm]) -> bool:
    """Whether any of the words is all of them."""
    return sum(len(term.words) for term in terms) == 1


def clean(text: str) -> str:
    """`text` without control characters, lone surrogates and the marks of highlighting."""
    return _UNWANTED.sub(" ", text)


def words(text: str) -> list[str]:
    """The words of a text in order: lower case, possessive “’s” dropped."""
    found = _WORD.findall(unicodedata.normalize("NFC", clean(text)).lower())
    return [_plain(word) if "'" in word or "’" in word else word for word in found]


def _plain(word: str) -> str:
    word = word.replace("’", "'")
    return word.removesuffix("'s")


def query_words(text: str) -> list[str]:
    """What a person's query asks for: distinct words, stop words out, within sane lengths.

    A query of nothing but stop words asks for nothing: the list is empty.
    """
    found = (part for word in words(text[:10_000]) for part in re.split(r"['_]", word))
    kept = (word[:LONGEST_WORD] for word in found if word and word not in STOP_WORDS)
    return list(dict.fromkeys(kept))[:MOST_QUERY_WORDS]
