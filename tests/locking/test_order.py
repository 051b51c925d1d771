"""No two acts lock what they share in opposite orders: neither can wait for the other for ever."""

import ast
from itertools import combinations_with_replacement

import pytest
from django.conf import settings
from django.db import models
from wagtail.models import Page, Revision

from challenges.calls.matters import _MATTERS
from challenges.calls.models import Call, SignOff, Stage
from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from marketplace.activity.models import Chain
from startups.models import Membership
from tests.locking.acts import WORLDS
from tests.locking.recorder import KEY, ROW, WHOLE, Lock, Trace, recorded, rings


def label(row: models.Model) -> str:
    """By table; what a call has one of by name, so that it can keep two acts apart, and a page; an
    account, and its places in teams, by the person, as nobody leaves with another's."""
    table = row._meta.label
    if isinstance(row, User):
        return f"{table}:{row.pk}"
    if isinstance(row, Page):
        return f"{table}:{row.pk}"
    if isinstance(row, Revision):
        return f"{table}:{row.object_id}"
    if isinstance(row, Membership):
        return f"{table}:{row.user_id}"
    if isinstance(row, Stage):
        return f"{table}:{Stage.objects.values_list('order', flat=True).get(pk=row.pk)}"
    if isinstance(row, Entry):
        return f"{table}:{Stage.objects.values_list('order', flat=True).get(pk=row.stage_id)}"
    if isinstance(row, SignOff):
        return f"{table}:{row.matter}"
    if isinstance(row, Chain):
        return f"{table}:{row.key.partition(':')[0] or 'own'}"
    return table


VERSIONS = f"{Revision._meta.label}:"
"""Wagtail locks all versions of one page, which is held, in no order."""

GATES = {Call._meta.label, f"{Stage._meta.label}:1", f"{Stage._meta.label}:2"}


@pytest.fixture
def traces(db: None) -> dict[str, Trace]:
    found = {}
    for world in WORLDS:
        for name, act in world().items():
            with recorded(label) as trace:
                act()
            found[name] = trace
    return found


def test_no_two_acts_can_wait_for_each_other(traces: dict[str, Trace]) -> None:
    locks = {name: trace.all() for name, trace in traces.items()}
    people = {f"{User._meta.label}:{pk}" for pk in User.objects.values_list("pk", flat=True)}
    pages = {f"{Page._meta.label}:{pk}" for pk in Page.objects.values_list("pk", flat=True)}
    said = [
        f"{one} / {other}: {', '.join(f'{first} then {second}' for first, second in pairs)}"
        for one, other in combinations_with_replacement(sorted(locks), 2)
        if (pairs := rings(locks[one], locks[other], GATES | people | pages))
    ]
    said += [
        f"{name}: {loose} in no order"
        for name, trace in traces.items()
        if (loose := {each for each in trace.loose if not each.startswith(VERSIONS)})
    ]
    assert not said, "\n".join(said)
    signed = [name for name in locks if name.startswith("sign: ")]
    assert len(signed) >= len(_MATTERS)


def test_every_lock_leaves_the_key_free_for_rows_that_come_to_point_at_it() -> None:
    """A new row's link is checked as its transaction ends, holding all that it holds by then."""
    apps = ("marketplace", "startups", "challenges", "search", "cms")
    files = [each for app in apps for each in (settings.BASE_DIR / app).rglob("*.py")]
    locks = {
        f"{file}:{node.lineno}": {keyword.arg for keyword in node.keywords}
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "select_for_update"
    }
    assert len(locks) > 40
    assert [place for place, given in locks.items() if "no_key" not in given] == []


A, B, G = Lock("a", ROW), Lock("b", ROW), Lock("g", ROW)
KEY_A, WHOLE_A = Lock("a", KEY), Lock("a", WHOLE)
KEY_G, WHOLE_G = Lock("g", KEY), Lock("g", WHOLE)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ([A, B], [B, A], True),
        ([A, B], [A, B], False),
        ([G, A, B], [G, B, A], False),
        ([A, G, B], [B, G, A], True),
        ([A, B], [B, KEY_A], False),
        ([WHOLE_A, B], [B, KEY_A], True),
        ([A], [A], False),
        ([G, B, WHOLE_G], [G, B], False),
        ([KEY_G, B, WHOLE_G], [KEY_G, B], True),
    ],
)
def test_what_counts_as_a_ring(one: list[Lock], other: list[Lock], meet: bool) -> None:
    assert bool(rings(one, other, {"g"})) is meet
