"""How somebody walks through addresses: what they are shown, and which rows they move.

Each request is rolled back when it has been looked at, so that none changes what the next one
finds, and nobody is signed out on the way.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from wagtail.images.tests.utils import get_test_image_file

from marketplace.accounts.models import User
from tests.factories import sign_in

WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.I)

OWN = frozenset(
    {
        "django_session",
        "typed_keptpost",
        "wagtailusers_userprofile",
        "wagtailadmin_editingsession",
        "wagtailadmin_formstate",
    }
)
"""Tables of what is a person's own wherever they are: moved without moving anything of others."""


class Walker:
    """One person with a browser."""

    def __init__(self, person: User | None) -> None:
        self.client = Client(raise_request_exception=False)
        if person:
            sign_in(self.client, person)
        self.cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}

    def get(self, address: str, look: Callable[[Any], None]) -> set[str]:
        return self._ask("get", address, {}, look)

    def post(self, address: str, data: dict[str, Any], look: Callable[[Any], None]) -> set[str]:
        return self._ask("post", address, data, look)

    def _ask(
        self, method: str, address: str, data: dict[str, Any], look: Callable[[Any], None]
    ) -> set[str]:
        """Names of the tables in which rows were moved."""
        self.client.cookies.clear()
        for name, value in self.cookies.items():
            self.client.cookies[name] = value
        moved: set[str] = set()
        with transaction.atomic():
            with moves(moved):
                response = getattr(self.client, method)(address, data)
                look(response)
            transaction.set_rollback(True)
        return moved - OWN


@contextmanager
def moves(moved: set[str]) -> Iterator[None]:
    """Collects the tables of every statement that moved a row."""

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # The walk's own transaction stands around what in life is the outermost: a refusal that
        # undid that is over, and the page that says so asks on.
        connection.needs_rollback = False
        result = execute(sql, params, many, context)
        if (found := WRITES.match(sql)) and context["cursor"].rowcount:
            moved.add(found[1].lower())
        return result

    with connection.execute_wrapper(note):
        yield


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


SENT_EVERYWHERE = {
    "reason": "x",
    "outcome": "awarded",
    "anew": "1",
    "close": "1",
    "member": "1",
    # The editor draws its streams with JavaScript, so no form shows these.
    "body-count": "0",
    "faqs-count": "0",
    "comments-TOTAL_FORMS": "0",
    "comments-INITIAL_FORMS": "0",
    "action-publish": "1",
}


def form_of(page: str, more: dict[str, Any]) -> dict[str, Any]:
    """What a person would send who filled in the page's form as it stands, and chose the first of
    whatever is to be chosen."""
    data: dict[str, Any] = {}
    soup = BeautifulSoup(page, "html.parser")
    for form in soup.find_all("form", method=re.compile("post", re.I)):
        for field in form.find_all(["input", "textarea", "select", "button"]):
            name = field.get("name")
            if name and not field.has_attr("disabled") and name != "csrfmiddlewaretoken":
                value = _value_of(field)
                if value is not None:
                    data.setdefault(name, value)
    return {**SENT_EVERYWHERE, **data, **more}


def _value_of(field: Any) -> Any:
    if field.name == "select":
        options = field.find_all("option")
        chosen = [each for each in options if each.has_attr("selected")]
        given = chosen or [each for each in options if each.get("value")]
        return given[0].get("value", "") if given else ""
    if field.name == "textarea":
        return field.text.strip() or "Zq words"
    if field.get("type") == "file" and not field.has_attr("required"):
        return None
    if field.get("type") == "file":
        picture = get_test_image_file().file.getvalue()
        return SimpleUploadedFile("zq.png", picture, "image/png")
    if field.get("type") in ("checkbox", "radio"):
        return field.get("value", "on")
    if field.get("type") in (None, "text") and not field.get("value"):
        if field["name"] == "slug":
            return "zq-words"
        # A date, where there is one, may be left out.
        return "" if field["name"].endswith(("_at", "_on")) else "Zq words"
    return field.get("value", "")
