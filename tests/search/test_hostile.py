"""Whatever is typed, an answer comes back, and soon."""

import sys
import time
from collections.abc import Callable

import pytest

from search.port import Query, Results, SearchBackend
from tests.search.conftest import titles
from tests.search.things import organisation

Find = Callable[..., Results]

HOSTILE = [
    "",
    " ",
    "a",
    "the of and",
    '"',
    '""',
    '"unbalanced',
    "'",
    "it's ''quoted'' \"here\"",
    "*",
    "***",
    "dam*p",
    "* *",
    "?",
    "AND",
    "OR NOT AND",
    "damp AND (",
    "((((((",
    "NEAR(damp mould, 2)",
    "title: damp",
    "title:damp^9",
    "^damp",
    "-damp",
    "+damp -mould ~ !",
    "{title body}: damp",
    "damp~2 /da.*p/ [a TO z]",
    "<-> & | ! :*",
    "damp:*",
    "\\",
    "\\'",
    "'; DROP TABLE search_indexentry; --",
    "%s %d %(x)s {0}",
    "<script>alert(1)</script>",
    "\x00",
    "da\x00mp",
    "\ud800",
    "\ue000damp\ue001",
    "damp\u200b\u202e",
    "½ ² ① ﬁ ß İ",
    "नमस्ते दुनिया",
    "東京 駅",
    "👩‍🚀 🏠",
    "e\u0301te\u0301 cafe\u0301",
    "_",
    "a_b",
    "1e309",
    "damp " * 2000,
    "x" * 10_000,
    '"' * 10_000,
    "*" * 10_000,
    "(" * 10_000,
    " ".join(f"word{number}" for number in range(1500)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_odd_queries_get_an_answer(find: Find, backend: SearchBackend, text: str) -> None:
    organisation("Dry Walls", "We find damp.")
    find()
    start = time.perf_counter()
    found = backend.search(Query(text))
    assert time.perf_counter() - start < 1
    assert found.total == len(found.hits)
    backend.search(Query(text, filters={"sector": (text[:500],), "state": (text[:50],)}))
    backend.search(Query("damp", kinds=(text[:50],)))


def test_every_plane_of_unicode(find: Find, backend: SearchBackend) -> None:
    organisation("Dry Walls", "We find damp.")
    find()
    for start in range(0, sys.maxunicode, 4096):
        sample = " ".join(chr(point) for point in range(start, start + 4096, 97))
        assert isinstance(backend.search(Query(sample)).total, int)


def test_odd_text_can_be_indexed_and_found(find: Find) -> None:
    organisation("Odd \x01", "one\ue000two \ud7ff 🏠 kestrel " + "x" * 200)
    [hit] = find("kestrel").hits
    assert "".join(part.text for part in hit.snippet if part.marked) == "kestrel"


def test_operators_are_words_like_any_other(find: Find) -> None:
    organisation("Near Ltd", "Near the canal.")
    assert titles(find("NEAR(canal)")) == ["Near Ltd"]


def test_a_page_far_down_is_empty_and_no_error(find: Find) -> None:
    organisation("Dry Walls", "We find damp.")
    assert find("damp", page=500).hits == []
