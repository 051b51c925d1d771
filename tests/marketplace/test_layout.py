"""What every page has round its content."""

from typing import Any, NoReturn

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from marketplace.forms import GovukForm
from tests.factories import UserFactory
from tests.marketplace.fixtures import normal

PAGE = '{% extends "base.html" %}{% block title %}Pitches{% endblock %}'


class Name(GovukForm):
    name = forms.CharField(label="Your name")


def request_by(user: Any, path: str = "/challenges/") -> Any:
    request = RequestFactory().get(path)
    request.user = user
    request.csp_nonce = "abc123"
    return request


def draw(user: Any = None, path: str = "/challenges/", **context: Any) -> str:
    request = request_by(user or AnonymousUser(), path)
    return engines["django"].from_string(PAGE).render({"messages": [], **context}, request)


def test_a_page_with_an_invalid_form_says_so_first() -> None:
    html = draw(form=Name({}))
    assert "<title>Error: Pitches" in html
    main = html[html.index("<main") :]
    assert main.index("There is a problem") < main.index("</main>")
    assert 'href="#id_name">Enter your name' in main


def test_a_page_with_a_fresh_form_has_no_summary() -> None:
    html = draw(form=Name())
    assert "<title>Pitches" in html
    assert "There is a problem" not in html


@pytest.mark.django_db
def test_signing_out_is_a_post_and_only_for_those_who_are_in() -> None:
    assert '<form class="app-sign-out" method="post"' in draw(UserFactory())
    assert "Sign out" not in draw()


def test_the_page_that_one_is_on_is_marked() -> None:
    assert 'href="/challenges/" aria-current="page"' in draw(path="/challenges/")
    assert 'href="/challenges/" aria-current="true"' in draw(path="/challenges/loneliness/")
    assert 'href="/challenges/" aria-current' not in draw(path="/projects/")


def test_the_content_security_policy_lets_everything_run() -> None:
    events = normal(draw())
    scripts = [dict(attrs) for kind, tag, attrs in _starts(events) if tag == "script"]
    assert scripts and all(script["nonce"] == "abc123" for script in scripts)
    for _, tag, attrs in _starts(events):
        names = {name for name, _ in attrs}
        assert not {name for name in names if name == "style" or name.startswith("on")}, tag


def _starts(events: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [event for event in events if event[0] == "start"]


def test_messages_have_the_role_of_their_kind() -> None:
    messages = [_message("success", "Saved"), _message("error", "Too late")]
    html = draw(messages=messages)
    assert html.count('role="alert"') == 2
    assert 'id="govuk-notification-banner-title"' in html
    assert 'id="govuk-notification-banner-title-2"' in html


def _message(level: str, text: str) -> Any:
    class Message:
        level_tag = level

        def __str__(self) -> str:
            return text

    return Message()


class BrokenUser:
    @property
    def is_authenticated(self) -> NoReturn:
        raise RuntimeError("the database is away")


def test_the_page_for_errors_needs_no_database() -> None:
    html = render_to_string("500.html", {"service_name": "Golden Thread"}, request_by(BrokenUser()))
    assert "Sorry, there is a problem with the service" in html


@pytest.mark.parametrize("name", ["400", "403", "404", "500"])
def test_pages_for_what_went_wrong_say_what_to_do(name: str) -> None:
    html = render_to_string(f"{name}.html", {}, request_by(AnonymousUser()))
    assert html.count("<h1") == 1


def test_an_expired_form_shows_what_was_typed_and_nothing_else() -> None:
    html = render_to_string(
        "form_expired.html",
        {"typed": [("summary", "<b>bold</b> plan")]},
        request_by(AnonymousUser()),
    )
    assert "&lt;b&gt;bold&lt;/b&gt; plan" in html
