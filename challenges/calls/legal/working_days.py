"""Working days of England: no Saturday, Sunday or bank holiday. Pure; no Django.

Bank holidays come from the `holidays` package, which follows the Banking and Financial
Dealings Act 1971 and the proclamations under it.
"""

from datetime import date, timedelta
from functools import cache

import holidays


@cache
def _bank_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv="ENG")


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _bank_holidays()


def next_working_day(day: date) -> date:
    """The day itself if it is a working day, else the first one after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def working_days_from(first: date, count: int) -> date:
    """The last of `count` working days, of which the first is `first` if it is one.

    A standstill of eight working days that begins on a Monday ends on the Wednesday of the
    week after, as section 51 of the Procurement Act 2023 counts.
    """
    if count < 1:
        raise ValueError("count at least one working day")
    day = first
    while True:
        count -= is_working_day(day)
        if not count:
            return day
        day += timedelta(days=1)


def working_days_after(start: date, count: int) -> date:
    """The working day that is `count` after `start`, which does not count itself."""
    return working_days_from(start + timedelta(days=1), count) if count else start


def working_days_between(start: date, end: date) -> int:
    """How many working days have passed since `start`, up to and with `end`."""
    days = (end - start).days
    return sum(is_working_day(start + timedelta(days=n)) for n in range(1, days + 1))
