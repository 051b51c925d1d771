"""Every address of the site, as everyone who has no business there: nothing of a panel shows.

Addresses come from the URL configuration itself, each with the ids and the names that are in
the database, so one that is added later is walked as well.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from challenges.calls.models import Call, Stage
from challenges.judging.models import (
    Appeal,
    Assignment,
    Conflict,
    Decision,
    PanelMember,
    Score,
    Sharing,
)
from challenges.judging.services import declare_interests
from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from startups.models import Organisation
from tests.factories import (
    RegionFactory,
    UserFactory,
    assign,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)
from tests.judging.conftest import World, build_world, scores_for, write_review

pytestmark = pytest.mark.django_db

MODELS: dict[str, tuple[type[Model], ...]] = {
    "calls": (Call,),
    "stages": (Stage,),
    "pitches": (Entry,),
    "entries": (Entry,),
    "panels": (PanelMember,),
    "judges": (PanelMember,),
    "reviews": (Assignment,),
    "conflicts": (Conflict,),
}
"""What stands before a number in an address → whose number it is."""

ANY = (Call, Stage, Entry, PanelMember, Assignment)
"""Tried where that is not known."""

NOT_OURS = ("api-", "documents/", "images/", "admin/(?!desk)", "__debug__", "django-admin")
SECRETS = {
    "a judge's name": "Zq-judge-name",
    "a comment for the panel": "Zq-panel-comment",
    "a comment for the applicant": "Zq-score-comment",
    "an interest": "Zq-interest",
}
LETS_NOBODY_OUT = re.compile(r"sign-?out|logout")


@pytest.fixture
def secret_world() -> World:
    return plant_secrets()


def plant_secrets() -> World:
    """A panel at work, with a word of each kind that outsiders must not read."""
    world = build_world(blind=True)
    User.objects.filter(pk=world.judge.user_id).update(name=SECRETS["a judge's name"])
    PanelMember.objects.filter(pk=world.judge.pk).update(name=SECRETS["a judge's name"])
    world.judge.refresh_from_db()
    write_review(
        Assignment.objects.get(pk=world.assignment.pk),
        comment=SECRETS["a comment for the panel"],
        scores=scores_for(world.stage, 4, SECRETS["a comment for the applicant"]),
    )
    declare_interests(
        member=world.judge,
        conflicts={world.entries[1].pk: SECRETS["an interest"]},
        actor=User.objects.get(pk=world.judge.user_id),
    )
    assign(make_judge(world.stage), world.entry)
    return world


def outsiders(world: World) -> dict[str, User | None]:
    """Who has no part in the panel; the second judge has one, but not in what others wrote."""
    elsewhere = RegionFactory(code="E47000009", slug="elsewhere", short_name="EW")
    other_call = make_call()
    second = world.stage.panel.members.exclude(pk=world.judge.pk).get()
    return {
        "a visitor": None,
        "the applicant": world.applicant,
        "another applicant": User.objects.get(
            memberships__organisation=world.entries[1].pitch.organisation
        ),
        "an applicant elsewhere": User.objects.get(
            memberships__organisation=submit(make_entry(call=other_call)).pitch.organisation
        ),
        "a judge of another panel": make_judge(other_call.first_stage).user,
        "an officer of another region": make_officer(elsewhere),
        "somebody new": UserFactory(),
        "a judge of the panel": second.user,
    }


def addresses(world: World) -> list[str]:
    """All that the URL configuration has, each parameter filled with what is there."""
    names = [
        world.entry.pitch.reference,
        world.call.reference,
        Organisation.objects.get(pk=world.entry.pitch.organisation_id).slug,
        "x",
    ]
    found: dict[str, None] = {}
    for route in _routes(get_resolver().url_patterns, ""):
        if any(re.match(part, route) for part in NOT_OURS) or LETS_NOBODY_OUT.search(route):
            continue
        for number in _numbers(route):
            for name in names if re.search(r"<(str|slug|path|\w+)(:|>)", route) else ["x"]:
                filled = re.sub(r"<int:\w+>", str(number), route)
                filled = re.sub(r"<(?:\w+:)?\w+>", name, filled)
                if not re.search(r"[\\^$(\[]", filled):
                    found[f"/{filled}"] = None
    return list(found)


def _numbers(route: str) -> list[int]:
    """Ids worth trying in a route; one is enough where it takes none."""
    taken = re.search(r"(\w+)/<int:", route)
    if not taken:
        return [1]
    models = MODELS.get(taken[1], ANY)
    return sorted(
        {pk for model in models for pk in model._default_manager.values_list("pk", flat=True)}
    )


def _routes(patterns: Any, before: str) -> Iterator[str]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


def test_there_are_many_addresses(secret_world: World) -> None:
    found = addresses(secret_world)
    stage, review = secret_world.stage.pk, secret_world.assignment.pk
    for part in (f"/judging/reviews/{review}/", f"/admin/desk/stages/{stage}/ranking/", "/search/"):
        assert part in found
    assert len(found) > 250


def test_the_secrets_are_where_they_belong(secret_world: World) -> None:
    """Else the walk would prove nothing: the officer of the call reads them all."""
    client = sign_in(Client(), secret_world.officer)
    seen = "".join(
        body(client.get(address))
        for address in addresses(secret_world)
        if address.startswith(("/admin/desk/", "/judging/"))
    )
    assert [what for what, words in SECRETS.items() if words not in seen] == []


@pytest.mark.parametrize(
    "who",
    [
        "a visitor",
        "the applicant",
        "another applicant",
        "an applicant elsewhere",
        "a judge of another panel",
        "an officer of another region",
        "somebody new",
        "a judge of the panel",
    ],
)
def test_nothing_of_a_panel_shows(secret_world: World, who: str) -> None:
    person = outsiders(secret_world)[who]
    client = sign_in(Client(), person) if person else Client()
    wrong = []
    for address in addresses(secret_world):
        response = client.get(address)
        if response.status_code >= 500:
            wrong.append(f"{address}: {response.status_code}")
        shown = body(response)
        wrong += [f"{address}: {what}" for what, words in SECRETS.items() if words in shown]
    assert wrong == []


def test_a_blind_judge_reads_no_name_where_the_pitch_is(secret_world: World) -> None:
    """The list to declare about names all applicants, and says not which pitch is whose."""
    firm = secret_world.entry.pitch.organisation
    Organisation.objects.filter(pk=firm.pk).update(name="Zq-firm")
    person = outsiders(secret_world)["a judge of the panel"]
    client = sign_in(Client(), person)
    wrong = [
        address
        for address in addresses(secret_world)
        if not address.endswith("/interests/")
        and not address.startswith(("/organisations/", "/search/", "/sitemap"))
        and "Zq-firm" in body(client.get(address))
    ]
    assert wrong == []


def judged() -> list[list[Any]]:
    """All that a panel has written, to see that nothing of it moves."""
    models = (Assignment, Score, Decision, Conflict, Appeal, Sharing, PanelMember)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("who", ["a visitor", "the applicant", "an officer of another region"])
def test_nobody_without_business_changes_anything(secret_world: World, who: str) -> None:
    person = outsiders(secret_world)[who]
    client = sign_in(Client(), person) if person else Client()
    before, wrong = judged(), []
    sent = {"reason": "x", "outcome": "awarded", "anew": "1", "close": "1", "member": "1"}
    for address in addresses(secret_world):
        response = client.post(address, sent)
        if response.status_code >= 500:
            wrong.append(f"{address}: {response.status_code}")
    assert wrong == []
    assert judged() == before
    assert settings.DEBUG is False
