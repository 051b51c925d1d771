"""A call's dates in order: for the page, and as a calendar file (RFC 5545)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

from challenges.calls.models import Call, Stage
from marketplace.text import clean_text
from marketplace.times import is_midnight
from marketplace.times import moment as in_words


@dataclass(frozen=True)
class Moment:
    """One date of a call; a whole day where no hour is promised."""

    key: str
    title: str
    at: datetime | date


def moments_of(stage: Stage) -> list[Moment]:
    """The four dates of a stage, in order."""
    number, name = stage.order, stage.name
    return [
        Moment(f"{number}-opens", f"{name} opens", stage.opens_at),
        Moment(f"{number}-closes", f"{name} closes", stage.closes_at),
        Moment(f"{number}-scored", f"{name}: the panel’s scores are in", stage.scores_due_at),
        Moment(f"{number}-decided", f"{name}: decision expected", stage.decision_on),
    ]


def calendar_of(call: Call) -> bytes:
    """Every date of a call; the same events again replace those imported before."""
    calendar = Calendar()
    calendar.add("prodid", "-//Golden Thread//Timetable//EN")
    calendar.add("version", "2.0")
    for stage in call.stages.all():
        for moment in moments_of(stage):
            calendar.add_component(_event(call, moment))
    return calendar.to_ical()


def _midnight(at: datetime | date) -> str:
    """Calendars show 0:00 on the day that it begins: which day it ends is said."""
    return f" at {in_words(at)}" if isinstance(at, datetime) and is_midnight(at) else ""


def _event(call: Call, moment: Moment) -> Event:
    event = Event()
    event.add("uid", f"{call.reference}-{moment.key}@golden-thread")
    event.add("dtstamp", call.updated_at)
    title = f"{moment.title}{_midnight(moment.at)} ({call.title})"
    event.add("summary", clean_text(title))
    event.add("dtstart", moment.at)
    if not isinstance(moment.at, datetime):
        event.add("dtend", moment.at + timedelta(days=1))
    return event
