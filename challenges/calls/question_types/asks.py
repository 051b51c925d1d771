"""What an applicant asks for, held against the most for one award that the rules promise."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from challenges.calls.question_types.base import Spec
from marketplace.numbers import pounds


def limit_ask(
    field: forms.Field, spec: Spec, *, total: Callable[[Any], Decimal] = Decimal
) -> forms.Field:
    """Refuse nothing at all and more than the most, where the question is what is asked for.

    Args:
        total: the sum, in pounds, of what the field cleans to.
    """
    if not spec.get("is_ask"):
        return field
    most = Decimal(spec["most"]) if spec.get("most") else None

    def check(cleaned: Any) -> None:
        asked = total(cleaned)
        if asked <= 0:
            raise ValidationError("Ask for more than £0.", code="ask")
        if most is not None and asked > most:
            raise ValidationError(
                f"You ask for {pounds(asked)}, and the most for one award is "
                f"{pounds(most)}. Ask for {pounds(most)} or less.",
                code="ask",
            )

    field.validators.append(check)
    if most is not None:
        hint = f"You can ask for at most {pounds(most)}."
        field.help_text = f"{field.help_text} {hint}".strip()
    return field
