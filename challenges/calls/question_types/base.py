"""What every kind of question offers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from marketplace.text import clean_text

Spec = dict[str, Any]
MOST_CHARACTERS = 60_000
"""More than any word limit allows; guards the database, not the applicant."""


class QuestionType:
    """One kind of question. `value` is the JSON form of a checked answer."""

    def field(self, spec: Spec) -> forms.Field:
        """A form field that checks one answer; raises ValidationError from `clean`."""
        field = self.make_field(
            spec, label=spec["label"], help_text=spec["guidance"], required=spec["required"]
        )
        if spec.get("acceptable"):
            field.validators.append(_eligible(spec))
        return field

    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        raise NotImplementedError

    def as_typed(self, raw: Any) -> Any:
        """Whatever came in, in the shape in which this kind is kept as typed."""
        return storable(raw)

    def as_data(self, name: str, typed: Any) -> dict[str, Any]:
        """What a browser would send for it: form field names and their values."""
        return {name: typed}

    def to_json(self, cleaned: Any) -> Any:
        return cleaned

    def typed_text(self, typed: Any) -> str:
        """How a person reads what was typed, right or wrong."""
        return " ".join(typed) if isinstance(typed, list) else str(typed or "")

    def to_text(self, value: Any) -> str:
        """How a person reads a checked answer; empty where nothing was answered."""
        return "" if value in (None, "", []) else str(value)


class ListType(QuestionType):
    """A kind that is typed in several boxes, and kept as a list of texts."""

    def as_typed(self, raw: Any) -> list[str]:
        parts = raw if isinstance(raw, list | tuple) else [raw]
        return [text for part in parts if (text := storable(part))]


class NotEligibleError(ValidationError):
    """An answer with which nobody can apply; says so kindly, and what to do."""


NOT_ELIGIBLE = "With this answer you can’t apply to this call."


def _eligible(spec: Spec) -> Any:
    acceptable = {text.casefold() for text in spec["acceptable"]}

    def check(cleaned: Any) -> None:
        given = cleaned if isinstance(cleaned, list) else [cleaned]
        if not all(str(each).casefold() in acceptable for each in given):
            raise NotEligibleError(spec.get("refusal") or NOT_ELIGIBLE, code="ineligible")

    return check


def storable(raw: Any) -> str:
    """Text as every database takes it: a line ends one way, and what is no text is left out.

    PostgreSQL refuses NUL in text and lone surrogates in JSON, spreadsheets and feeds more.
    """
    if raw is None or isinstance(raw, dict | list | tuple | bytes):
        return ""
    return clean_text(str(raw).replace("\r\n", "\n").replace("\r", "\n"))
