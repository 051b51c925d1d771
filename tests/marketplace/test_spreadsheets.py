"""Whatever stands in a record, the file that holds it opens."""

import csv
from io import BytesIO, StringIO

import pytest
from django import forms
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from marketplace.forms import CleanTextForm, GovukForm
from marketplace.spreadsheets import to_csv, to_xlsx
from marketplace.text import clean_text

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)
ODD = ["\x00", "\x08", "\x0b", "\x1f", "\x7f", "\x85", "\ufffe", "\uffff", "\ud800", "\U0001ffff"]


def read(content):
    sheet = load_workbook(BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_every_odd_character_leaves_the_file_whole():
    rows = [[f"Damp{odd} sensors"] for odd in ODD]
    found = read(to_xlsx("Pitches", ["Title"], rows))
    assert len(found) == len(ODD) + 1
    assert all(row[0].startswith("Damp") for row in found[1:])


@given(st.lists(ANYTHING, min_size=1, max_size=8))
def test_any_text_makes_a_file_that_opens(texts):
    assert len(read(to_xlsx("Pitches", texts, [texts]))) <= 2
    lines = list(csv.reader(StringIO(to_csv(texts, [texts]).decode("utf-8-sig"))))
    assert len(lines) == 2


def test_text_of_all_scripts_is_kept():
    text = "Ŵyn 東京 हिन्दी 😀\u200d\U000e0067 a\tb\nc £\u00a0½"
    assert clean_text(text) == text


def test_all_of_unicode_is_taken_or_left_out():
    everything = "".join(map(chr, range(0x110000)))
    kept = clean_text(everything)
    kept.encode()
    pieces = [[kept[start : start + 8000]] for start in range(0, len(kept), 8000)]
    assert len(read(to_xlsx("All", ["Text"], pieces))) == len(pieces) + 1


class Doors(GovukForm):
    title = forms.CharField(required=False)


class DeskDoors(CleanTextForm):
    title = forms.CharField(required=False)


@pytest.mark.parametrize("form_class", [Doors, DeskDoors])
@given(typed=ANYTHING)
def test_a_form_keeps_only_what_every_file_takes(form_class, typed):
    form = form_class({"title": typed.replace("\x00", "")})
    assert form.is_valid()
    assert clean_text(form.cleaned_data["title"]) == form.cleaned_data["title"]


def test_a_browsers_form_is_cleaned_and_nul_is_refused_in_words():
    form = Doors(QueryDict("title=Damp%EF%BF%BF+sensors"))
    assert form.is_valid() and form.cleaned_data["title"] == "Damp sensors"
    assert "Null characters" in str(Doors(QueryDict("title=a%00b")).errors)
