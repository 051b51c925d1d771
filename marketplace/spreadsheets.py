"""Tables to download: .xlsx, written row by row, or CSV. No cell is ever run as a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook

from marketplace.text import clean_text

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that starts so is run as a formula by spreadsheets (OWASP, “CSV injection”)."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Rows = Iterable[Sequence[Any]]


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run is led by an apostrophe, which makes it text."""
    if not isinstance(cell, str):
        return cell
    clean = clean_text(cell)
    return f"'{clean}" if clean.startswith(FORMULA_STARTS) else clean


def to_xlsx(name: str, columns: Sequence[str], rows: Rows) -> bytes:
    """One sheet of this name; `rows` as `columns` are ordered."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.append([safe(column) for column in columns])
    for row in rows:
        sheet.append([safe(cell) for cell in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def to_csv(columns: Sequence[str], rows: Rows) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads accents rightly."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(column) for column in columns])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def download(content: bytes, kind: str, name: str) -> HttpResponse:
    """A file to save, that no cache keeps and no browser guesses about."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
