"""Company numbers, as Companies House writes them: eight characters. Pure; no Django.

England and Wales have eight digits; every other register has two letters first (SC, NI, OC, FC,
OE, GE, LP, RC, NP …) and old Northern Irish companies R0. Societies, old partnerships and
entries that other bodies keep may end in one to three letters: IP27869R, SL00911A, SP1793RS,
IP000CUS; a few OC numbers have P among their digits. The register adds prefixes now and then, so
none is refused for not being on a list. Sources: Companies House, “Uniform Resource Identifiers
(URI) customer guide”, its table of prefixes; chguide.co.uk, “Company numbers”, for endings found
among 13.6 million numbers.
"""

import re
import unicodedata

LENGTH = 8
WELL_FORMED = (
    r"^([0-9]{8}|R0[0-9]{5}[0-9CR]|OC[0-9P]{4}([0-9P][0-9A-Z]|[A-Z]{2})"
    r"|[A-Z]{2}([0-9]{6}|[0-9]{5}[A-Z]|[0-9]{4}[A-Z]{2}|[0-9]{3}[A-Z]{3}))$"
)
SEPARATORS = re.compile(r"[\s.\-/\u00ad\u2010-\u2015\u2212\u200b-\u200f\u2060\ufeff]")
SHORT = re.compile(r"^(R(?=[0-9]+$)|[A-Z]{2})([0-9]{1,6})([A-Z]{0,3})$")
"""Letters, digits that the register would fill up, and an ending."""
PARTS = re.compile(r"^([a-z]*)([0-9]*)(.*)$")
LEAST, LEAST_BEHIND_LETTERS = 5, 3
"""Digits without which a number is one of many that stand in texts."""

NOUGHT_FIRST = re.compile(r"^0(?=[CE][0-9])")
"""No number starts with a nought and a letter: an OC or OE is meant."""


def normalise(typed: str) -> str:
    """“sc-12345” → “SC012345”; “1234567” → “01234567”: the register fills up with zeros.

    Whether the outcome is well formed is for `models.company_number_validator` to say.
    """
    number = NOUGHT_FIRST.sub("O", SEPARATORS.sub("", _plain(typed)).upper())
    if number.isascii() and number.isdigit():
        return number.zfill(LENGTH)
    if short := SHORT.match(number):
        return short[1] + short[2].zfill(LENGTH - len(short[1] + short[3])) + short[3]
    return number


def written(number: str) -> re.Pattern[str]:
    """Finds a well-formed number in a folded text: with spaces, and without the noughts that fill
    it up where enough is left to tell it from others."""
    letters, digits, ending = PARTS.findall(number.lower())[0]
    short = digits.lstrip("0")
    noughts = "(?:0 ?)*" if len(short) >= (LEAST_BEHIND_LETTERS if letters else LEAST) else ""
    rest = " ?".join((short if noughts else digits) + ending)
    before = "".join(f"{letter} ?" for letter in letters)
    return re.compile(rf"(?<!\w)(?<!\d ){before}{noughts}{rest}(?!\w)")


def _plain(typed: str) -> str:
    """Full-width letters and digits as others; digits of other scripts are not the register's."""
    return "".join(
        unicodedata.normalize("NFKC", letter) if "\uff01" <= letter <= "\uff5e" else letter
        for letter in typed
    )
