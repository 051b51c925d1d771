"""Kinds that are typed in one place: words, numbers, dates, choices, links, a file."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from challenges.calls.question_types.asks import limit_ask
from challenges.calls.question_types.base import (
    MOST_CHARACTERS,
    ListType,
    QuestionType,
    Spec,
    storable,
)
from marketplace.forms import GovukDateField
from marketplace.number_fields import NumberField, PoundsField
from marketplace.numbers import pounds
from marketplace.text import count_words
from marketplace.widgets import AffixInput, GovukDateWidget

PER_CENT = ("%", "percent", "per cent")
"""Units of a question beside which people type a “%” as well."""


class ShortText(QuestionType):
    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        return _limit_words(forms.CharField(max_length=500, **common), spec)


class LongText(QuestionType):
    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        widget = forms.Textarea(attrs={"rows": 10})
        field = forms.CharField(widget=widget, max_length=MOST_CHARACTERS, **common)
        return _limit_words(field, spec)


class Number(QuestionType):
    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        attrs = {"inputmode": "decimal", "class": "govuk-input--width-10"}
        unit = spec.get("unit", "")
        widget = AffixInput(attrs=attrs, suffix=unit) if unit else forms.TextInput(attrs=attrs)
        field = NumberField(max_digits=18, decimal_places=6, widget=widget, **common)
        field.per_cent = unit.strip().casefold() in PER_CENT
        return field

    def to_json(self, cleaned: Decimal | None) -> str | None:
        # Adding nought turns "-0" into "0".
        return None if cleaned is None else format(cleaned.normalize() + 0, "f")


class Money(Number):
    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        field = PoundsField(
            max_digits=12,
            decimal_places=2,
            min_value=0,
            widget=AffixInput(
                attrs={"inputmode": "decimal", "class": "govuk-input--width-10"}, prefix="£"
            ),
            **common,
        )
        return limit_ask(field, spec)

    def to_json(self, cleaned: Decimal | None) -> str | None:
        return None if cleaned is None else f"{cleaned.normalize() + 0:.2f}"

    def to_text(self, value: Any) -> str:
        return "" if value is None else pounds(Decimal(value))


class Date(ListType):
    def as_typed(self, raw: Any) -> list[str]:
        """Day, month and year as texts; a whole ISO date is taken apart."""
        if isinstance(raw, str):
            raw = raw.split("-")[::-1]
        parts = [storable(part) for part in raw] if isinstance(raw, list | tuple) else []
        parts = (parts + [""] * 3)[:3]
        return parts if any(parts) else []

    def as_data(self, name: str, typed: Any) -> dict[str, Any]:
        parts = zip(GovukDateWidget.parts, typed, strict=False)
        return {f"{name}-{part}": text for part, text in parts}

    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        required = f"Enter a date for “{spec['label']}”"
        return GovukDateField(error_messages={"required": required}, **common)

    def to_json(self, cleaned: date | None) -> str | None:
        return cleaned.isoformat() if cleaned else None

    def to_text(self, value: Any) -> str:
        if not value:
            return ""
        day = date.fromisoformat(value)
        return f"{day.day} {day:%B %Y}"


class YesNo(QuestionType):
    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        choices = [("yes", "Yes"), ("no", "No")]
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)

    def to_text(self, value: Any) -> str:
        return str(value).capitalize() if value else ""


class Choice(QuestionType):
    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        choices = [(choice, choice) for choice in spec["choices"]]
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)


class Choices(ListType):
    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        choices = [(choice, choice) for choice in spec["choices"]]
        return forms.MultipleChoiceField(
            choices=choices, widget=forms.CheckboxSelectMultiple, **common
        )

    def to_text(self, value: Any) -> str:
        return ", ".join(value or [])


class Link(QuestionType):
    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        return forms.URLField(
            assume_scheme="https",
            max_length=500,
            widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url"}),
            error_messages={"invalid": "Enter a web address, for example https://example.org."},
            **common,
        )


class File(QuestionType):
    """The file itself is an attachment; the value says which one was submitted."""

    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        field = forms.FileField(allow_empty_file=True, **common)
        # An optional answer and a replaced one alike can be taken away again.
        field.widget.is_required = False
        return field

    def as_typed(self, raw: Any) -> None:
        return None

    def as_data(self, name: str, typed: Any) -> dict[str, Any]:
        return {}

    def to_text(self, value: Any) -> str:
        return value["name"] if value else ""


def _limit_words(field: forms.CharField, spec: Spec) -> forms.CharField:
    limit = spec["max_words"]
    if not limit:
        return field

    def check(text: str) -> None:
        words = count_words(text)
        if words > limit:
            over = words - limit
            raise ValidationError(
                f"Write {limit} words or fewer: remove {over} word{'s' if over > 1 else ''}."
            )

    field.validators.append(check)
    field.widget.attrs["data-maxwords"] = limit
    return field
