"""Days and moments that somebody typed lie within reach of every calendar.

Python counts from year 1 to 9999, and fails where a zone or a day more leads beyond: in the middle
of whatever reads a moment. Registered once, here, so that no form has to think of it, Wagtail’s
neither.
"""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError

EARLIEST, LATEST = 1900, 2999


def is_of_our_time(value: date) -> None:
    """Raises: ValidationError: the year of this day or moment is none that anybody means."""
    if not EARLIEST <= value.year <= LATEST:
        raise ValidationError(
            f"The year must be between {EARLIEST} and {LATEST}",
            code="year",
            params={"parts": ["year"]},
        )


for _kind in (forms.DateField, forms.DateTimeField):
    _kind.default_validators = [*_kind.default_validators, is_of_our_time]
