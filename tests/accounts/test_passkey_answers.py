"""What is said to be a passkey and is none: refused in words, and it breaks no page."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.accounts.passkey_forms import LONGEST_NAME, NOT_PROVED
from tests.accounts.software_key import SoftwareKey
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

ADD, LIST = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/"
PROVE, SIGN_IN = "/accounts/2fa/webauthn/reauthenticate/", "/accounts/2fa/webauthn/login/"
SECOND = "/accounts/2fa/authenticate/"
PAGES = (LIST, ADD, PROVE, "/accounts/2fa/", "/accounts/you/")
ODD: list[Any] = [None, 0, True, 10**40, "", "a", "AAAA", "é", [0], {}]
WHOLE = ["", "0", "false", "null", "no JSON", "9" * 5000, "[" * 5000, '{"":{}}', '"x"']


@pytest.fixture
def user() -> User:
    user = UserFactory()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def client(user: User) -> Client:
    return password_given(user)


def password_given(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


def challenge(page: str) -> str:
    found = re.search(r'"challenge": "([\w-]+)"', page)
    assert found, page
    return found[1]


def add(client: Client, key: SoftwareKey, called: str = "My key", **more: Any) -> Any:
    answer = key.offered(challenge(client.get(ADD).content.decode())) | more
    return client.post(ADD, {"name": called, "credential": json.dumps(answer)})


def spoilt(answer: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """The answer without each of its parts, and with something else in its place."""
    part = answer
    for name in path:
        part = part[name]
    for name in part:
        for value in (..., *ODD):
            changed = copy.deepcopy(answer)
            inner: Any = changed
            for step in path:
                inner = inner[step]
            if value is ...:
                del inner[name]
            else:
                inner[name] = value
            yield json.dumps(changed)
        if isinstance(part[name], dict):
            yield from spoilt(answer, (*path, name))


def test_a_key_is_added_and_proves_whose_it_is(client: Client, user: User) -> None:
    key = SoftwareKey()
    assert add(client, key).status_code == 302
    assert "My key" in client.get(LIST).content.decode()
    shown = client.get(PROVE).content.decode()
    answer = key.proved(challenge(shown), user_pk_to_url_str(user))
    assert client.post(PROVE, {"credential": json.dumps(answer)})["Location"] != "/accounts/login/"

    new = Client()
    ajax = {"x-requested-with": "XMLHttpRequest"}
    asked = challenge(new.get(SIGN_IN, headers=ajax).content.decode())
    answer = key.proved(asked, user_pk_to_url_str(user))
    new.post(SIGN_IN, {"credential": json.dumps(answer)})
    assert new.session["_auth_user_id"] == str(user.pk)


def test_what_is_no_key_is_not_kept(client: Client) -> None:
    answer = SoftwareKey().offered(challenge(client.get(ADD).content.decode()))
    tried = [*WHOLE, *(json.dumps(each) for each in ODD), *spoilt(answer)]
    assert len(tried) > 80
    for credential in tried:
        reply = client.post(ADD, {"name": "x", "credential": credential})
        assert reply.status_code in (200, 302), credential
        assert reply.status_code == 302 or NOT_PROVED in reply.content.decode(), credential
        for held in Authenticator.objects.exclude(type="recovery_codes"):
            assert held.wrap().authenticator_data.credential_data, credential
            assert held.wrap().is_passwordless in (None, True, False), credential
            held.delete()
    for page in PAGES:
        assert client.get(page).status_code < 400, page


@pytest.mark.parametrize("more", ODD, ids=repr)
def test_what_comes_with_a_key_is_not_kept(client: Client, more: Any) -> None:
    for extra in ({"other": "x" * 9000}, {"clientExtensionResults": {"credProps": more}}):
        add(client, SoftwareKey(), **extra)
        for held in Authenticator.objects.filter(type="webauthn"):
            assert len(json.dumps(held.data)) < 1000
        for page in PAGES:
            assert client.get(page).status_code < 400, page


def test_longer_than_any_key(client: Client) -> None:
    assert add(client, SoftwareKey(), other="x" * 30_000).status_code == 200
    assert not Authenticator.objects.exists()


def test_no_answer_breaks_a_page_that_asks_for_a_key(client: Client, user: User) -> None:
    key = SoftwareKey()
    add(client, key)
    handle = user_pk_to_url_str(user)
    half_in = password_given(user)
    assert half_in.get(SECOND).status_code == 200
    for url, visitor in ((SECOND, half_in), (SIGN_IN, Client())):
        shown = visitor.get(url, headers={"x-requested-with": "XMLHttpRequest"}).content.decode()
        answer = key.proved(challenge(shown), handle)
        for credential in [*WHOLE, *(json.dumps(each) for each in ODD), *spoilt(answer)]:
            reply = visitor.post(url, {"credential": credential})
            assert reply.status_code < 500, credential
            if "_auth_user_id" in visitor.session:  # what was spoilt doesn't matter
                visitor = password_given(user) if url == SECOND else Client()


def test_a_key_without_a_name_has_a_number(client: Client) -> None:
    for n in (1, 2):
        assert f'value="Key {n}"' in client.get(ADD).content.decode()
        add(client, SoftwareKey(), called="")
    held = Authenticator.objects.filter(type="webauthn").order_by("pk")
    assert [each.data["name"] for each in held] == ["Key 1", "Key 2"]


def test_a_name_that_no_page_has_room_for(client: Client) -> None:
    add(client, SoftwareKey())
    held = Authenticator.objects.get(type="webauthn")
    edit = reverse("mfa_edit_webauthn", args=[held.pk])
    reply = client.post(edit, {"name": "x" * (LONGEST_NAME + 1)})
    assert reply.status_code == 200
    assert f"use {LONGEST_NAME} characters or fewer" in reply.content.decode()
    assert client.post(edit, {"name": "x" * LONGEST_NAME}).status_code == 302
