"""What every answer carries: pages, refusals, faults, static files."""

import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from marketplace.headers import HeadersMiddleware
from tests.factories import UserFactory, make_officer, sign_in

pytestmark = pytest.mark.django_db
PROXY = Path(__file__).parents[2] / "proxy" / "headers.conf"


def not_there(client: Client) -> Any:
    return client.get("/no-such-page/")


def too_large(client: Client) -> Any:
    most = settings.REQUEST_MAX_BYTES
    return client.generic("POST", "/calls/ask/", b"q=1", CONTENT_LENGTH=str(most + 1))


def too_many_fields(client: Client) -> Any:
    with override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=1):
        return client.post("/accounts/login/", {"a": "1", "b": "2"})


def another_host(client: Client) -> Any:
    with override_settings(ALLOWED_HOSTS=["example.org"]):
        return client.get("/accounts/login/", headers={"Host": "evil.example"})


def expired(client: Client) -> Any:
    client.handler.enforce_csrf_checks = True
    return client.post("/accounts/login/", {"login": "x"})


def fault(client: Client) -> Any:
    client.raise_request_exception = False
    with patch("challenges.calls.enquiry_views.find_call", side_effect=RuntimeError):
        return client.get("/calls/x/questions/")


def refused_at_the_door(client: Client) -> Any:
    return client.post("/calls/ask/", b"q=1", content_type="text/plain; charset=utf-16")


ANSWERS = {
    "a page": (lambda client: client.get("/"), 200),
    "a page that sends on": (lambda client: client.get("/dashboard/"), 302),
    "a page that is not there": (not_there, 404),
    "too large": (too_large, 413),
    "too many fields": (too_many_fields, 413),
    "another host": (another_host, 400),
    "a form that expired": (expired, 403),
    "a fault": (fault, 500),
    "refused at the door": (refused_at_the_door, 400),
    "alive": (lambda client: client.get("/healthz"), 200),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_carries_them(what: str) -> None:
    ask, status = ANSWERS[what]
    answer = ask(Client())
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in settings.HEADERS} == settings.HEADERS
    assert answer.headers["X-Frame-Options"] == "DENY"
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    nonce = re.search(r'nonce="([^"]+)"', answer.content.decode())
    assert nonce is None or f"'nonce-{nonce[1]}'" in policy


def test_the_proxy_says_the_same_of_what_it_answers_itself() -> None:
    said = dict(
        re.findall(r"^add_header (\S+) \"?(.+?)\"? always;$", PROXY.read_text(), re.MULTILINE)
    )
    assert said.pop("Strict-Transport-Security") == "$hsts"
    assert said == {name: settings.HEADERS[name] for name in said}
    assert set(settings.HEADERS) - set(said) == {"Cross-Origin-Embedder-Policy"}


KEPT_BY_NOBODY = "private, no-store"


@pytest.mark.parametrize("path", ["/", "/dashboard/", "/search/", "/accounts/you/", "/no-such/"])
def test_nothing_made_for_somebody_is_kept(path: str) -> None:
    answer = sign_in(Client(), UserFactory()).get(path)
    assert answer.headers["Cache-Control"] == KEPT_BY_NOBODY
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/admin/", "/admin/desk/calls/", "/admin/images/"])
def test_nor_at_the_desk(path: str) -> None:
    answer = sign_in(Client(), make_officer()).get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, KEPT_BY_NOBODY)
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_nor_is_the_answer_to_signing_out_or_a_page_with_a_token() -> None:
    client = sign_in(Client(), UserFactory())
    assert client.post("/accounts/logout/").headers["Cache-Control"] == KEPT_BY_NOBODY
    assert Client().get("/accounts/login/").headers["Cache-Control"] == KEPT_BY_NOBODY


def test_a_page_for_all_is_asked_for_anew_and_compressed() -> None:
    answer = Client().get("/search/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Encoding"] == "gzip"
    own = sign_in(Client(), UserFactory()).get("/search/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in own.headers


def test_what_a_view_says_of_keeping_does_not_hold_for_one_person() -> None:
    said = HttpResponse(headers={"Cache-Control": "public, max-age=600"})
    request = RequestFactory().get("/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    assert HeadersMiddleware(lambda _: said)(request).headers["Cache-Control"] == KEPT_BY_NOBODY
