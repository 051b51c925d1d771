"""Moments moved as people move them: by whole days, the clock on the wall kept. Pure; no Django.

Nothing lands on a weekend or a bank holiday: what would is moved on to the next working day,
and what followed it still follows it. An end at 0:00 is the end of the day before, as it is said
everywhere, so it is that day which has to be a working day.
"""

from collections.abc import Collection, Hashable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar

from challenges.calls.legal.working_days import next_working_day

Key = TypeVar("Key", bound=Hashable)
DAY, NO_DAY = timedelta(days=1), timedelta(0)
MIDNIGHT = time(0)
TO_PREPARE = timedelta(days=14)
"""From the day that a call is begun to the day that it opens, unless somebody says another."""


def at_clock(day: date, clock: time, zone: tzinfo) -> datetime:
    """The first working day from `day` on, at this time on the wall."""
    return datetime.combine(next_working_day(day), clock, zone)


def same_weekday_from(day: date, like: date) -> date:
    """The first day from `day` on that is the same day of the week as `like`."""
    return day + (like.weekday() - day.weekday()) % 7 * DAY


def move(
    moments: Mapping[Key, datetime], *, days: int, zone: tzinfo, ends: Collection[Key] = ()
) -> dict[Key, datetime]:
    """Every moment `days` later (or earlier) at its local clock time, in the order they had.

    Args:
        moments: aware. Those that were at once stay at once.
        zone: whose wall the clock hangs on; results are in it.
        ends: those of the moments at which something ends.

    Raises:
        OverflowError: a day that no calendar has.
    """
    moved: dict[Key, datetime] = {}
    ending = {at for key, at in moments.items() if key in ends}
    last_was: datetime | None = None
    last: datetime | None = None
    for key, at in sorted(moments.items(), key=lambda item: item[1].astimezone(UTC)):
        if last is None or at != last_was:
            local = at.astimezone(zone)
            over = DAY if at in ending and local.time() == MIDNIGHT else NO_DAY
            day = local.date() - over + days * DAY
            last = _after(last, day, local.time(), zone, over)
            last_was = at
        moved[key] = last
    return moved


def _after(
    last: datetime | None, day: date, clock: time, zone: tzinfo, over: timedelta
) -> datetime:
    """So long over the first working day from `day` on that leaves it after `last`."""
    at = at_clock(day, clock, zone) + over
    while last is not None and at <= last:
        at = at_clock(at.date() - over + DAY, clock, zone) + over
    return at
