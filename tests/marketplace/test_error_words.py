"""No form says what is wrong in Django’s own sentences; each error names its field in ours."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.forms import BaseForm
from django.http import QueryDict
from django.urls import get_resolver

from marketplace.forms import govuk_fields

pytestmark = pytest.mark.django_db
OURS = ("marketplace.", "startups.", "challenges.", "search.", "cms.")
DESK = "cms.desk."
"""Its forms are drawn by Wagtail’s tags, which show the errors as they are."""

DJANGOS = re.compile(
    r"Ensure (this|that)|This field|Enter a (valid|list of|complete)|Enter a (whole )?number\."
    r"|Select a valid|is not one of|not a valid value|Null characters|submitted file|No file was"
    r"|interpreted in time zone"
)
BAD = (
    "",
    "x" * 6000,
    "a\x00b",
    "not a number",
    "-1",
    "9" * 15,
    "31/31/2026",
    "2027-03-28T01:30",  # the clocks go forward
    "2026-10-25T01:30",  # and back
    "http://[",
    "1.23456789",
)


def form_classes() -> list[Any]:
    """Every class of forms of ours; reading the addresses reads every view that has one."""
    assert get_resolver().url_patterns
    waiting: list[Any] = [BaseForm]
    found = []
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if each.__module__.startswith(OURS) and getattr(each, "base_fields", None):
            found.append(each)
    return sorted(found, key=str)


def said_by(kind: Any) -> Iterator[str]:
    """What a page shows beside the fields of such a form, for each bad value in every field."""
    for bad in BAD:
        data = QueryDict(mutable=True)
        for name in kind.base_fields:
            for part in ("", "_0", "_1", "_2"):
                data.setlist(f"{name}{part}", [bad])
        try:
            form = kind(data)
            form.full_clean()
        except (TypeError, KeyError, AttributeError, ValueError):
            return  # made from something that it is handed: the walks of forms meet it
        if kind.__module__.startswith(DESK):
            yield from (f"{name}: {text}" for name, each in form.errors.items() for text in each)
        else:
            yield from (
                f"{field.name}: {text}" for field in govuk_fields(form) for text in field.messages
            )


@pytest.mark.parametrize("kind", form_classes(), ids=str)
def test_no_form_speaks_djangos_english(kind: Any) -> None:
    assert [text for text in said_by(kind) if DJANGOS.search(text)] == []


def test_most_forms_are_tried() -> None:
    assert sum(any(said_by(kind)) for kind in form_classes()) >= 40
