"""Pitches as a spreadsheet: .xlsx, written row by row, or CSV."""

import csv
import json
from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO
from typing import Any

from django.utils import timezone
from openpyxl import Workbook

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that starts so is run as a formula by spreadsheets (OWASP, “CSV injection”)."""

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
                None if entry.mean is None else round(float(entry.mean), 2),
            )
        ]


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run is led by an apostrophe, which makes it text."""
    if not isinstance(cell, str):
        return cell
    clean = "".join(letter for letter in cell if letter >= " " or letter in "\t\n\r")
    return f"'{clean}" if clean.startswith(FORMULA_STARTS) else clean


def to_xlsx(entries: Iterable[Any]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Pitches")
    sheet.append(COLUMNS)
    for row in rows_of(entries):
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def to_csv(entries: Iterable[Any]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads accents rightly."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(rows_of(entries))
    return out.getvalue().encode("utf-8-sig")


def to_json(entries: Iterable[Any]) -> bytes:
    """A list of objects with the columns as keys; moments in ISO 8601."""
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in rows_of(entries)]
    return json.dumps(rows, default=str, ensure_ascii=False, indent=1).encode()


def _local(at: Any) -> Any:
    """A moment as Excel takes it: in the service's own zone, without naming it."""
    return timezone.make_naive(at).replace(microsecond=0) if at else None
