"""From one pitch to the next, in the list that an officer came from."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Max, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lag, Lead, RowNumber
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve, reverse

from challenges.pitches.models import Entry
from cms.desk.filters import KeptFilterForm
from cms.desk.finders import entries_of, officer_regions
from cms.desk.lists import (
    LATEST_FIRST,
    PITCH_ORDERS,
    PITCHES_ON_PAGE,
    falls_by_mean,
    ordering,
)
from cms.desk.queries import by_mean, entries_with_reviews

LONGEST_QUERY = 1000


@dataclass(frozen=True)
class Walk:
    """Where a pitch stands in the list: `place` counts from 1, of `count`; `before` and `after`
    are the addresses of its neighbours, None at the ends."""

    place: int
    count: int
    before: str | None
    after: str | None
    list_url: str


Beside = tuple[int, int, int | None, int | None]
"""(place from 1, how many, the one before, the one after) of an entry in a list."""


def walk_of(entry: Entry, person: Any, query: str) -> Walk | None:
    """The neighbours of an entry in the list with these filters and this order; one query.

    Returns:
        None where the entry is not in that list (any more).
    """
    wanted = QueryDict(query[:LONGEST_QUERY])
    form = KeptFilterForm(wanted, regions=officer_regions(person))
    order, sorting = ordering(wanted.get("ordering"), PITCH_ORDERS, LATEST_FIRST)
    rows = form.narrow(entries_of(person))
    falling = falls_by_mean(order)
    if falling is not None:
        found = _among(entry, by_mean(entries_with_reviews(rows), falling=falling))
    else:
        is_counted = order.removeprefix("-") == "reviews"
        listed = entries_with_reviews(rows) if is_counted else rows.seen_at_desk()
        found = _beside(entry, listed, sorting)
    if found is None:
        return None
    place, count, before, after = found
    return Walk(place, count, _url(before, query), _url(after, query), _list_url(query, place))


def _among(entry: Entry, keys: list[int]) -> Beside | None:
    """In a list that only fractions can sort."""
    if entry.pk not in keys:
        return None
    at = keys.index(entry.pk)
    after = keys[at + 1] if at + 1 < len(keys) else None
    return at + 1, len(keys), keys[at - 1] if at else None, after


def _beside(entry: Entry, rows: Any, sorting: OrderBy) -> Beside | None:
    """In a list that the database sorts.

    Windows look at the whole list only if it is narrowed by nothing but windows, so that the
    entry is found by one too.
    """
    order = [sorting, OrderBy(F("pk"))]
    placed = rows.annotate(
        place=Window(RowNumber(), order_by=order),
        count=Window(Count("pk")),
        before=Window(Lag("pk"), order_by=order),
        after=Window(Lead("pk"), order_by=order),
        own=Window(Max("pk"), partition_by=[F("pk")]),
    ).filter(own=entry.pk)
    return placed.order_by().values_list("place", "count", "before", "after").first()


def _url(pk: int | None, query: str) -> str | None:
    if pk is None:
        return None
    return f"{reverse('desk:pitch', kwargs={'pk': pk})}?{urlencode({'list': query})}"


def _list_url(query: str, place: int) -> str:
    """The page of the list on which a row stands."""
    page = (place - 1) // PITCHES_ON_PAGE + 1
    parts = [query] if query else []
    if page > 1:
        parts.append(urlencode({"p": page}))
    return reverse("desk:pitches") + (f"?{'&'.join(parts)}" if parts else "")


def back_from(request: HttpRequest, default: str) -> str:
    """The page of a pitch, with its list, that a button stood on (`from`); else `default`."""
    came_from = request.POST.get("from", "")
    try:
        found = resolve(came_from.partition("?")[0])
    except Resolver404:
        return default
    return came_from if found.view_name == "desk:pitch" else default
