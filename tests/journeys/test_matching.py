"""Matching in a browser: the officer invites, the team answers; looked at by axe-core, wide and
at 320 px."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from marketplace.accounts.models import Role
from search.backends.embedded import EmbeddedBackend
from search.models import Opinion, SavedSearch
from search.services import every_document
from tests.browsers import Axe
from tests.factories import UserFactory, make_judge, make_officer, make_site_person
from tests.journeys.test_together import enter, restored_site  # noqa: F401
from tests.judging.conftest import build_world
from tests.search.things import claim, organisation, public_call, want

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [{"width": 1280, "height": 900}, {"width": 320, "height": 700}]


def look(page: Page, path: str, axe: Axe) -> None:
    reply = page.goto(path)
    assert reply is not None and reply.status == 200, path
    axe(page)
    viewport = page.viewport_size
    assert viewport is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


@pytest.mark.usefixtures("restored_site")
@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
def test_both_sides_of_a_match(
    new_person: Callable[..., Page],
    live_server: Any,
    axe: Axe,
    size: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("search.matching.get_backend", EmbeddedBackend)
    call = public_call(title="Damp in council homes", summary="Sensors find mould early.")
    firm = organisation("Dry Walls", "Sensors that find mould early.", owner=UserFactory())
    partner = organisation("Map Makers", "Maps.")
    for name in ("Mapping", "Sensors"):
        want(call, name)
    claim(firm, "Sensors"), claim(partner, "Mapping")
    EmbeddedBackend().rebuild(every_document)

    officer = enter(new_person(viewport=size), make_officer(), live_server.url)
    look(officer, reverse("desk:suppliers", args=[call.pk]), axe)
    officer.get_by_role("button", name=re.compile("Tell them of the call.*Dry Walls")).click()
    expect(officer.get_by_text("Dry Walls is told of this call")).to_be_visible()
    officer.get_by_role("button", name=re.compile("Not relevant.*Map Makers")).click()
    officer.get_by_text("Called not relevant (1)").click()
    expect(officer.get_by_role("button", name=re.compile("Show again.*Map Makers"))).to_be_visible()
    look(officer, reverse("desk:suppliers", args=[call.pk]), axe)

    founder = firm.memberships.get().user
    team = enter(new_person(viewport=size), founder, live_server.url)
    look(team, "/dashboard/", axe)
    team.get_by_role("link", name="Find a partner for what is missing").click()
    expect(team.get_by_text("which the call asks for and you lack")).to_be_visible()
    axe(team)
    team.goto("/dashboard/")
    team.get_by_role("button", name=re.compile("Not relevant.*Damp")).click()
    expect(team.get_by_text("Calls you said are not relevant (1)")).to_be_visible()
    assert Opinion.objects.filter(is_good=False).count() == 2
    team.goto("/search/?q=mould")
    team.get_by_role("button", name="Save this search").click()
    expect(team.get_by_text("Your saved searches (1)")).to_be_visible()
    axe(team)
    assert SavedSearch.objects.get().person == founder


@pytest.mark.usefixtures("restored_site")
@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
def test_who_reads_what(
    new_person: Callable[..., Page], live_server: Any, axe: Axe, size: dict[str, int]
) -> None:
    world = build_world()
    other = make_judge(world.stage)
    officer = enter(new_person(viewport=size), world.officer, live_server.url)
    look(officer, reverse("desk:reading", args=[world.stage.pk]), axe)
    officer.get_by_role("button", name="Share out what is wanting").click()
    expect(officer.get_by_text("3 reviews given out")).to_be_visible()
    look(officer, reverse("desk:readers", args=[world.entry.pk]), axe)
    officer.get_by_role("button", name=re.compile(f"Take back.*from {other.name}")).click()
    expect(officer.get_by_text(f"Taken back from {other.name}")).to_be_visible()
    officer.get_by_role("button", name="Give").click()
    expect(officer.get_by_text(f"{other.name} has this pitch to score")).to_be_visible()


@pytest.mark.usefixtures("restored_site")
@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
def test_titles_are_offered_while_typing(
    new_person: Callable[..., Page], live_server: Any, axe: Axe, size: dict[str, int]
) -> None:
    organisation("Dry Walls", "Damp."), organisation("Wallpaper and Co")
    EmbeddedBackend().rebuild(every_document)
    visitor = new_person(viewport=size)
    look(visitor, reverse("search:search"), axe)
    for box in visitor.get_by_role("combobox").all():
        box.press_sequentially("wal")
        expect(visitor.get_by_role("option")).to_have_count(2)
        axe(visitor)
        assert visitor.evaluate("document.documentElement.scrollWidth") <= size["width"]
        box.press("Escape")
        expect(visitor.get_by_role("option")).to_have_count(0)
        expect(box).to_have_value("wal")
    box.press("l")
    expect(visitor.get_by_role("option")).to_have_count(2)
    box.press("ArrowUp")  # from the box to the last
    expect(visitor.get_by_role("option", selected=True)).to_have_text("Wallpaper and Co Start-up")
    box.press("ArrowUp")
    with visitor.expect_navigation():
        box.press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Dry Walls")


@pytest.mark.usefixtures("restored_site")
@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
def test_an_administrator_keeps_words_and_measures_matches(
    new_person: Callable[..., Page],
    live_server: Any,
    axe: Axe,
    size: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for place in ("search.views", "search.matching"):
        monkeypatch.setattr(f"{place}.get_backend", EmbeddedBackend)
    call, firm = public_call(title="Damp in homes"), organisation("Wheelie", "Bin lorries.")
    EmbeddedBackend().rebuild(every_document)
    Opinion.objects.create(
        call=call, organisation=firm, side="call", is_good=True, weights_version=1
    )

    person = make_site_person(Role.PLATFORM)
    officer = enter(new_person(viewport=size), person, live_server.url)
    look(officer, reverse("desk:synonyms"), axe)
    officer.get_by_label("Words or phrases that mean the same").fill("bin lorry, refuse truck")
    officer.get_by_role("button", name="Add").click()
    expect(officer.get_by_text("Whoever looks for one of these")).to_be_visible()
    look(officer, reverse("desk:synonyms"), axe)
    officer.get_by_role("link", name="Change bin lorry").click()
    expect(officer.get_by_role("button", name="Save")).to_be_visible()
    axe(officer)
    officer.goto("/search/?q=refuse+truck")
    expect(officer.get_by_role("link", name="Wheelie")).to_be_visible()
    look(officer, reverse("desk:matching"), axe)
    officer.get_by_role("button", name="Measure now").click()
    expect(officer.get_by_text("1 judgement of 1 call")).to_be_visible()
    look(officer, reverse("desk:matching"), axe)
