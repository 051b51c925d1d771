"""Kinds that are typed in rows: costs that add up, people of the team, capabilities offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from challenges.calls.question_types.asks import limit_ask
from challenges.calls.question_types.base import QuestionType, Spec, storable
from marketplace.error_words import in_our_words
from marketplace.number_fields import NumberField, PoundsField
from marketplace.numbers import pounds
from marketplace.widgets import Column, RowsWidget
from startups.models import Level

MOST_ROWS = 30
EMPTY_ROWS = 3
"""Offered below those that are filled; saving offers more, so no script is needed."""

LONGEST_CELL = 500
Row = list[str]


@dataclass(frozen=True)
class Cell:
    """How one column is checked: `field` raises ValidationError from `clean`."""

    column: Column
    field: forms.Field


class RowsField(forms.Field):
    """Rows of cells; rows in which nothing is typed are left out.

    Cleans to a list of rows, each a list of cleaned cells.
    """

    def __init__(self, cells: Sequence[Cell], *, fixed: Sequence[str] = (), **kwargs: Any) -> None:
        self.cells, self.fixed = cells, fixed
        columns = [cell.column for cell in cells]
        rows = len(fixed) or MOST_ROWS
        widget = RowsWidget(columns, fixed=fixed, most=rows, empty=EMPTY_ROWS)
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> list[list[Any]]:
        found: list[list[Any]] = []
        problems: list[Any] = []
        for number, row in enumerate(value or [], start=1):
            texts = [text.strip() for text in row]
            if self.fixed:
                if number > len(self.fixed):
                    break
                texts[0] = self.fixed[number - 1]
            typed = texts[1:] if self.fixed else texts
            if not any(typed):
                continue
            cleaned = self._row(number, texts, problems)
            found.append(cleaned)
        if problems:
            raise ValidationError(problems)
        if self.required and not found:
            raise ValidationError(self.error_messages["required"], code="required")
        self.run_validators(found)
        return found

    def _row(self, number: int, texts: Row, problems: list[Any]) -> list[Any]:
        cleaned = []
        for cell, text in zip(self.cells, texts, strict=False):
            try:
                cleaned.append(cell.field.clean(text))
            except ValidationError as error:
                said = " ".join(in_our_words(error))
                problems.append(f"Line {number}: {said}")
                cleaned.append(None)
        return cleaned


class RowsType(QuestionType):
    """Typed as rows of texts; stored as {"rows": [{column: JSON}, …]} and what they add up to."""

    columns: tuple[str, ...] = ()

    def cells(self, spec: Spec) -> list[Cell]:
        raise NotImplementedError

    def fixed(self, spec: Spec) -> list[str]:
        """First cells that stand already, where the rows are given."""
        return []

    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        return RowsField(self.cells(spec), fixed=self.fixed(spec), **common)

    def as_typed(self, raw: Any) -> list[Row]:
        if not isinstance(raw, list | tuple):
            return []
        rows = [self._texts(row) for row in raw[:MOST_ROWS] if isinstance(row, list | tuple)]
        while rows and not any(rows[-1]):
            rows.pop()
        return rows

    def _texts(self, row: Any) -> Row:
        texts = [storable(cell)[:LONGEST_CELL] for cell in row[: len(self.columns)]]
        return texts + [""] * (len(self.columns) - len(texts))

    def as_data(self, name: str, typed: Any) -> dict[str, Any]:
        return {
            f"{name}-{number}-{column}": text
            for number, row in enumerate(typed or [])
            for column, text in zip(self.columns, row, strict=False)
        }

    def typed_text(self, typed: Any) -> str:
        return "\n".join(", ".join(filter(None, row)) for row in typed or [])

    def to_json(self, cleaned: Any) -> dict[str, Any] | None:
        if not cleaned:
            return None
        rows = [
            {column: _json(cell) for column, cell in zip(self.columns, row, strict=True)}
            for row in cleaned
        ]
        return {"rows": rows}

    def to_text(self, value: Any) -> str:
        return "\n".join(self.line(row) for row in value["rows"]) if value else ""

    def line(self, row: dict[str, Any]) -> str:
        return ", ".join(str(cell) for cell in row.values() if cell not in (None, ""))


class Costs(RowsType):
    """A table of costs. The total is counted here and never typed."""

    columns = ("what", "amount")

    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        return limit_ask(super().make_field(spec, **common), spec, total=_total)

    def cells(self, spec: Spec) -> list[Cell]:
        return [
            Cell(Column("what", "What for"), _text(200, "say what the money is for")),
            Cell(
                Column("amount", "Pounds", numeric=True, total=True),
                PoundsField(
                    max_digits=12,
                    decimal_places=2,
                    min_value=0,
                    error_messages={
                        "required": "enter how many pounds.",
                        "invalid": "enter an amount in pounds, for example 1,250.",
                    },
                ),
            ),
        ]

    def to_json(self, cleaned: Any) -> dict[str, Any] | None:
        found = super().to_json(cleaned)
        if found is None:
            return None
        total = _total(cleaned)
        for row, cells in zip(found["rows"], cleaned, strict=True):
            row["amount"] = f"{cells[1]:.2f}"
        return found | {"total": f"{total:.2f}"}

    def line(self, row: dict[str, Any]) -> str:
        return f"{row['what']}: {pounds(Decimal(row['amount']))}"

    def to_text(self, value: Any) -> str:
        return (
            f"{super().to_text(value)}\nTotal: {pounds(Decimal(value['total']))}" if value else ""
        )


class Team(RowsType):
    """Who would do the work."""

    columns = ("name", "role", "days")

    def cells(self, spec: Spec) -> list[Cell]:
        days = NumberField(
            max_digits=6,
            decimal_places=1,
            min_value=0,
            required=False,
            error_messages={"invalid": "enter the days as a number, for example 12."},
        )
        return [
            Cell(Column("name", "Name"), _text(120, "enter the name")),
            Cell(Column("role", "Role and skills"), _text(300, "enter the role and skills")),
            Cell(Column("days", "Days in all", numeric=True), days),
        ]

    def line(self, row: dict[str, Any]) -> str:
        days = f", {row['days']} days" if row["days"] else ""
        return f"{row['name']}: {row['role']}{days}"


class Capabilities(RowsType):
    """The capabilities that the call wants, and what the applicant offers of each."""

    columns = ("wanted", "level", "evidence")
    LEVELS = tuple(Level.labels)

    def fixed(self, spec: Spec) -> list[str]:
        return [want["name"] for want in spec.get("wanted", [])]

    def cells(self, spec: Spec) -> list[Cell]:
        choices = [("", "Not offered"), *((label, label) for label in self.LEVELS)]
        return [
            Cell(Column("wanted", "Capability"), forms.CharField(max_length=200)),
            Cell(
                Column("level", "Level", choices=tuple(choices)),
                forms.ChoiceField(
                    choices=choices,
                    error_messages={
                        "required": "choose a level, or clear what you wrote.",
                        "invalid_choice": "choose one of the levels.",
                    },
                ),
            ),
            Cell(
                Column("evidence", "Where you did it"),
                forms.CharField(max_length=LONGEST_CELL, required=False),
            ),
        ]

    def line(self, row: dict[str, Any]) -> str:
        said = f" ({row['evidence']})" if row["evidence"] else ""
        return f"{row['wanted']}: {row['level']}{said}"


def _text(longest: int, missing: str) -> forms.CharField:
    return forms.CharField(max_length=longest, error_messages={"required": f"{missing}."})


def _json(cell: Any) -> Any:
    return format(cell.normalize() + 0, "f") if isinstance(cell, Decimal) else cell


def _total(rows: Sequence[Sequence[Any]]) -> Decimal:
    """What the rows of a table of costs add up to, in pounds."""
    return sum((row[1] for row in rows), Decimal())
