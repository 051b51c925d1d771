"""A panel meets: two browsers, one pitch; and the pages of conflicts, looked at by axe-core."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from challenges.judging import services
from challenges.judging.models import Agreement, Conflict
from tests.browsers import Axe
from tests.factories import assign, make_chair, make_judge
from tests.journeys.test_together import enter, restored_site  # noqa: F401
from tests.judging.conftest import build_world, write_review

REFRESHES = 5000
"""Milliseconds after which a page of a meeting asks what is new (`site.js`)."""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.usefixtures("restored_site")
def test_what_the_chair_writes_down_everyone_sees(
    new_person: Callable[..., Page], live_server: Any, axe: Axe
) -> None:
    world = build_world()
    write_review(world.assignment, 5)
    write_review(assign(make_judge(world.stage), world.entry), 1)
    leader = make_chair(world.stage).user
    services.open_meeting(stage=world.stage, actor=leader)
    path = f"/judging/entries/{world.entry.pk}/meeting/"
    chair = enter(new_person(), leader, live_server.url)
    judge = enter(
        new_person(viewport={"width": 320, "height": 700}), world.judge.user, live_server.url
    )
    chair.goto(path), judge.goto(path)
    for criterion in world.entry.rulebook.content["criteria"]:
        chair.locator(f"[name=score_{criterion['id']}][value='4']").check()
        chair.fill(f"[name=comment_{criterion['id']}]", "Seen together, it is good.")
    chair.get_by_role("button", name="Write it down").click()
    expect(chair.get_by_text("Everyone in the meeting sees it")).to_be_visible()
    assert Agreement.objects.get().total == 80
    shown = judge.get_by_text("Seen together, it is good.").first
    expect(shown).to_be_visible(timeout=3 * REFRESHES)
    for page in (chair, judge):
        axe(page)
    assert judge.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.usefixtures("restored_site")
def test_pages_of_conflicts_and_of_the_meeting(
    new_person: Callable[..., Page], live_server: Any, axe: Axe
) -> None:
    world = build_world()
    leader = make_chair(world.stage).user
    conflict = Conflict.objects.create(member=world.judge, entry=world.entry, nature="A friend.")
    for person in (leader, world.officer):
        page = enter(new_person(viewport={"width": 320, "height": 700}), person, live_server.url)
        for path in (
            f"/judging/stages/{world.stage.pk}/conflicts/",
            f"/judging/conflicts/{conflict.pk}/",
            f"/judging/stages/{world.stage.pk}/meeting/",
        ):
            reply = page.goto(path)
            assert reply and reply.status == 200, path
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
