"""The desk's tables, as Wagtail draws them."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.db.models.expressions import OrderBy
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.admin.ui.tables import Column, Table, TitleColumn

from cms.templatetags.desk import day, figure, state_badge
from marketplace.rounding import places_to_tell

CALL_ORDERS = {
    "title": "title",
    "state": "state",
    "opens": "opens_at",
    "closes": "closes_at",
    "pitches": "submitted",
}
PITCH_ORDERS = {
    "title": "pitch__title",
    "organisation": "pitch__organisation__name",
    "call": "stage__call__title",
    "state": "state",
    "submitted": "submitted_at",
    "reviews": "reviews",
    "mean": "pk",
}
BY_MEAN = "mean"
"""No column of the database has it exactly: `queries.by_mean` sorts by it."""

LATEST_FIRST = "-submitted"
PITCHES_ON_PAGE = 50


def ordering(asked: str | None, orders: dict[str, str], default: str) -> tuple[str, OrderBy]:
    """What was asked for, if it is on offer, as (its name in the address, what to sort by).

    Rows without a value come last both ways, on every database.
    """
    name = asked or default
    field = orders.get(name.removeprefix("-"))
    if field is None:
        name = default
        field = orders[default.removeprefix("-")]
    is_down = name.startswith("-")
    return name, OrderBy(F(field), descending=is_down, nulls_last=True)


def falls_by_mean(order: str) -> bool | None:
    """Whether an order by the mean has the highest first; None for an order by anything else."""
    return order.startswith("-") if order.removeprefix("-") == BY_MEAN else None


def calls_table(calls: Iterable[Any], order: str) -> Table:
    return Table(
        [
            TitleColumn(
                "title",
                get_url=lambda call: reverse("desk:call", kwargs={"pk": call.pk}),
                sort_key="title",
            ),
            Column("kind", accessor="get_kind_display"),
            Column("status", accessor=_call_status, sort_key="state"),
            Column("opens", accessor=lambda call: day(call.opens_at), sort_key="opens"),
            Column("closes", accessor=lambda call: day(call.closes_at), sort_key="closes"),
            Column("pitches", accessor=_pitch_counts, sort_key="pitches"),
            Column("copy", label="", accessor=_duplicate),
        ],
        calls,
        ordering=order,
        base_url="",  # this page, with its filters
        caption="Calls",
    )


class PitchColumn(TitleColumn):
    """A pitch's title as the way to it; under it whose it is, its reference, tags and officer."""

    cell_template_name = "desk/pitch_cell.html"


def pitches_table(
    entries: Iterable[Any], order: str, *, of_one_call: bool = False, query: str = ""
) -> Table:
    """Entries with what `entries_with_reviews` reads, and their exact means.

    Args:
        of_one_call: all are of the same call, which its column would only repeat.
        query: how the list is narrowed and sorted, which the page of a pitch takes along.
    """
    entries = list(entries)
    places = places_to_tell(entry.mean for entry in entries)
    came_from = urlencode({"list": query})
    call = Column("call", accessor=_call_and_stage, sort_key="call")
    columns = [
        Column("tick", label="", accessor=_tick),
        PitchColumn(
            "title",
            label="Pitch",
            accessor="pitch",
            get_url=lambda e: f"{reverse('desk:pitch', kwargs={'pk': e.pk})}?{came_from}",
            sort_key="title",
        ),
        Column("stage", accessor="stage.name") if of_one_call else call,
        Column("state", accessor=_entry_state, sort_key="state"),
        Column("submitted", accessor=lambda e: day(e.submitted_at), sort_key="submitted"),
        Column("reviews", accessor=lambda e: f"{e.reviews} of {e.given}", sort_key="reviews"),
        Column("mean", accessor=lambda entry: figure(entry.mean, places), sort_key=BY_MEAN),
    ]
    return Table(
        columns,
        entries,
        ordering=order,
        base_url="",  # this page, with its filters
        caption="Pitches",
    )


def _tick(entry: Any) -> SafeString:
    return format_html(
        '<input type="checkbox" form="bulk" name="pitch" value="{}" aria-label="Choose {}">',
        entry.pk,
        entry.pitch,
    )


def _call_status(call: Any) -> SafeString:
    status = call.status
    return state_badge(status.value, status.label)


def _duplicate(call: Any) -> SafeString:
    return format_html(
        '<a class="button button-small button-secondary" href="{}">Duplicate'
        '<span class="w-sr-only"> {}</span></a>',
        reverse("desk:duplicate", kwargs={"pk": call.pk}),
        call.title,
    )


def _pitch_counts(call: Any) -> str:
    drafts = f" (and {call.drafts} being written)" if call.drafts else ""
    return f"{call.submitted}{drafts}"


def _call_and_stage(entry: Any) -> SafeString:
    return format_html(
        '<span class="desk-clamp" title="{}">{}</span><span class="desk-quiet">{}</span>',
        entry.stage.call.title,
        entry.stage.call.title,
        entry.stage.name,
    )


def _entry_state(entry: Any) -> SafeString:
    return state_badge(entry.state, entry.get_state_display())
