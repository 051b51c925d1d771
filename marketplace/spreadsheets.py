"""Tables to download: .xlsx, written row by row, CSV or JSON. No cell is ever run as a formula."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from marketplace.text import clean_json, clean_text

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that starts so is run as a formula by spreadsheets (OWASP, “CSV injection”)."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Rows = Iterable[Sequence[Any]]

LONGEST_CELL = 32_767
"""What a cell of a workbook holds, in UTF-16: an emoji counts two. A file with more in one cell is
no workbook to Excel."""
CUT = " … (cut: a cell holds no more)"
NARROWEST, WIDEST = 8, 60
LONGEST_NAME = 31


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook; `rows` as `columns` are ordered."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run is led by an apostrophe, which makes it text."""
    if not isinstance(cell, str):
        return cell
    clean = clean_text(cell)
    return f"'{clean}" if clean.startswith(FORMULA_STARTS) else clean


def to_xlsx(name: str, columns: Sequence[str], rows: Rows) -> bytes:
    """One sheet of this name; `rows` as `columns` are ordered."""
    return to_workbook([Sheet(name, columns, list(rows))])


def to_workbook(sheets: Sequence[Sheet]) -> bytes:
    """Sheets one after the other: headings bold and in view, filters, columns as wide as what
    stands in them, moments as moments."""
    book = Workbook(write_only=True)
    taken = {"history"}  # Excel keeps this name for itself
    for sheet in sheets:
        _write(book, sheet, _name(sheet.name, taken))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _name(wanted: str, taken: set[str]) -> str:
    """A name that a workbook takes, and no other sheet has (whatever the case)."""
    plain = "".join("-" if letter in r"[]:*?/\\" else letter for letter in safe(wanted)).strip("'")
    number, name = 1, plain[:LONGEST_NAME] or "Sheet"
    while name.casefold() in taken:
        number += 1
        end = f" ({number})"
        name = f"{plain[: LONGEST_NAME - len(end)]}{end}"
    taken.add(name.casefold())
    return name


def _write(book: Workbook, sheet: Sheet, name: str) -> None:
    page = book.create_sheet(name)
    page.freeze_panes = "B2"
    last = get_column_letter(max(len(sheet.columns), 1))
    page.auto_filter.ref = f"A1:{last}{len(sheet.rows) + 1}"
    for number, heading in enumerate(sheet.columns):
        widest = max((_width(row[number]) for row in sheet.rows), default=0)
        width = min(max(widest, len(heading) + 2, NARROWEST), WIDEST)
        page.column_dimensions[get_column_letter(number + 1)].width = width
    page.append([_heading(page, text) for text in sheet.columns])
    for row in sheet.rows:
        page.append([_cell(page, value) for value in row])


def _width(value: Any) -> int:
    if isinstance(value, str):
        return max((len(line) for line in value[:500].splitlines()), default=0) + 1
    return 17 if isinstance(value, datetime) else 11


def _heading(page: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, safe(text))
    cell.font = Font(bold=True)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _cell(page: Any, value: Any) -> Any:
    """Only long text and moments need a style; a style on every cell would double the time."""
    clean = safe(value)
    if isinstance(clean, str):
        clean = _fitting(clean)
        if "\n" in clean or len(clean) > WIDEST:
            cell = WriteOnlyCell(page, clean)
            cell.alignment = TOP
            return cell
    elif isinstance(clean, datetime):
        cell = WriteOnlyCell(page, clean)
        cell.number_format = "yyyy-mm-dd hh:mm"
        return cell
    return clean


def _fitting(text: str) -> str:
    """As much of a text as a cell holds."""
    if len(text) * 2 <= LONGEST_CELL:
        return text
    coded = text.encode("utf-16-le")
    if len(coded) <= LONGEST_CELL * 2:
        return text
    return coded[: (LONGEST_CELL - len(CUT)) * 2].decode("utf-16-le", "ignore") + CUT


TOP = Alignment(vertical="top", wrap_text=True)


def to_csv(columns: Sequence[str], rows: Rows) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads accents rightly."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(column) for column in columns])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def to_json(sheets: Sequence[Sheet]) -> bytes:
    """A list of objects with the columns as keys; of several sheets, an object of such lists."""
    found = {
        sheet.name: [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]
        for sheet in sheets
    }
    content = found if len(sheets) > 1 else next(iter(found.values()), [])
    return json.dumps(
        clean_json(content), default=plain_value, ensure_ascii=False, indent=1
    ).encode()


def plain_value(value: Any) -> Any:
    """A cell as JSON takes it: amounts as numbers, days and moments as text."""
    return float(value) if isinstance(value, Decimal) else str(value)


def first_to_csv(sheets: Sequence[Sheet]) -> bytes:
    """The first sheet: a CSV file holds one table."""
    return to_csv(sheets[0].columns, sheets[0].rows)


FORMATS: dict[str, tuple[Callable[[Sequence[Sheet]], bytes], str]] = {
    "xlsx": (to_workbook, XLSX),
    "csv": (first_to_csv, "text/csv; charset=utf-8"),
    "json": (to_json, "application/json"),
}
"""Ending of a file's name → what writes it, and its media type."""


def download(content: bytes, kind: str, name: str) -> HttpResponse:
    """A file to save, that no cache keeps and no browser guesses about."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
