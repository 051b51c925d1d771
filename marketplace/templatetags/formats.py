"""Filters that write money, dates and counts as people read them."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils import timezone

from marketplace.numbers import pounds
from marketplace.rounding import Number, fixed, places_to_tell, plain
from marketplace.times import LONDON, day_ended_by, moment, on_moment

UNITS = (("year", 365 * 86400), ("month", 30 * 86400), ("day", 86400), ("hour", 3600))

register = template.Library()


@register.filter
def money(amount: Any) -> str:
    """£10,000, or £10,000.50 where there are pence; nothing for no amount."""
    try:
        number = Decimal(str(amount))
    except InvalidOperation:
        return ""
    return pounds(number) if number.is_finite() else ""


@register.filter
def score(number: Number | None, places: int = 1) -> str:
    """A score or a mean of scores, to one place unless told; a dash for none."""
    return "–" if number is None else fixed(number, places)


@register.filter
def score_among(number: Number | None, others: Iterable[Number | None]) -> str:
    """As `score`, to as many places as tell it from those that stand beside it."""
    return score(number, places_to_tell(others))


@register.filter
def plain_score(number: Number) -> str:
    """On a criterion's own scale: a whole number as it is, else to one place."""
    return plain(number)


@register.filter
def uk_date(when: date | datetime | None) -> str:
    """31 January 2018; the day in London for a moment."""
    if not when:
        return ""
    day = _in_london(when) if isinstance(when, datetime) else when
    return f"{day.day} {day:%B %Y}"


@register.filter
def uk_datetime(when: datetime | None) -> str:
    """31 January 2018 at 5:00pm GMT, in London with its zone; see `marketplace.times.moment`."""
    return moment(_in_london(when)) if when else ""


@register.filter
def last_day(when: datetime | None) -> str:
    """The last day before a deadline, where its hour is not said: for 0:00, the day before."""
    return uk_date(day_ended_by(_in_london(when))) if when else ""


@register.filter
def on_uk_datetime(when: datetime | None) -> str:
    """As `uk_datetime`, to follow a verb: "closes on 31 January …", "closes at midnight …"."""
    return on_moment(_in_london(when)) if when else ""


@register.filter
def from_now(when: datetime | None) -> str:
    """“in 3 days” or “2 hours ago”; the largest whole unit counts."""
    if not when:
        return ""
    seconds = (_in_london(when) - timezone.now()).total_seconds()
    size = abs(seconds)
    for name, length in UNITS:
        if size >= length:
            return _around(counted(int(size // length), f"{name},{name}s"), seconds)
    if size >= 60:
        return _around(counted(int(size // 60), "minute,minutes"), seconds)
    return "in less than a minute" if seconds > 0 else "just now"


@register.filter
def counted(number: int, words: str) -> str:
    """`{{ 1|counted:"pitch,pitches" }}` is “1 pitch”; thousands have a comma."""
    one, many = words.split(",")
    return f"{number:,} {one if number == 1 else many}"


def _around(span: str, seconds: float) -> str:
    return f"in {span}" if seconds > 0 else f"{span} ago"


def _in_london(when: datetime) -> datetime:
    return (
        timezone.localtime(when, LONDON) if timezone.is_aware(when) else when.replace(tzinfo=LONDON)
    )
