"""No input gives a server error: every address of ours, as everybody, with odd ids and texts."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

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

pytestmark = pytest.mark.django_db

OUR_PACKAGES = ("marketplace.", "startups.", "challenges.", "search.", "cms.")
ODD_TEXTS = ["", "a" * 5000, "\x00", "'\"><script>", "%s{}{{7*7}}", "😀\u202e", "-1", "1e999", "²"]
ODD_IDS = ["0", "999999999", "99999999999999999999999999", "x", "a" * 300]
FIELDS = ("q", "page", "kind", "state", "objective", "sector", "place", "programme", "call", "sort")

Ids = dict[str, list[str]]
"""Argument of an address → the ids of real things that it may name."""


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


def _paths(name: str, pattern: URLPattern, real: Ids) -> Iterator[str]:
    """The page with real ids first, then with odd ones in each place."""
    arguments = list(pattern.pattern.converters)
    usual = {argument: real.get(argument, ["1"])[0] for argument in arguments}
    tried = [usual]
    tried += [{**usual, each: value} for each in arguments for value in real.get(each, [])]
    tried += [{**usual, each: value} for each in arguments for value in ODD_IDS]
    found = []
    for kwargs in tried:
        try:
            found.append(reverse(name, kwargs=kwargs))
        except NoReverseMatch:
            continue
    return iter(dict.fromkeys(found))


def _is_turned_away(response: HttpResponse) -> bool:
    """Whether the guard answered before the page looked at anything that was sent."""
    to_sign_in = response.status_code == 302 and "/accounts/login/" in response["Location"]
    return to_sign_in or response.status_code == 404


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Ids, list[User | None]]]:
    """One of everything, and one person of each kind; made once and rolled back at the end."""
    with django_db_blocker.unblock():
        block = transaction.atomic()
        block.__enter__()
        try:
            yield _make_world()
        finally:
            transaction.set_rollback(True)
            block.__exit__(None, None, None)


def _make_world() -> tuple[Ids, list[User | None]]:
    call = make_call()
    entry = submit(make_entry(call=call))
    stage = close_stage(entry.stage)
    judge = make_judge(stage)
    review = assign(judge, Entry.objects.get(pk=entry.pk))
    owner = entry.pitch.organisation.memberships.get()
    real = {
        "pk": [str(each.pk) for each in (review, call, stage, entry, judge, owner)],
        "reference": [entry.pitch.reference],
        "slug": [entry.pitch.organisation.slug],
        "token": ["no-such-token"],
        "order": ["1"],
        "assignment": [str(review.pk)],
    }
    officer = make_officer(region=call.region)
    return real, [None, UserFactory(), owner.user, judge.user, officer]


@pytest.mark.parametrize(("name", "pattern"), NAMED, ids=[name for name, _ in NAMED])
def test_no_server_error(
    name: str, pattern: URLPattern, world: tuple[Ids, list[User | None]]
) -> None:
    real, people = world
    for person in people:
        client = Client()
        if person:
            sign_in(client, person)
        answers = {path: client.get(path) for path in _paths(name, pattern, real)}
        assert all(answer.status_code < 500 for answer in answers.values())
        inside = [path for path, answer in answers.items() if not _is_turned_away(answer)]
        _try_texts(client, inside[0] if inside else next(iter(answers)), is_inside=bool(inside))


def _try_texts(client: Client, path: str, *, is_inside: bool) -> None:
    """Each odd text in every field; who is turned away anyway carries the longest only."""
    for text in ODD_TEXTS if is_inside else [max(ODD_TEXTS, key=len)]:
        query = dict.fromkeys(FIELDS, text)
        assert client.get(path, query).status_code < 500
        assert client.post(path, {**query, "version": text, "name": text}).status_code < 500
