"""Moments as people read them, in London with their zone: pages, mails, calendars, documents."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def moment(at: datetime) -> str:
    """For example "31 January 2018 at 5:00pm GMT".

    Noon and midnight are said in words, as "12:00pm" and "12:00am" are read both ways; midnight
    by the day that it ends: "midnight at the end of Wednesday 23 December 2026 GMT".
    """
    local = at.astimezone(LONDON)
    if is_midnight(at):
        ends = day_ended_by(at)
        return f"midnight at the end of {ends:%A} {_day(ends)} {local.tzname()}"
    return f"{_day(local)} at {_clock(local)} {local.tzname()}"


def on_moment(at: datetime) -> str:
    """As `moment`, to follow a verb: "on 31 January …", "at midnight at the end of …"."""
    return f"{'at' if is_midnight(at) else 'on'} {moment(at)}"


def is_midnight(at: datetime) -> bool:
    """Whether it is 0:00 exactly in London: most people read that as the end of that day."""
    local = at.astimezone(LONDON)
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def day_ended_by(at: datetime) -> date:
    """The last day in London that has anything before this moment: for 0:00, the day before."""
    local = at.astimezone(LONDON)
    return local.date() - timedelta(days=1) if is_midnight(at) else local.date()


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _clock(local: datetime) -> str:
    if (local.hour, local.minute) == (12, 0):
        return "12 noon"
    return f"{local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"
