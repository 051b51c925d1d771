"""What no file takes is left out at every door, and again on every road out."""

import csv
import json
from email import message_from_bytes
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from challenges.calls.models import Call
from challenges.calls.timetable import calendar_of
from challenges.pitches.copies import as_text
from challenges.pitches.models import Pitch
from cms.desk.models import Note
from marketplace.activity.models import Notification
from marketplace.activity.outbox import _message
from marketplace.files.kinds import safe_name
from marketplace.json_files import read_json
from marketplace.middleware import CleanTextMiddleware
from marketplace.text import clean_json, clean_text
from startups.models import Organisation
from tests.desk.helpers import signed_in, url
from tests.factories import AwardFactory
from tests.judging.conftest import World, build_world

ODD = "\x08\x0b\x0c\x1f\x7f\x9f\ufdd0\ufffe\uffff\U0001ffff\U0010fffe"
"""Without NUL and half characters: neither database takes those from any road."""

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)
doors = CleanTextMiddleware(lambda request: HttpResponse())


def is_clean(text: str) -> bool:
    return clean_text(text) == text


@given(ANYTHING)
def test_whatever_is_sent_is_clean_before_a_view_reads_it(typed: str) -> None:
    typed = typed.encode("utf-8", "ignore").decode()
    request = RequestFactory().post("/", {"text": typed, "many": [typed, "b"]})
    doors.process_view(request)
    assert all(is_clean(part) for part in request.POST["text"].split("\x00"))
    assert len(request.POST.getlist("many")) == 2
    request = RequestFactory().get("/", {"q": typed})
    doors.process_view(request)
    assert all(is_clean(part) for part in request.GET["q"].split("\x00"))


def test_the_names_of_files_are_clean_too() -> None:
    file = SimpleUploadedFile(f"plan{ODD}.pdf", b"%PDF")
    request = RequestFactory().post("/", {"file": file})
    doors.process_view(request)
    assert request.FILES["file"].name == "plan.pdf"


@given(ANYTHING)
def test_a_kept_name_of_a_file_is_clean(name: str) -> None:
    assert is_clean(safe_name(name))


JSON = st.recursive(
    st.none() | st.integers() | ANYTHING,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(ANYTHING, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_can_be_written_once_it_is_clean(value: Any) -> None:
    text = json.dumps(clean_json(value), ensure_ascii=False)
    assert is_clean(text) and text.encode()
    assert clean_json(clean_json(value)) == clean_json(value)


def test_a_file_that_is_loaded_is_cleaned(tmp_path: Any) -> None:
    path = tmp_path / "things.json"
    path.write_text(json.dumps({"name": f"Damp{ODD}\x00\ud800 walls"}), encoding="utf-8")
    assert read_json(str(path)) == {"name": "Damp walls"}


@pytest.fixture
def world(db: None) -> World:
    return build_world()


def test_a_page_that_reads_what_was_sent_without_a_form_gets_it_clean(world: World) -> None:
    path = url("note_on_pitch", world.entry.pk)
    signed_in(world.officer).post(path, {"text": f"Call{ODD} them"})
    assert Note.objects.get().text == "Call them"


# --- Roads out -------------------------------------------------------------------------------


@pytest.fixture
def odd(world: World) -> World:
    """As if it had come in before the doors were there, or past them."""
    pitches = Pitch.objects.filter(pk=world.entry.pitch_id)
    pitches.update(title=f"Damp{ODD} walls")
    firms = Organisation.objects.filter(pk=world.entry.pitch.organisation_id)
    firms.update(name=f"Firm{ODD} one", place_name=f"Here{ODD}")
    Call.objects.filter(pk=world.stage.call_id).update(title=f"Call{ODD} of all")
    return world


def test_every_export_opens_and_is_clean(odd: World) -> None:
    client = signed_in(odd.officer)
    replies = {
        kind: client.get(f"{url('pitches')}export.{kind}").content
        for kind in ("xlsx", "csv", "json")
    }
    book = load_workbook(BytesIO(replies["xlsx"]))
    cells = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row]
    rows = list(csv.reader(StringIO(replies["csv"].decode("utf-8-sig"))))
    read = {"xlsx": cells, "csv": [cell for row in rows for cell in row]}
    for kind, texts in read.items():
        assert all(is_clean(text) for text in texts), kind
        assert any("Damp walls" in text for text in texts), kind
    rows = json.loads(replies["json"])
    assert clean_json(rows) == rows and "Damp walls" in [row["Title"] for row in rows]


def test_the_calendar_and_mail_are_clean(odd: World) -> None:
    calendar = calendar_of(Call.objects.get(pk=odd.stage.call_id)).decode()
    assert is_clean(calendar) and "Call of all" in calendar.replace("\r\n ", "")
    note = Notification(subject=f"About{ODD}\r\n\x85it", body=f"Dear{ODD} all", address="a@b.uk")
    message = _message(note, connection=None)
    assert (message.subject, message.body) == ("About it", "Dear all")
    assert is_clean(str(message_from_bytes(message.message().as_bytes())))


@given(ANYTHING)
def test_a_copy_as_text_is_clean(typed: str) -> None:
    parts = [{"label": typed, "text": typed}]
    copy = {"title": typed, "note": "", "subtitle": typed, "facts": [["a", typed]], "parts": parts}
    assert is_clean(as_text(copy)) and as_text(copy).encode()


def test_the_public_table_of_projects_is_clean(odd: World) -> None:
    firm = odd.entry.pitch.organisation
    AwardFactory(
        call=odd.stage.call, organisation=firm, title=f"Dry{ODD} walls", summary=f"So{ODD}"
    )
    reply = signed_in(odd.officer).get(reverse("awards:projects_csv"))
    text = reply.content.decode("utf-8-sig")
    assert is_clean(text) and "Dry walls" in text and "Firm one" in text
