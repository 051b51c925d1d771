"""Numbers as people write them: read right, or asked about, never guessed. Pure; no Django.

A comma before three digits marks thousands and a point marks decimals, as is usual in Britain;
spaces and apostrophes mark thousands too, and “1.234,56” can mean one thing only. Where two
numbers could be meant (“9,50”, “12.345”), both are given back to be asked about.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

LONGEST = 60
"""Characters; nobody writes a number that is longer."""

MINUS = "-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
MARKS = {
    **dict.fromkeys("\u2018\u2019\u02bc\u02b9\u2032\uff07\u00b4`", "'"),
    **dict.fromkeys(MINUS, "-"),
    **{"\uff0c": ",", "\uff0e": ".", "\uff0b": "+", "\uffe1": "£", "\uff05": "%", "\u066a": "%"},
    # The Arabic decimal and thousands marks say which they are.
    **{"\u066b": "D", "\u066c": "'"},
}
CURRENCY = re.compile(r"£|(?<![a-z])(?:gbp|pounds?(?: sterling)?|sterling)(?![a-z])", re.IGNORECASE)
PER_CENT = re.compile(r"\s*(?:%|\bper ?cent\b)\s*$", re.IGNORECASE)
PENCE = re.compile(r"^(\d{1,9})\s?(?:p|pence)$", re.IGNORECASE)
SCALES = {
    **dict.fromkeys(("k", "thousand"), 10**3),
    **dict.fromkeys(("m", "mn", "million"), 10**6),
    **dict.fromkeys(("bn", "billion"), 10**9),
}
SCALE = re.compile(
    rf"(?<=\d)\s?({'|'.join(sorted(SCALES, key=len, reverse=True))})$", re.IGNORECASE
)
SIGN = re.compile(r"^\s*([-+])\s*")
IN_BRACKETS = re.compile(r"^\((.*)\)$")

GROUPS = r"(?:[1-9]\d{0,2})(?:%s\d{3})+"
READINGS = tuple(
    re.compile(rf"^(?P<whole>{whole})(?:{point}(?P<part>\d*))?$")
    for whole, point in (
        (r"\d+", r"[.D]"),
        (GROUPS % "[,' ]", r"[.D]"),
        # As in India: 12,50,000 is twelve and a half lakhs.
        (r"[1-9]\d?(?:,\d{2})+,\d{3}", r"[.D]"),
        (GROUPS % r"\.", r"[,D]"),
        (GROUPS % "[' ]", r"[,D]"),
        (r"\d+", r","),
    )
)
"""Ways to write a number without its sign: thousands, then decimals."""

ONE_COMMA = re.compile(r"^\d+,\d+$")


class NotANumberError(ValueError):
    """What was typed is no number that can be read."""


@dataclass
class UnclearNumberError(NotANumberError):
    """What was typed could be several numbers, or is likely a slip; `readings` are they."""

    readings: tuple[Decimal, ...]

    def __str__(self) -> str:
        return "Could be " + " or ".join(plain(each) for each in self.readings)


def read_number(text: str, *, money: bool = False, per_cent: bool = False) -> Decimal:
    """The one number that somebody wrote.

    Args:
        money: a pound sign, “GBP”, “50p”, “12k” and “1.5m” are read too.
        per_cent: a “%” at the end is read too.

    Raises:
        UnclearNumberError: more than one number could be meant. NotANumberError: none could.
    """
    if len(text) > LONGEST:
        raise NotANumberError("too long")
    plain_text = " ".join(_simplified(text).split())
    negative, plain_text = _without_sign(plain_text)
    if money:
        plain_text = _without_currency(plain_text)
        again, plain_text = _without_sign(plain_text)
        if negative and again:
            raise NotANumberError("two signs")
        negative = negative or again
        if pence := PENCE.match(plain_text):
            return _signed(Decimal(pence[1]) / 100, negative)
    if per_cent:
        plain_text = PER_CENT.sub("", plain_text, count=1)
    scale = 1
    if money and (found := SCALE.search(plain_text)):
        scale, plain_text = SCALES[found[1].lower()], plain_text[: found.start()]
    numbers = [_signed(each * scale, negative) for each in _readings(plain_text.strip())]
    if not numbers:
        raise NotANumberError("no number")
    if len(numbers) > 1:
        raise UnclearNumberError(tuple(numbers))
    return numbers[0]


def plain(number: Decimal) -> str:
    """1234.5 as “1,234.5”, without noughts that say nothing."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def pounds(number: Decimal | int) -> str:
    """£12,600.50, or £12,600 where there are no pence; as many decimals as there are beyond.

    The one way in which an amount is written for people: nothing is rounded.
    """
    size = abs(Decimal(number))
    exact = -int(size.normalize().as_tuple().exponent)
    text = f"£{size:,.{max(2, exact)}f}".removesuffix(".00")
    return f"−{text}" if number < 0 else text


def _simplified(text: str) -> str:
    """Every script's digits and marks as ASCII; a raised 2 is no digit, so it stays."""
    return "".join(_simple(letter) for letter in text)


def _simple(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    if digit is not None:
        return str(digit)
    kind = unicodedata.category(letter)
    if kind == "Cf":  # marks of direction, zero-width spaces: nobody sees them
        return ""
    return " " if kind == "Zs" else "\ufffd" if letter == "D" else MARKS.get(letter, letter)


def _without_sign(text: str) -> tuple[bool, str]:
    if inside := IN_BRACKETS.match(text):
        return True, inside[1].strip()
    if sign := SIGN.match(text):
        return sign[1] == "-", text[sign.end() :]
    return False, text


def _without_currency(text: str) -> str:
    if len(CURRENCY.findall(text)) > 1:
        raise NotANumberError("two currencies")
    start, end = CURRENCY.match(text), CURRENCY.search(text)
    if start:
        return text[start.end() :].strip()
    return text[: end.start()].strip() if end and end.end() == len(text) else text


def _readings(text: str) -> list[Decimal]:
    """Every number that the digits and marks of `text` could be, the likeliest first."""
    text = f"0{text}" if re.match(r"^[.,D]\d", text) else text
    found = []
    for pattern in READINGS:
        if match := pattern.match(text):
            whole = re.sub(r"\D", "", match["whole"])
            found.append(Decimal(f"{whole}.{match['part'] or '0'}"))
    if ONE_COMMA.match(text):
        if is_thousands(text):
            return found[:1]
        # A comma may be a decimal mark, or a thousands mark in the wrong place.
        found += [] if found[0] < 1 and text[0] == "0" else [Decimal(text.replace(",", ""))]
    return list(dict.fromkeys(found))


def is_thousands(text: str) -> bool:
    """“1,234”: in Britain one thousand two hundred and thirty-four."""
    return re.match(r"^[1-9]\d{0,2},\d{3}$", text) is not None


def _signed(number: Decimal, negative: bool) -> Decimal:
    """With its sign, and without noughts at the end: 1.2345 million has no decimals."""
    text = f"{number:f}"
    exact = Decimal(text.rstrip("0").rstrip(".")) if "." in text else number
    return -exact if negative and exact else exact
