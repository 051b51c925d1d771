"""Form fields for numbers that people type; `marketplace.numbers` reads them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from marketplace.numbers import NotANumberError, UnclearNumberError, plain, pounds, read_number

BOX = "govuk-input--width-5"


class NumberField(forms.DecimalField):
    """A number as people write it: 1,200 or 3.5. Asks where two numbers could be meant.

    A browser's number box throws away what it can't read; a text box keeps it to be corrected.
    """

    default_error_messages = {"invalid": "Enter a number, for example 12 or 3.5."}
    money = False
    per_cent = False

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "class": BOX}
        super().__init__(**{"widget": forms.TextInput(attrs=attrs), **kwargs})

    def to_python(self, value: Any) -> Any:
        return super().to_python(_read(self, value, self.decimal_places))


class PoundsField(NumberField):
    """An amount as people write it: £12,500, 12500.00 or 12k."""

    default_error_messages = {"invalid": "Enter an amount in pounds, for example 12,500 or 99.50."}
    money = True


class WholeNumberField(forms.IntegerField):
    """A whole number as people write it: 12 or 1,200."""

    default_error_messages = {
        "invalid": "Enter a number, for example 12.",
        "whole": "Enter a whole number, for example 12.",
    }
    money = False
    per_cent = False

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "class": BOX}
        super().__init__(**{"widget": forms.TextInput(attrs=attrs), **kwargs})

    def to_python(self, value: Any) -> int | None:
        number = _read(self, value, 0)
        if isinstance(number, Decimal):
            if number != number.to_integral_value():
                raise ValidationError(self.error_messages["whole"], code="invalid")
            number = int(number)
        return super().to_python(number)


class PercentField(WholeNumberField):
    """A share in whole percent: 40 or 40%."""

    per_cent = True


def _read(field: Any, value: Any, places: int | None) -> Any:
    """What a text says as a Decimal; None for none; what is no text as it is."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return read_number(value, money=field.money, per_cent=field.per_cent)
    except UnclearNumberError as unclear:
        raise ValidationError(_question(unclear, field.money, places), code="unclear") from unclear
    except NotANumberError as error:
        raise ValidationError(field.error_messages["invalid"], code="invalid") from error


def _question(unclear: UnclearNumberError, money: bool, places: int | None) -> str:
    """“Did you mean £9.50 or £950?”, of the readings that this box can take."""
    fitting = [each for each in unclear.readings if places is None or _places(each) <= places]
    shown = [_written(each, money) for each in fitting or unclear.readings]
    return f"Did you mean {' or '.join(shown)}? Enter it that way."


def _written(number: Decimal, money: bool) -> str:
    """In a form that is read as that number when it is typed."""
    if money:
        return pounds(number)
    # Three decimals could be thousands: “12.345” would be asked about again.
    return f"{plain(number)}0" if _places(number) == 3 else plain(number)


def _places(number: Decimal) -> int:
    return max(0, -int(number.normalize().as_tuple().exponent))
