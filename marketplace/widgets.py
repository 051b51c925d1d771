"""Widgets for GOV.UK components that Django has no widget for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms


class GovukDateWidget(forms.MultiWidget):
    """A date as three boxes; their names are `<field>-day`, `<field>-month`, `<field>-year`."""

    template_name = "govuk/widgets/date.html"
    use_fieldset = True
    parts = ("day", "month", "year")

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__([forms.TextInput() for _ in self.parts], attrs)
        self.widgets_names = [f"-{part}" for part in self.parts]

    def decompress(self, value: date | None) -> list[Any]:
        return [value.day, value.month, value.year] if value else [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        wrong = widget["attrs"].pop("data-wrong-parts", "").split()
        widget["parts"] = [
            {
                "id": f"{widget['attrs'].get('id', name)}-{part}",
                "label": part.capitalize(),
                "name": box["name"],
                "value": box["value"],
                "width": 4 if part == "year" else 2,
                "wrong": part in wrong,
                "autocomplete": self._autocomplete(part),
            }
            for part, box in zip(self.parts, widget["subwidgets"], strict=True)
        ]
        return context

    def _autocomplete(self, part: str) -> str:
        return f"bday-{part}" if self.attrs.get("autocomplete") == "bday" else ""


class AffixInput(forms.NumberInput):
    """A box with a unit before or after it: `AffixInput(prefix="£")`."""

    template_name = "govuk/widgets/affix.html"

    def __init__(
        self, attrs: dict[str, Any] | None = None, *, prefix: str = "", suffix: str = ""
    ) -> None:
        super().__init__(attrs)
        self.prefix = prefix
        self.suffix = suffix

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"].update(prefix=self.prefix, suffix=self.suffix)
        return context


class _OptionHints:
    """Adds a hint below each choice; `hints` goes from the choice's value to its sentence."""

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Any = (),
        *,
        hints: Mapping[Any, str] | None = None,
    ) -> None:
        super().__init__(attrs, choices)  # type: ignore[call-arg]
        self.hints = {str(value): hint for value, hint in (hints or {}).items()}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]
        option["hint"] = self.hints.get(str(value), "")
        return option


class RadiosWithHints(_OptionHints, forms.RadioSelect):
    """Radios, each with a sentence that says what it means."""


class CheckboxesWithHints(_OptionHints, forms.CheckboxSelectMultiple):
    """Checkboxes, each with a sentence that says what it means."""


@dataclass(frozen=True)
class Column:
    """A column of `RowsWidget`: its name in forms, its heading, and how a cell is shown."""

    name: str
    label: str
    numeric: bool = False
    total: bool = False
    choices: tuple[tuple[str, str], ...] = ()


class RowsWidget(forms.Widget):
    """Rows of boxes; their names are `<field>-<row from 0>-<column>`. Works without a script.

    Args:
        fixed: first cells that stand already; then there are just these rows.
        most: rows that are read and shown; `empty` of them are offered below the filled ones.
    """

    template_name = "govuk/widgets/rows.html"
    use_fieldset = True

    def __init__(
        self, columns: Sequence[Column], *, fixed: Sequence[str] = (), most: int, empty: int
    ) -> None:
        super().__init__()
        self.columns, self.fixed, self.most, self.empty = columns, fixed, most, empty

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[list[str]]:
        return [
            [data.get(f"{name}-{row}-{column.name}", "") for column in self.columns]
            for row in range(self.most)
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        start = f"{name}-"
        return not any(key.startswith(start) for key in data)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        typed = [row for row in value or [] if isinstance(row, list | tuple)]
        while typed and not any(typed[-1]):
            typed.pop()
        shown = len(self.fixed) or min(len(typed) + self.empty, self.most)
        base = context["widget"]["attrs"].get("id", name)
        context["widget"].update(
            columns=self.columns,
            rows=[self._row(name, base, number, typed) for number in range(shown)],
            totals=any(column.total for column in self.columns),
            wide=len(self.columns),
            most=0 if self.fixed else self.most,
        )
        return context

    def _row(self, name: str, base: str, number: int, typed: list[Any]) -> dict[str, Any]:
        row = list(typed[number]) if number < len(typed) else []
        texts = row + [""] * (len(self.columns) - len(row))
        if self.fixed:
            texts[0] = self.fixed[number]
        cells = [
            {
                "column": column,
                "name": f"{name}-{number}-{column.name}",
                "id": f"{base}-{number}-{column.name}",
                "value": text,
                "fixed": bool(self.fixed) and place == 0,
            }
            for place, (column, text) in enumerate(zip(self.columns, texts, strict=False))
        ]
        return {"number": number + 1, "cells": cells}


class SignatureWidget(forms.Widget):
    """A tick and a name; `<field>-agreed` and `<field>-name`."""

    template_name = "govuk/widgets/signature.html"
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [data.get(f"{name}-agreed", ""), data.get(f"{name}-name", "")]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        # An empty tick sends nothing; the name's box always does.
        return f"{name}-name" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        agreed, signed = value or ["", ""]
        context["widget"].update(agreed=bool(agreed), signed=signed)
        return context
