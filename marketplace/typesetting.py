"""Text made ready to be set in type: what no page can show is named, and nothing is lost unsaid.

Pure; no Django, and nothing of the compiler's.
"""

import re
import unicodedata
from collections.abc import Iterable

LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks that turn what stands after them round, up to a place that may never come."""

COLOURED_OR_NOT = "\ufe0e\ufe0f"
"""All is in one colour here."""

LEFT_OUT = frozenset([*TURNING, *COLOURED_OR_NOT, "\ufeff"])
BULLETS = str.maketrans(
    {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➤", "\uf0e0": "→", "\uf0fc": "✓", "\t": " "}
)
"""What word processors paste for their bullets: places in fonts of their own."""

KEYCAP = "\u20e3"
ALPHABETS = ("LATIN", "GREEK", "CYRILLIC")
"""Letters that stand in the same font as the marks that go on any letter (accents)."""

ACCENTS = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1ac0\u1ac5\u1ac7-\u1ace\u1dc0-\u1df9\u1dfb-\u1dff\u20f0"
    r"\u2de0-\u2dff\ua66f-\ua67d\ua69e\ua69f\ufe20-\ufe2f]"
)
SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""They choose a form of the letter before and have none of their own."""

KANA = ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA")
BEYOND_LATIN = re.compile(r"[^\n\x20-\x7e\u00a0-\u024f]")


def settable(text: str) -> str:
    """The text without what is no letter: control characters, and marks that turn others round.

    Half a character, and one that nobody assigned, are named. So is a mark on a letter of
    another script: a font has the one or the other, and the letter would be lost.
    """
    text = LINE_ENDS.sub("\n", text).translate(BULLETS)
    return _with_marks_that_fit("".join(map(_settled, text)))


def named(runs: Iterable[str], text: str) -> str:
    """The text with these runs of letters named, as no font has a shape for them.

    Of a run, what is added to its first letter is named first: that letter may have a shape.
    """
    longest_first = sorted(runs, key=lambda run: (-len(run), run))
    return re.sub("|".join(map(re.escape, longest_first)), _run_named, text)


def in_latin(text: str) -> str:
    """The text with all beyond Latin letters named."""
    return BEYOND_LATIN.sub(lambda found: name_of(found.group()), text)


def name_of(character: str) -> str:
    """ "[egyptian hieroglyph a001]"; nothing for what only acts on the letters beside it."""
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category == "Cf" or character == KEYCAP or SELECTORS.match(character):
        return ""
    name = unicodedata.name(character, "").lower()
    return f"[{name or f'U+{ord(character):04X}'}]"


def _settled(character: str) -> str:
    category = unicodedata.category(character)
    if character in LEFT_OUT or (category == "Cc" and character != "\n"):
        return ""
    return name_of(character) if category in ("Cs", "Co", "Cn") else character


def _with_marks_that_fit(text: str) -> str:
    said: list[str] = []
    letter = " "
    broken = False
    for character in text:
        category = unicodedata.category(character)
        is_mark = category.startswith("M") and not SELECTORS.match(character)
        if is_mark:
            broken = broken or not _fits(letter, character)
        elif category != "Cf" and not SELECTORS.match(character):
            letter, broken = character, False
        said.append(name_of(character) if is_mark and broken else character)
    return "".join(said)


def _fits(letter: str, mark: str) -> bool:
    """Whether one font has both."""
    if letter.isspace():
        return True
    script, own = _script(letter), _script(mark)
    if own == "COMBINING":
        voiced = "KATAKANA-HIRAGANA" in unicodedata.name(mark, "")
        fits_latin = ord(letter) < 0x250 or script in ALPHABETS or ACCENTS.match(letter)
        return script in KANA if voiced else bool(ACCENTS.match(mark) and fits_latin)
    return script == own


def _script(character: str) -> str:
    """The first word of a character's name, which for letters and their marks is their script."""
    return unicodedata.name(character, "").partition(" ")[0]


def _run_named(found: re.Match[str]) -> str:
    run = found.group()
    return run[0] + "".join(map(name_of, run[1:])) if len(run) > 1 else name_of(run)
