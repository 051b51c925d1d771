"""Every form with a box of more than a line, met as every kind of person, whatever goes wrong.

The demonstration is walked by its links, so that a form that is added later is tried as well.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.forms import BaseForm, Textarea
from django.test import Client, override_settings

from cms.demonstration.loader import load
from cms.demonstration.people import APPROVER, JUDGE, OFFICER, OWNER
from marketplace.accounts.models import User
from marketplace.typed.keeping import SESSION_KEY
from tests.factories import sign_in
from tests.marketplace.test_error_words import DJANGOS
from tests.marketplace.walking import (
    FoundForm,
    forms_of,
    pages,
    stored,
    texts_in_boxes,
    undone,
)

pytestmark = pytest.mark.django_db
SECRET = "hush-hush and 123456"
NOT_SHOWN = {
    "challenges.judging.forms.ConflictForm",
    "cms.desk.after_forms.OfferForm",
    "cms.desk.bulk_forms.MessageForm",
    "cms.desk.bulk_forms.MoveForm",
    "cms.desk.release_forms.StopForm",
    "cms.desk.views.sign_offs.AnswerForm",
}
"""Stand on pages of states that the demonstration is never in; all go the same way."""

OURS = ("marketplace", "startups", "challenges", "search", "cms")
WORDS = "Typed words for the box with “marks” and more than a line of them"
WHO = {"visitor": None, "owner": OWNER, "judge": JUDGE, "officer": OFFICER, "approver": APPROVER}
FEWEST = {"visitor": 0, "owner": 9, "judge": 4, "officer": 22, "approver": 1}


@pytest.fixture(scope="module", autouse=True)
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    # A worker may get the module's tests in two goes; the second load has ids of its own.
    for found in (FOUND, SECRET_FORMS, BUTTONS, KINDS, DRAWN):
        found.clear()
    with django_db_blocker.unblock(), override_settings(DEMONSTRATION=True):
        block = transaction.atomic()
        block.__enter__()
        try:
            assert load(lambda line: None)
            yield
        finally:
            transaction.set_rollback(True)
            block.__exit__(None, None, None)


def client_of(who: str, **more: Any) -> Client:
    person = WHO[who]
    client = Client(**more)
    return sign_in(client, User.objects.get(email=person.email)) if person else client


FOUND: dict[str, list[FoundForm]] = {}
SECRET_FORMS: list[FoundForm] = []
BUTTONS: list[tuple[str, FoundForm]] = []
"""Forms without a long box, and who met them first."""
KINDS: set[Any] = set()
DRAWN: set[str] = set()
"""Classes of forms that the walks have met."""


def forms_for(who: str) -> list[FoundForm]:
    """One of each kind of form with a long box that this person meets, and nobody before."""
    if who not in FOUND:
        FOUND[who] = []
        with noting_forms():
            for address, soup in pages(client_of(who)):
                for form in forms_of(address, soup):
                    if form.kind in KINDS:
                        continue
                    KINDS.add(form.kind)
                    SECRET_FORMS.extend([form] if form.secrets else [])
                    FOUND[who].extend([form] if form.boxes else [])
                    if not form.boxes and not form.to.startswith("/accounts/"):
                        BUTTONS.append((who, form))
    return FOUND[who]


@contextmanager
def noting_forms() -> Iterator[None]:
    begin = BaseForm.__init__

    def noted(form: Any, *args: Any, **kwargs: Any) -> None:
        DRAWN.update(name_of(each) for each in type(form).__mro__)
        begin(form, *args, **kwargs)

    with patch.object(BaseForm, "__init__", noted):
        yield


def name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def typed_into(form: FoundForm) -> dict[str, list[str]]:
    return {**form.sent, **{name: [f"{WORDS} {name}"] for name in form.boxes}}


def headers(form: FoundForm) -> dict[str, str]:
    return {"referer": f"http://testserver{form.page}", "origin": "http://testserver"}


def lost(form: FoundForm, response: Any) -> list[str]:
    """Boxes whose text is neither in a box of the page, nor shown, nor saved."""
    there = "\n".join([*texts_in_boxes(response.content), response.content.decode()])
    missing = [name for name in form.boxes if f"{WORDS} {name}" not in there]
    saved = stored(WORDS) if missing else ""
    return [name for name in missing if f"{WORDS} {name}" not in saved]


def garbled(form: FoundForm) -> dict[str, list[str]]:
    """Every other field wrong: too much, of another kind, not among the choices."""
    sent = typed_into(form)
    for tag in form.tag.find_all(["input", "select"]):
        name, kind = str(tag.get("name") or ""), str(tag.get("type") or "text").lower()
        is_other = name in sent and name not in form.boxes
        if is_other and kind not in ("hidden", "submit", "file"):
            sent[name] = ["not 1 of them, " * 40]
    return sent


@pytest.mark.parametrize("who", WHO)
def test_bad_input_in_another_field(who: str) -> None:
    wrong = []
    for form in forms_for(who):
        tries = [typed_into(form) | button for button in form.buttons]
        tries.append(garbled(form) | form.buttons[0])
        for sent in tries:
            with undone():
                client = client_of(who)
                response = client.post(form.to, sent, headers=headers(form), follow=True)
                if said := DJANGOS.search(response.content.decode()):
                    wrong.append(f"{form}: {said[0]}")
                missing = lost(form, response)
                if missing:
                    wrong.append(f"{form}: {response.status_code} {missing}")
    assert not wrong, "\n".join(wrong)
    assert len(forms_for(who)) >= FEWEST[who], [str(form) for form in forms_for(who)]


@pytest.mark.parametrize("who", WHO)
def test_session_gone(who: str) -> None:
    wrong = []
    for form in forms_for(who):
        with undone():
            cache.clear()
            client = client_of(who)
            client.get(form.page)
            client.cookies.pop(settings.SESSION_COOKIE_NAME, None)
            response = client.post(form.to, typed_into(form), headers=headers(form))
            if response.status_code != 302:
                wrong.append(f"{form}: {response.status_code}")
                continue
            way = parse_qs(urlsplit(response["Location"]).query)["next"][0]
            if WHO[who]:
                sign_in(client, User.objects.get(email=WHO[who].email))
            back = client.get(way, follow=True)
            if missing := lost(form, back):
                wrong.append(f"{form}: {missing}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", WHO)
def test_a_button_pressed_signed_out_is_one_press_from_done(who: str) -> None:
    forms_for(who)
    wrong = []
    for form in [form for first, form in BUTTONS if first == who]:
        with undone():
            cache.clear()
            client = client_of(who)
            client.get(form.page)
            client.cookies.pop(settings.SESSION_COOKIE_NAME, None)
            sent = form.sent | form.buttons[0]
            response = client.post(form.to, sent, headers=headers(form))
            where = urlsplit(response.get("Location", ""))
            if response.status_code != 302 or where.path != "/accounts/login/":
                wrong.append(f"{form}: {response.status_code} {where.path}")
                continue
            sign_in(client, User.objects.get(email=(WHO[who] or OWNER).email))
            back = client.get(parse_qs(where.query)["next"][0], follow=True)
            here = BeautifulSoup(back.content, "html.parser")
            there = forms_of(back.request["PATH_INFO"], here)
            if urlsplit(form.to).path not in [urlsplit(each.to).path for each in there]:
                wrong.append(f"{form}: {back.status_code} {back.request['PATH_INFO']}")
            if client.get(form.to).status_code not in (200, 302, 404, 405):
                wrong.append(f"{form}: bare error for GET")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", WHO)
def test_expired_token(who: str) -> None:
    wrong = []
    for form in forms_for(who):
        with undone():
            cache.clear()
            client = client_of(who, enforce_csrf_checks=True)
            response = client.post(form.to, typed_into(form), headers=headers(form))
            if response.status_code != 403:
                wrong.append(f"{form}: {response.status_code}")
                continue
            if missing := lost(form, response):
                wrong.append(f"{form}: {missing}")
            if missing := lost(form, client.get(form.page, follow=True)):
                wrong.append(f"{form}: {missing} after")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", WHO)
def test_somebody_saved_first(who: str) -> None:
    wrong = []
    for form in forms_for(who):
        if not form.has_version:
            continue
        with undone():
            cache.clear()
            client = client_of(who)
            sent = {**typed_into(form), "version": ["0"]}
            response = client.post(form.to, sent, headers=headers(form), follow=True)
            if missing := lost(form, response):
                wrong.append(f"{form}: {response.status_code} {missing}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", WHO)
def test_too_much_at_once(who: str) -> None:
    wrong = []
    for form in forms_for(who):
        client = client_of(who)
        with undone(), override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
            response = client.post(form.to, typed_into(form), headers=headers(form))
            if response.status_code != 413 or b"app-not-sent" not in response.content:
                wrong.append(f"{form}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


def long_forms() -> set[str]:
    """The project's classes of forms that have a box of more than a line."""
    waiting: list[Any] = [BaseForm]
    found: set[str] = set()
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        fields = getattr(each, "base_fields", {}).values()
        is_ours = each.__module__.partition(".")[0] in OURS
        if is_ours and any(isinstance(field.widget, Textarea) for field in fields):
            found.add(name_of(each))
    return found


def test_no_form_is_left_out() -> None:
    for who in WHO:
        forms_for(who)
    assert long_forms() - DRAWN - NOT_SHOWN == set()


def test_nothing_secret_is_kept() -> None:
    """Whatever holds a password or a code, wherever it stands."""
    for who in WHO:
        forms_for(who)
    for form in SECRET_FORMS:
        with undone():
            client = Client()
            sent = form.sent | {name: [SECRET] for name in form.secrets}
            client.post(form.to, sent, headers=headers(form))
            assert SECRET not in str(client.session.get(SESSION_KEY)), str(form)
    assert len(SECRET_FORMS) >= 4, [str(form) for form in SECRET_FORMS]
