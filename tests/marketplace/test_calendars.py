"""No form takes a day or moment that a calendar fails at, wherever it was made."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from wagtail.models import Page

from cms.desk.forms import DeadlineField
from marketplace.calendars import EARLIEST, LATEST
from marketplace.forms import GovukDateField
from marketplace.times import moment
from tests.attack.fields import DATES, MOMENTS

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sent", [*MOMENTS, *DATES], ids=ascii)
@pytest.mark.parametrize("field", [forms.DateTimeField, DeadlineField])
def test_a_moment_is_one_that_can_be_said(field: type[forms.Field], sent: str) -> None:
    try:
        at = field().clean(sent)
    except ValidationError as error:
        assert error.messages
    else:
        assert EARLIEST <= at.year <= LATEST
        assert moment(at)


@pytest.mark.parametrize("sent", [*MOMENTS, *DATES], ids=ascii)
def test_a_day_too(sent: str) -> None:
    year, month, day = (sent.split("T")[0].rsplit("-", 2) + ["", ""])[:3]
    for field, typed in ((forms.DateField(), sent), (GovukDateField(), [day, month, year])):
        try:
            found = field.clean(typed)
        except ValidationError as error:
            assert error.messages
        else:
            assert EARLIEST <= found.year <= LATEST


def test_wagtails_pages_too() -> None:
    form = Page.get_edit_handler().get_form_class()
    fields = {"go_live_at": "0001-01-01T00:00+14:00", "expire_at": "9999-12-31 23:59"}
    assert set(form(fields, instance=Page()).errors) >= set(fields)
