"""Lists that officers take away: as workbook, CSV or JSON, and a record of who took which."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone

from marketplace.accounts.requests import SignedInRequest
from marketplace.activity.services import record
from marketplace.rounding import Number, half_up
from marketplace.spreadsheets import FORMATS, Sheet, download

Columns = Mapping[str, Callable[[Any], Any]]
"""Heading → what reads its cell from a row."""


def sheet_of(name: str, columns: Columns, rows: Iterable[Any]) -> Sheet:
    """A sheet with a row for each of `rows`, as the columns read it."""
    return Sheet(name, tuple(columns), [[read(row) for read in columns.values()] for row in rows])


def hand_out(
    request: SignedInRequest, kind: str, name: str, sheets: Callable[[], Sequence[Sheet]]
) -> HttpResponse:
    """A list as a file to save; that somebody took it is recorded.

    Args:
        kind: one of `FORMATS`. A CSV file holds the first sheet only.
        name: of the list, as the file's name begins.

    Raises:
        Http404: no such format.
    """
    if kind not in FORMATS:
        raise Http404
    write, content_type = FORMATS[kind]
    made = sheets()
    record(
        "desk.taken_away",
        request.user,
        chain=f"exports:{request.user.pk}",
        actor=request.user,
        list=name,
        format=kind,
        count=len(made[0].rows),
    )
    return download(write(made), content_type, f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}")


def figure(number: Number | None, places: int = 2) -> float | int | None:
    """A score to so many places; a rank as it is."""
    return number if number is None or isinstance(number, int) else float(half_up(number, places))


def local(at: datetime | None) -> datetime | None:
    """A moment as Excel takes it: in the service's own zone, without naming it."""
    return timezone.make_naive(at).replace(microsecond=0) if at else None


def name_of(thing: Any) -> str:
    """A person or a thing in words; "" of none."""
    return "" if thing is None else str(thing)


def yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
