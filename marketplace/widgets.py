"""Widgets for GOV.UK components that Django has no widget for."""

from collections.abc import Mapping
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
