"""Text as it is kept, and words counted by the rule that the browser's counter uses."""

import re
from typing import Any

# Words are counted as the browser’s counter counts them, so that both say the same: by
# what JavaScript’s `\S` matches. Python’s own `\S` differs: it takes a byte order mark for
# text and the separators U+001C to U+001F and U+0085 for space.
_WORD = re.compile(r"[^\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")

_NO_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane << 16 | end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF))
    + "]"
)
"""Control characters, halves of pairs and noncharacters: XML 1.0 refuses most of them, PostgreSQL
NUL and halves, and nobody can see any."""


def clean_text(text: str) -> str:
    """What every file, feed and database takes; the rest is left out."""
    return _NO_TEXT.sub("", text)


def clean_json(value: Any) -> Any:
    """Plain JSON, or rows of it, with every text in it cleaned, keys too."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list | tuple):
        return [clean_json(each) for each in value]
    if isinstance(value, dict):
        return {clean_json(key): clean_json(each) for key, each in value.items()}
    return value


def count_words(text: str) -> int:
    """How many runs of anything but white space `text` holds."""
    return sum(1 for _ in _WORD.finditer(text))


_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Turn the direction of all that follows: in a line that quotes them, of the words around too."""


def one_line(text: str, longest: int) -> str:
    """`text` on one line of at most `longest` characters, with an ellipsis where it was cut.

    Letters keep their own direction; marks that turn the whole line's are left out.
    """
    line = " ".join(_TURNS.sub("", clean_text(" ".join(text.split()))).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
