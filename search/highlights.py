"""Text with marks in it → runs of plain text, marked or not."""

import re

from search.port import Part
from search.words import MARK_END, MARK_START

LONGEST_SUMMARY = 240
"""Characters of a summary that are shown when no word of it was asked for."""

_MARKED = re.compile(f"{MARK_START}([^{MARK_END}]*){MARK_END}")


def parts(text: str) -> list[Part]:
    """Splits at the marks; with none, one plain part, or no part at all for no text."""
    pieces = _MARKED.split(text)
    return [Part(piece, place % 2 == 1) for place, piece in enumerate(pieces) if piece]


def best_snippet(summary: str, body: str) -> list[Part]:
    """The passage that has the words; else how the summary begins."""
    for text in (summary, body):
        if MARK_START in text:
            return parts(text)
    return parts(shortened(summary))


def shortened(text: str) -> str:
    """At most `LONGEST_SUMMARY` characters, cut between words."""
    if len(text) <= LONGEST_SUMMARY:
        return text
    return text[:LONGEST_SUMMARY].rsplit(None, 1)[0] + "…"
