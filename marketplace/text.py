"""Small things about text: counting words, and lines that fit."""

import re

# Words are counted as the browser’s counter counts them, so that both say the same: by
# what JavaScript’s `\S` matches. Python’s own `\S` differs: it takes a byte order mark for
# text and the separators U+001C to U+001F and U+0085 for space.
_WORD = re.compile(r"[^\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")


def count_words(text: str) -> int:
    """How many runs of anything but white space `text` holds."""
    return sum(1 for _ in _WORD.finditer(text))


def one_line(text: str, longest: int) -> str:
    """`text` on one line of at most `longest` characters, with an ellipsis where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
