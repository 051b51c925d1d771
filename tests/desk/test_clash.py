"""Two officers in one form: the second is told, by labels, and loses nothing."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from challenges.calls.models import Call, CallState
from tests.desk.test_forms import form_data, url
from tests.factories import make_call, make_officer, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk_call() -> tuple[Any, Call]:
    call = make_call(state=CallState.DRAFT)
    return sign_in(Client(), make_officer(call.region)), call


def test_what_was_typed_can_be_put_into_the_newer_form(desk_call: tuple[Any, Call]) -> None:
    desk, call = desk_call
    address = url("edit_call", call.pk)
    first = form_data(desk.get(address)) | {"title": "First"}
    second = form_data(desk.get(address)) | {"title": "Second", "summary": "My own words"}
    assert desk.post(address, first).status_code == 302
    clash = desk.post(address, second)
    assert clash.status_code == 409
    told = BeautifulSoup(clash.content, "html.parser")
    labels = {tag.get_text() for tag in told.select("dl.desk-facts dt")}
    assert "Title" in labels
    assert not [label for label in labels if "_" in label or label.islower()]
    assert "Put what I typed into the newer form" in told.get_text()

    again = desk.get(address)
    page = BeautifulSoup(again.content, "html.parser")
    assert page.find("input", {"name": "title"})["value"] == "Second"
    assert "as others saved it" in page.select_one(".app-put-back").get_text()
    assert "First" in page.select_one(".app-put-back").get_text()
    assert page.find("input", {"name": "version"})["value"] == str(
        Call.objects.get(pk=call.pk).version
    )
    sent = form_data(again) | {
        "title": "Second",
        "summary": "My own words",
        "version": page.find("input", {"name": "version"})["value"],
    }
    assert desk.post(address, sent).status_code == 302
    call.refresh_from_db()
    assert (call.title, call.summary) == ("Second", "My own words")
    assert not BeautifulSoup(desk.get(address).content, "html.parser").select(".app-put-back")
