"""A statement that somebody signs for the applicant."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from challenges.calls.question_types.base import QuestionType, Spec, storable
from marketplace.widgets import SignatureWidget


class SignatureField(forms.Field):
    """A tick and a typed name. Cleans to the name, or "" where it is not signed."""

    widget = SignatureWidget

    def clean(self, value: Any) -> str:
        agreed, name = value or ["", ""]
        name = " ".join(str(name).split())
        if not agreed and not name:
            if self.required:
                raise ValidationError("Tick and sign to agree.", code="required")
            return ""
        if not agreed:
            raise ValidationError("Tick to say that you agree, or clear the name.")
        if not name:
            raise ValidationError("Type your full name to sign.")
        if len(name) > 120:
            raise ValidationError("Use 120 characters or fewer for your name.")
        return name


class Declaration(QuestionType):
    """What is agreed to is the question's guidance; who signed, in the answer; when and by
    whom it was sent, in the submission."""

    def make_field(self, spec: Spec, **common: Any) -> forms.Field:
        return SignatureField(**common)

    def as_typed(self, raw: Any) -> list[str]:
        parts = [storable(part) for part in raw] if isinstance(raw, list | tuple) else []
        agreed, name = (parts + ["", ""])[:2]
        return ["on" if agreed else "", name] if agreed or name else []

    def as_data(self, name: str, typed: Any) -> dict[str, Any]:
        agreed, signed = typed or ["", ""]
        return ({f"{name}-agreed": "on"} if agreed else {}) | {f"{name}-name": signed}

    def typed_text(self, typed: Any) -> str:
        agreed, signed = typed or ["", ""]
        return f"{'Agreed' if agreed else 'Not agreed'}: {signed}" if typed else ""

    def to_json(self, cleaned: Any) -> dict[str, str] | None:
        return {"signed": cleaned} if cleaned else None

    def to_text(self, value: Any) -> str:
        return f"Agreed and signed by {value['signed']}" if value else ""
