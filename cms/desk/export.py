"""Pitches as a spreadsheet: .xlsx, written row by row, or CSV."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone

from marketplace import spreadsheets
from marketplace.rounding import half_up
from marketplace.spreadsheets import safe

COLUMNS = (
    "Reference",
    "Title",
    "Organisation",
    "Place",
    "Call",
    "Stage",
    "State",
    "Submitted",
    "Reviews given out",
    "Reviews handed in",
    "Mean (0 to 100)",
)


def rows_of(entries: Iterable[Any]) -> Iterator[list[Any]]:
    """One list of cells for each entry of `entries_with_reviews`, under `COLUMNS`."""
    for entry in entries:
        organisation = entry.pitch.organisation
        yield [
            safe(cell)
            for cell in (
                entry.pitch.reference,
                entry.pitch.title,
                organisation.name,
                str(organisation.place or ""),
                entry.stage.call.title,
                entry.stage.name,
                entry.get_state_display(),
                _local(entry.submitted_at),
                entry.given,
                entry.reviews,
                None if entry.mean is None else float(half_up(entry.mean, 2)),
            )
        ]


def to_xlsx(entries: Iterable[Any]) -> bytes:
    return spreadsheets.to_xlsx("Pitches", COLUMNS, rows_of(entries))


def to_csv(entries: Iterable[Any]) -> bytes:
    return spreadsheets.to_csv(COLUMNS, rows_of(entries))


def to_json(entries: Iterable[Any]) -> bytes:
    """A list of objects with the columns as keys; moments in ISO 8601."""
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in rows_of(entries)]
    return json.dumps(rows, default=str, ensure_ascii=False, indent=1).encode()


def _local(at: Any) -> Any:
    """A moment as Excel takes it: in the service's own zone, without naming it."""
    return timezone.make_naive(at).replace(microsecond=0) if at else None
