"""Numbers as people write them are read right or asked about, and never taken for others."""

import contextlib
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from marketplace.number_fields import NumberField, PercentField, PoundsField, WholeNumberField
from marketplace.numbers import NotANumberError, UnclearNumberError, pounds, read_number

READ = {
    "£1,234.56": "1234.56",
    "1,234": "1234",
    "1 234": "1234",
    "12 500.75": "12500.75",
    "12\u00a0500.75": "12500.75",
    "12\u202f500,75": "12500.75",
    "12 500,75": "12500.75",
    "12’500": "12500",
    "1,200,000": "1200000",
    "12,50,000": "1250000",
    "1.234,56": "1234.56",
    "1.234.567": "1234567",
    "£12k": "12000",
    "1.5m": "1500000",
    "2 million": "2000000",
    "50p": "0.5",
    "GBP 100": "100",
    "GBP100": "100",
    "1,200gbp": "1200",
    "100 pounds": "100",
    "１２": "12",
    "١٢٣٫٥": "123.5",
    "(5)": "-5",
    "\u22125": "-5",
    "-£5": "-5",
    "£-5": "-5",
    "5.": "5",
    ".5": "0.5",
    "0,5": "0.5",
    "007": "7",
    "\u200e£5\u200b": "5",
}
ASKED = {
    "9,50": ["9.5", "950"],
    "1234,50": ["1234.5", "123450"],
    "12.345": ["12.345", "12345"],
    "1,5k": ["1500", "15000"],
    "1 234,567": ["1234567", "1234.567"],
}
REFUSED = (
    "",
    *("1,2,3", "1,23,4", "1 2", "1,,234", "1_000", "--5", "(-5)", "5-", "5²", "½", "££5", "£"),
    *("1e5", "NaN", "Infinity", "0x10", "twenty grand", "50%", "5-10", "1.2.3", "9" * 61, "5D3"),
)


@pytest.mark.parametrize(("typed", "number"), READ.items())
def test_one_reading_is_read(typed, number):
    assert read_number(typed, money=True) == Decimal(number)


@pytest.mark.parametrize(("typed", "numbers"), ASKED.items())
def test_several_readings_are_given_back(typed, numbers):
    with pytest.raises(UnclearNumberError) as unclear:
        read_number(typed, money=True)
    assert sorted(unclear.value.readings) == sorted(Decimal(each) for each in numbers)


@pytest.mark.parametrize("typed", REFUSED)
def test_no_reading_is_refused(typed):
    with pytest.raises(NotANumberError) as refusal:
        read_number(typed, money=True)
    assert not isinstance(refusal.value, UnclearNumberError)


AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2)
THOUSANDS = st.sampled_from(["", ",", " ", "\u00a0", "\u202f", "'", "’", "."])


@given(AMOUNTS, THOUSANDS, st.sampled_from([".", ","]), st.booleans(), st.booleans())
def test_any_amount_in_any_style_is_that_amount_or_asked_about(
    amount, thousands, point, with_pence, with_sign
):
    if thousands == point:
        return
    amount = amount if with_pence else amount.to_integral_value()
    text = f"{amount:,.{2 if with_pence else 0}f}"
    text = text.replace(",", "T").replace(".", point).replace("T", thousands)
    try:
        assert read_number(f"£{text}" if with_sign else text, money=True) == amount
    except UnclearNumberError as unclear:
        assert amount in unclear.readings


@given(AMOUNTS)
def test_what_we_write_ourselves_is_read_back(amount):
    assert read_number(pounds(amount), money=True) == amount
    assert read_number(str(amount), money=True) == amount


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text):
    with contextlib.suppress(NotANumberError):
        assert read_number(text, money=True).is_finite()


def errors(field, typed):
    with pytest.raises(ValidationError) as refusal:
        field.clean(typed)
    return " ".join(refusal.value.messages)


def test_a_box_asks_in_words_that_can_be_typed():
    money = PoundsField(max_digits=12, decimal_places=2)
    assert errors(money, "9,50") == "Did you mean £9.50 or £950? Enter it that way."
    assert money.clean("£9.50") == Decimal("9.5")
    number = NumberField(max_digits=18, decimal_places=6)
    assert errors(number, "12.345") == "Did you mean 12.3450 or 12,345? Enter it that way."
    assert number.clean("12.3450") == Decimal("12.345")
    assert errors(PoundsField(decimal_places=2), "12.345").startswith("Did you mean £12,345?")


@given(st.integers(min_value=1, max_value=10**9), st.sampled_from([("k", 3), ("m", 6)]))
def test_whole_pounds_in_thousands_or_millions_have_no_decimals(amount, scale):
    """“£1.2345m” is £1,234,500: it was refused for more than two decimals."""
    letter, places = scale
    typed = f"£{Decimal(amount).scaleb(-places):f}{letter}"
    try:
        assert PoundsField(max_digits=12, decimal_places=2).clean(typed) == amount
    except ValidationError as asked:  # three decimals may be thousands
        assert asked.code == "unclear"


def test_boxes_take_what_belongs_in_them():
    assert NumberField().clean("1,200") == 1200
    assert WholeNumberField().clean("1,200") == 1200
    assert PercentField().clean("50%") == PercentField().clean("50 per cent") == 50
    assert "whole number" in errors(WholeNumberField(), "3.5")
    assert "greater than or equal to 0" in errors(PoundsField(min_value=0), "(5)")
    assert "Enter an amount in pounds" in errors(PoundsField(), "twenty grand")
    assert WholeNumberField(required=False).clean(" ") is None
