"""How the desk writes states, days, figures and spreads."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from challenges.calls.matters import matter_of
from challenges.judging.standing import Standing
from marketplace.activity.outbox import waiting_mail
from marketplace.numbers import pounds
from marketplace.outages import selectors as outage_selectors
from marketplace.rounding import Number, fixed
from marketplace.times import day_ended_by, is_midnight, moment

register = template.Library()


@register.inclusion_tag("desk/outages.html")
def outages() -> dict[str, Any]:
    """What is away, since when and what that means; two queries, and nothing is asked of a part."""
    return {"outages": outage_selectors.outages(), "mail": waiting_mail()}


NONE = "–"
FILES = {"xlsx": "Excel (.xlsx)", "csv": "CSV", "json": "JSON"}
"""Ending of a file's name → what the link to it says."""

TONES = {
    "open": "good",
    "approved": "good",
    "accepted": "good",
    "awarded": "good",
    "shortlisted": "good",
    "proposed": "wait",
    "invited": "wait",
    "assessing": "wait",
    "submitted": "wait",
    "cancelled": "bad",
    "withdrawn": "bad",
    "removed": "bad",
    "declined": "bad",
    "late": "bad",
}
"""State → how its badge looks; the words say the state, the tone only helps."""


@register.simple_tag
def state_badge(state: str, label: str) -> SafeString:
    tone = TONES.get(str(state), "plain")
    return format_html('<span class="desk-badge desk-badge--{}">{}</span>', tone, label)


@register.filter
def day(at: datetime | date | None) -> str:
    """For example "31 Jan 2018"."""
    if at is None:
        return NONE
    if isinstance(at, datetime):
        at = timezone.localtime(at)
    return date_format(at, "j M Y")


@register.filter
def days_around(at: datetime) -> tuple[date, date]:
    """The days that end and begin at a midnight."""
    ends = day_ended_by(at)
    return ends, ends + timedelta(days=1)


@register.filter
def email(address: str) -> SafeString:
    """An address that breaks before its “@” if it must, and nowhere else in a table."""
    local, at, host = str(address).rpartition("@")
    return format_html(
        '<span class="desk-whole">{}</span><wbr><span class="desk-whole">{}{}</span>',
        local,
        at,
        host,
    )


@register.filter(name="moment")
def as_moment(at: datetime | None) -> str:
    return moment(at) if at else NONE


@register.filter
def weekday(when: datetime | date) -> str:
    """A moment or a day, led by its day of the week; a midnight names the day that it ends."""
    if not isinstance(when, datetime):
        return f"{when:%a} {day(when)}"
    return moment(when) if is_midnight(when) else f"{timezone.localtime(when):%a} {moment(when)}"


@register.filter
def figure(number: Number | None, places: int = 1) -> str:
    """A score out of 100, to one place unless told."""
    return NONE if number is None else fixed(number, places)


@register.filter(name="pounds")
def as_pounds(amount: Decimal | None) -> str:
    return NONE if amount is None else pounds(amount)


@register.filter
def place_of(standing: Standing) -> str:
    """A pitch's place; level ones are marked, as in "=3"."""
    if standing.place is None:
        return NONE
    return f"={standing.place}" if standing.level > 1 else str(standing.place)


@register.filter
def matter_title(name: str) -> str:
    """What an act for two officers is called."""
    return matter_of(name).title


@register.inclusion_tag("desk/spread.html")
def spread(standing: Standing, places: int = 1) -> dict[str, Any]:
    """A bar from the lowest to the highest total, marked at the mean; all from 0 to 100.

    Args:
        places: decimal places of what it says, as many as tell the mean from its neighbours.
    """
    if standing.mean is None or standing.lowest is None or standing.highest is None:
        is_agreed = standing.agreed
        return {"text": "", "none": "Agreed in the meeting, no review" if is_agreed else ""}
    low, high, mean = standing.lowest, standing.highest, standing.mean
    return {
        "left": fixed(low),
        "width": fixed(max(high - low, Fraction(1))),
        "middle": fixed(min(mean, Fraction(197, 2))),
        "text": f"{fixed(mean, places)}, from {fixed(low, places)} to {fixed(high, places)}",
    }


@register.inclusion_tag("desk/take.html", takes_context=True)
def take(context: dict[str, Any], export: str, what: str, pk: int | None = None) -> dict[str, Any]:
    """Links to a list as files, narrowed and sorted as the page is.

    Args:
        export: name of the address under `desk:`.
        what: the list, as in "Take {what} as a file".
        pk: of the stage that it belongs to.
    """
    wanted = context["request"].GET.copy()
    wanted.pop("p", None)
    query = f"?{wanted.urlencode()}" if wanted else ""
    own = {} if pk is None else {"pk": pk}
    files = [
        (kind, label, reverse(f"desk:{export}", kwargs={**own, "kind": kind}) + query)
        for kind, label in FILES.items()
    ]
    return {"what": what, "files": files}
