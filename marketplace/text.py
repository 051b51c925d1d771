"""Counting words the same way here and in the browser."""

import re


def count_words(text: str) -> int:
    """Runs of anything but white space; `site.js` counts by the same rule."""
    return len(re.findall(r"\S+", text))
