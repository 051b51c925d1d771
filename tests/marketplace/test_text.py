"""Words are counted on the server by the rule of the counter in the browser."""

import pytest

from marketplace.text import count_words
from tests.marketplace.fixtures import COMPONENTS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        (" \n\t ", 0),
        ("one", 1),
        ("  one\n\ntwo\u00a0three ", 3),
        ("well-known don’t e-mail", 3),
        ("a / b & c", 5),
        ("日本語 です", 2),
        # JavaScript takes a byte order mark for space, and these separators for text.
        ("one\ufefftwo", 2),
        ("one\x1ctwo\x85three", 1),
    ],
)
def test_counting(text: str, words: int) -> None:
    assert count_words(text) == words


def test_the_browsers_counter_still_has_the_same_rule() -> None:
    script = (COMPONENTS / "character-count/character-count.mjs").read_text(encoding="utf-8")
    assert r"text.match(/\S+/g)" in script
