"""Every box for a number reads what people type, and every amount is written in one way."""

import re
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from challenges.calls.models import Call, Stage
from cms.desk.panels import CALL_PANELS, STAGE_PANELS
from marketplace.number_fields import NumberField, PoundsField, WholeNumberField
from marketplace.numbers import pounds, read_number
from marketplace.templatetags.formats import money

FLOORS = ("marketplace", "startups", "challenges", "search", "cms")
NUMERIC = (forms.IntegerField, forms.DecimalField, forms.FloatField)
OURS = (NumberField, WholeNumberField)


def sources(*suffixes: str) -> Iterator[tuple[Path, str]]:
    for floor in FLOORS:
        for path in sorted((Path(settings.BASE_DIR) / floor).rglob("*")):
            if path.suffix in suffixes and "migrations" not in path.parts:
                yield path, path.read_text(encoding="utf-8")


def forms_of_ours() -> list[type[forms.BaseForm]]:
    for floor in FLOORS:
        for module in walk_packages(import_module(floor).__path__, f"{floor}."):
            if not re.search(r"\.(migrations|settings|wsgi|celery)\b", module.name):
                import_module(module.name)
    found, left = set(), [forms.BaseForm]
    while left:
        for each in left.pop().__subclasses__():
            if each not in found:
                found.add(each)
                left.append(each)
    return sorted((f for f in found if f.__module__.startswith(FLOORS)), key=str)


def made_by_wagtail() -> list[Any]:
    """The desk’s editors of a call and a stage, and a row of each list in them."""
    editors = [CALL_PANELS.bind_to_model(Call), STAGE_PANELS.bind_to_model(Stage)]
    found = []
    for editor in editors:
        form = editor.get_form_class()
        found += [form, *(each.form for each in form.formsets.values())]
    return found


def boxes() -> dict[str, forms.Field]:
    """Where it stands → each box for a number that a form has from the start."""
    return {
        f"{form.__module__}.{form.__qualname__}.{name}": box
        for form in [*forms_of_ours(), *made_by_wagtail()]
        for name, box in form.base_fields.items()
        if isinstance(box, NUMERIC) and not isinstance(box.widget, forms.HiddenInput)
    }


def test_every_box_for_a_number_is_read_by_the_one_parser() -> None:
    found = boxes()
    assert len(found) > 15
    assert not [where for where, box in found.items() if not isinstance(box, OURS)]


TYPED = {
    "12": 12,
    "１２": 12,
    " 12 ": 12,
    "\u00a012": 12,
    "12.0": 12,
    "+12": 12,
    "1,2": None,
    "12,5": None,
    "\u221212": None,
    "-12": None,
    "1e1": None,
    "²": None,
    "NaN": None,
    "twelve": None,
}
"""What somebody types → the number it is; None: it is asked about or refused."""


@pytest.mark.parametrize("typed", TYPED)
def test_the_same_text_is_the_same_number_in_every_box(typed: str) -> None:
    for where, box in boxes().items():
        least, most = getattr(box, "min_value", None), getattr(box, "max_value", None)
        if (least is not None and least > 12) or (most is not None and most < 12):
            continue
        if least is None and TYPED[typed] is None and typed.lstrip("-\u2212") == "12":
            continue
        try:
            number = box.clean(typed)
        except ValidationError as error:
            assert TYPED[typed] is None, (where, error)
        else:
            assert number == TYPED[typed], where


@pytest.mark.parametrize(
    "typed", ["1,200", "1 200", "1\u00a0200", "1\u202f200", "1’200", "１，２００"]
)
def test_thousands_are_read_in_every_box_that_takes_them(typed: str) -> None:
    read = 0
    for where, box in boxes().items():
        most = getattr(box, "max_value", None)
        if most is None or most >= 1200:
            assert box.clean(typed) == 1200, where
            read += 1
    assert read > 3


def test_no_form_makes_a_bare_box_as_it_goes() -> None:
    """Boxes that a form adds when it is made; a hidden one is written by the page itself."""
    bare = re.compile(r"forms\.(?:Integer|Decimal|Float)Field\((?!\s*widget=forms\.HiddenInput)")
    bare_input = re.compile(r"forms\.NumberInput\(|type=.number")
    own = ("number_fields.py", "widgets.py")
    for path, text in sources(".py", ".html"):
        if path.name not in own:
            assert not bare.search(text), path
            assert not bare_input.search(text), path


# --- Writing -----------------------------------------------------------------------------

HAND_MADE = re.compile(r"£\{|£\s*\{\{|£['\"]\s*[+%]|['\"]£['\"]\s*\+|£%|£\$\{")


def test_nobody_writes_an_amount_by_hand() -> None:
    for path, text in sources(".py", ".html", ".txt"):
        if path.as_posix().endswith("marketplace/numbers.py"):
            continue
        found = HAND_MADE.search(text)
        assert not found, f"{path}: use `pounds` or the filter `money`"


@pytest.mark.parametrize(
    "written", ['f"£{x:,.0f}"', "£{{ amount }}", '"£" + str(x)', '"£%s" % x', "'£' + text"]
)
def test_a_hand_made_amount_is_found(written: str) -> None:
    assert HAND_MADE.search(written)


AMOUNTS = {
    "60000.50": "£60,000.50",
    "60000.00": "£60,000",
    "0": "£0",
    "0.5": "£0.50",
    "-20": "−£20",
    "-0.00": "£0",
    "1234567.891": "£1,234,567.891",
    "1E+3": "£1,000",
}


@pytest.mark.parametrize(("amount", "written"), AMOUNTS.items())
def test_an_amount_is_written_as_it_is(amount: str, written: str) -> None:
    assert pounds(Decimal(amount)) == money(amount) == written


@given(st.decimals(-(10**10), 10**10, allow_nan=False, places=2))
def test_what_is_written_is_what_it_is(amount: Decimal) -> None:
    assert read_number(pounds(amount), money=True) == amount
    assert PoundsField().clean(pounds(amount)) == amount


def test_what_is_no_amount_is_not_written() -> None:
    assert [money(each) for each in (None, "", "x", Decimal("NaN"))] == ["", "", "", ""]
