"""Dates in three boxes."""

from datetime import date

import pytest
from django import forms

from marketplace.forms import GovukDateField, GovukForm
from marketplace.templatetags.govuk import govuk_fields


class Start(GovukForm):
    start = GovukDateField()
    end = GovukDateField(required=False)


def form(day: str, month: str, year: str) -> Start:
    return Start({"start-day": day, "start-month": month, "start-year": year})


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (("27", "3", "2027"), date(2027, 3, 27)),
        ((" 1 ", "03", "2027"), date(2027, 3, 1)),
        (("29", "February", "2028"), date(2028, 2, 29)),
        (("1", "sep", "2027"), date(2027, 9, 1)),
    ],
)
def test_dates_as_people_write_them(typed: tuple[str, str, str], found: date) -> None:
    start = form(*typed)
    assert start.is_valid(), start.errors
    assert start.cleaned_data == {"start": found, "end": None}


@pytest.mark.parametrize(
    ("typed", "message", "wrong"),
    [
        (("", "", ""), "Enter a date", ("day", "month", "year")),
        (("3", "", "2027"), "The date must include a month", ("month",)),
        (("3", "", ""), "The date must include a month and a year", ("month", "year")),
        (("32", "1", "2027"), "Enter a real date, for example 27 3 2027", ("day",)),
        (("1", "13", "2027"), "Enter a real date, for example 27 3 2027", ("month",)),
        (("1", "Janvier", "2027"), "Enter a real date, for example 27 3 2027", ("month",)),
        (("1", "1", "27"), "The year must have 4 numbers", ("year",)),
        (("29", "2", "2027"), "Enter a real date, for example 27 3 2027", ("day", "month", "year")),
        (("x", "1", "2027"), "Enter a real date, for example 27 3 2027", ("day", "month", "year")),
        (("9" * 5000, "1", "2027"), "Enter a real date, for example 27 3 2027", ("day",)),
    ],
)
def test_what_is_wrong_is_said_at_the_box_where_it_is(
    typed: tuple[str, str, str], message: str, wrong: tuple[str, ...]
) -> None:
    start = form(*typed)
    field = govuk_fields(start)[0]
    assert field.messages == [message]
    assert field.wrong_parts == wrong
    assert field.first_id == f"id_start-{wrong[0]}"
    for text in typed:
        assert not text or f'value="{text}"' in str(field)


def test_a_date_that_is_known_fills_its_boxes() -> None:
    html = str(Start(initial={"start": date(2027, 3, 9)})["start"])
    assert all(f'value="{part}"' in html for part in (9, 3, 2027))


def test_labels_say_optional_only_beside_required_ones() -> None:
    class AllOptional(GovukForm):
        end = forms.CharField(required=False)

    assert "End (optional)" in str(Start())
    assert "(optional)" not in str(AllOptional())
