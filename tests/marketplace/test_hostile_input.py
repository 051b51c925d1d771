"""No input gives a server error: every address of ours, as everybody, with odd ids and texts."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from tests.factories import (
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)

OUR_PACKAGES = ("marketplace.", "startups.", "challenges.", "search.", "cms.")
ODD_TEXTS = ["", "a" * 5000, "\x00", "'\"><script>", "%s{}{{7*7}}", "😀\u202e", "-1", "1e999", "²"]
ODD_IDS = ["0", "999999999", "99999999999999999999999999", "x", "a" * 300]
FIELDS = ("q", "page", "kind", "state", "objective", "sector", "place", "programme", "call", "sort")


def _addresses(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _addresses(pattern, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            view = getattr(pattern.callback, "view_class", pattern.callback)
            if f"{view.__module__}.".startswith(OUR_PACKAGES):
                yield ":".join((*spaces, pattern.name)), pattern


NAMED = list(_addresses(get_resolver()))


def _ids(name: str, real: dict[str, str]) -> list[str]:
    return [*([real[name]] if name in real else []), *ODD_IDS]


def _paths(name: str, pattern: URLPattern, real: dict[str, str]) -> Iterator[str]:
    """The page with real ids first, then with odd ones in each place."""
    arguments = list(pattern.pattern.converters)
    usual = {argument: real.get(argument, "1") for argument in arguments}
    for argument in arguments or [None]:
        for value in _ids(argument, real) if argument else [""]:
            try:
                yield reverse(name, kwargs={**usual, **({argument: value} if argument else {})})
            except NoReverseMatch:
                continue


@pytest.fixture
def world(db: None) -> tuple[dict[str, str], list[User | None]]:
    """One of everything, and one person of each kind."""
    call = make_call()
    entry = submit(make_entry(call=call))
    stage = close_stage(entry.stage)
    judge = make_judge(stage)
    review = assign(judge, Entry.objects.get(pk=entry.pk))
    owner = entry.pitch.organisation.memberships.get().user
    real = {
        "pk": str(review.pk),
        "reference": entry.pitch.reference,
        "slug": entry.pitch.organisation.slug,
        "token": "no-such-token",
        "order": "1",
        "assignment": str(review.pk),
    }
    officer = make_officer(region=call.region)
    return real, [None, UserFactory(), owner, judge.user, officer]


@pytest.mark.parametrize(("name", "pattern"), NAMED, ids=[name for name, _ in NAMED])
def test_no_server_error(
    name: str, pattern: URLPattern, world: tuple[dict[str, str], list[User | None]]
) -> None:
    real, people = world
    for person in people:
        client = Client()
        if person:
            sign_in(client, person)
        for path in _paths(name, pattern, real):
            assert client.get(path).status_code < 500
        path = next(_paths(name, pattern, real))
        for text in ODD_TEXTS:
            query = dict.fromkeys(FIELDS, text)
            assert client.get(path, query).status_code < 500
            assert client.post(path, {**query, "version": text, "name": text}).status_code < 500
