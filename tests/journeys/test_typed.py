"""Sessions that end in the middle of a sentence, in a real browser: nothing typed is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from challenges.calls import enquiries
from challenges.calls.models import Enquiry, Stage
from marketplace.accounts.models import User
from tests.browsers import Axe
from tests.factories import (
    CapabilityFactory,
    OrganisationFactory,
    UserFactory,
    make_call,
    make_officer,
    sign_in,
)
from tests.journeys.test_together import enter, pair, restored_site  # noqa: F401  (fixtures)
from tests.judging.conftest import build_world

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "A sentence that took ten minutes.\nAnd “another” <one>."
SESSION = settings.SESSION_COOKIE_NAME


def lose_session(page: Page) -> None:
    page.context.clear_cookies(name=SESSION)


def sign_in_again(page: Page, person: User, base: str) -> None:
    """From the sign-in page on, in the session that this browser has there."""
    assert urlsplit(page.url).path == "/accounts/login/"
    way = parse_qs(urlsplit(page.url).query)["next"][0]
    client = Client()
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    client.cookies[SESSION] = cookies[SESSION]
    sign_in(client, person)
    value = client.cookies[SESSION].value
    page.context.add_cookies([{"name": SESSION, "value": value, "url": base}])
    page.goto(way)


def lose_and_come_back(
    page: Page, person: User, base: str, *, path: str, label: str, press: str
) -> None:
    page.goto(path)
    page.get_by_label(label).first.fill(WORDS)
    lose_session(page)
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=press, exact=True).first.click()
    expect(page.locator("main")).to_contain_text("What you typed is safe")
    sign_in_again(page, person, base)
    expect(page.locator(".app-put-back").first).to_contain_text("not saved yet")
    expect(page.get_by_label(label).first).to_have_value(WORDS)


def test_a_start_ups_evidence(
    restored_site: None,  # noqa: F811
    page: Page,
    live_server: Any,
    axe: Axe,
) -> None:
    person = UserFactory()
    organisation = OrganisationFactory(owner=person)
    enter(page, person, live_server.url)
    path = reverse("startups:claim", args=[organisation.slug, CapabilityFactory().code])
    page.goto(path)
    label = page.locator("textarea").last.evaluate("box => box.labels[0].textContent.trim()")
    press = page.locator("main form button[type=submit]").first.inner_text().strip()
    lose_and_come_back(page, person, live_server.url, path=path, label=label, press=press)
    axe(page)
    # Refused for want of a level, and left: the browser still has it.
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=press, exact=True).first.click()
    expect(page.get_by_label(label).first).to_have_value(WORDS)
    page.goto("/dashboard/")
    page.goto(path)
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_label(label).first).to_have_value(WORDS)
    page.locator("[name=level]").first.check()
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=press, exact=True).first.click()
    page.goto(path)
    expect(page.locator(".app-put-back")).to_have_count(0)
    expect(page.get_by_label(label).first).to_have_value(WORDS)


def test_a_judges_review(
    restored_site: None,  # noqa: F811
    page: Page,
    live_server: Any,
    axe: Axe,
) -> None:
    world = build_world()
    judge = User.objects.get(pk=world.judge.user_id)
    enter(page, judge, live_server.url)
    path = reverse("judging:review", args=[world.assignment.pk])
    page.goto(path)
    label = page.locator("textarea").first.evaluate("box => box.labels[0].textContent.trim()")
    # Saving as one types is told in its own words; here the button is pressed before it begins.
    page.route("**/autosave/", lambda route: route.abort())
    lose_and_come_back(page, judge, live_server.url, path=path, label=label, press="Save draft")
    axe(page)


def test_an_officers_answer(
    restored_site: None,  # noqa: F811
    page: Page,
    live_server: Any,
    axe: Axe,
) -> None:
    call = make_call(closes_in=timedelta(days=20))
    officer = make_officer(call.region)
    asked = enquiries.ask(call=call, text="May two firms apply?", actor=UserFactory())
    enter(page, officer, live_server.url)
    path = reverse("desk:enquiry", args=[asked.pk])
    page.goto(path)
    box = page.locator("main textarea").first
    label = box.evaluate("box => box.labels[0].textContent.trim().replace('*', '').trim()")
    press = page.locator("main form button[name=answer]").first.inner_text().strip()
    lose_and_come_back(page, officer, live_server.url, path=path, label=label, press=press)
    page.locator("textarea[name=text]").fill("Yes, as partners.")
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=press, exact=True).first.click()
    expect(page.locator(".app-put-back")).to_have_count(0)
    assert Enquiry.objects.get(pk=asked.pk).question.replace("\r\n", "\n") == WORDS


def test_a_button_pressed_signed_out_is_one_press_from_done(
    restored_site: None,  # noqa: F811
    page: Page,
    live_server: Any,
    axe: Axe,
) -> None:
    person = UserFactory()
    organisation = OrganisationFactory(owner=UserFactory())
    page.goto(organisation.get_absolute_url())
    page.get_by_role("button", name="Follow").first.click()
    expect(page.locator("main")).to_contain_text("Sign in to follow this")
    sign_in_again(page, person, live_server.url)
    axe(page)
    page.locator(".app-put-back").get_by_role("button", name="Follow").click()
    expect(page.locator("main")).to_contain_text("You follow")
    expect(page.locator(".app-put-back")).to_have_count(0)


def test_text_that_was_never_sent_is_kept_by_the_browser(
    restored_site: None,  # noqa: F811
    page: Page,
    live_server: Any,
) -> None:
    make_call()
    person = UserFactory()
    enter(page, person, live_server.url)
    path = reverse("calls:ask_region")
    page.goto(path)
    page.get_by_label("Your question").fill(WORDS)
    page.goto("/dashboard/")
    page.goto(path)
    expect(page.get_by_label("Your question")).to_have_value("")
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_label("Your question")).to_have_value(WORDS)
    # Sent and taken: it is offered no more.
    page.locator("input[type=radio]").first.check()
    with page.expect_navigation():
        page.get_by_role("button", name="Ask", exact=True).click()
    page.goto(path)
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_refused_form_and_another_person(
    restored_site: None,  # noqa: F811
    page: Page,
    live_server: Any,
) -> None:
    make_call()
    enter(page, UserFactory(), live_server.url)
    path = reverse("calls:ask_region")
    page.goto(path)
    page.get_by_label("Your question").fill(WORDS)
    page.route(f"**{path}", lambda route: _fail(route))
    page.get_by_role("button", name="Ask", exact=True).click()
    page.unroute(f"**{path}")
    page.goto(path)
    expect(page.get_by_role("button", name="Put it back")).to_be_visible()
    enter(page, UserFactory(), live_server.url)
    page.goto(path)
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)


def test_a_refused_form_that_asks_for_more_offers_nothing_twice(
    restored_site: None,  # noqa: F811
    page: Page,
    live_server: Any,
) -> None:
    officer = make_officer()
    stage = make_call(owner=officer).first_stage
    enter(page, officer, live_server.url)
    page.goto(reverse("desk:extend", args=[stage.pk]))
    box = page.locator("[name=closes_at]")
    box.fill(f"{box.input_value()[:10]}T00:00")
    page.locator("textarea[name=reason]").fill(WORDS)
    page.get_by_role("button", name="Extend the deadline").click()
    expect(page.get_by_text("What is meant?")).to_be_visible()
    expect(page.locator("textarea[name=reason]")).to_have_value(WORDS)
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)


def _fail(route: Any) -> None:
    if route.request.method == "POST":
        route.fulfill(status=500, body="<h1>Broken</h1>", content_type="text/html")
    else:
        route.continue_()


def assert_focus_stays_clear(page: Page) -> None:
    """WCAG 2.2, 2.4.11: whatever comes into focus is not all behind the bar."""
    for _ in range(25):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => { const it = document.activeElement, bar = document.querySelector(".app-bar");
            if (!it || it === document.body || bar.contains(it)) return false;
            const [mine, its] = [it, bar].map((each) => each.getBoundingClientRect());
            return mine.top >= its.top && mine.bottom <= its.bottom; }"""
        )
        assert not hidden, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_bar_stays_in_view_and_covers_no_focus(
    pair: Any,  # noqa: F811
    new_person: Callable[..., Page],
    live_server: Any,
    axe: Axe,
    width: int,
) -> None:
    entry, first, _ = pair
    page = enter(new_person(viewport={"width": width, "height": 700}), first, live_server.url)
    page.goto(f"/pitches/{entry.pitch.reference}/write/")
    bar = page.locator(".app-bar")
    page.locator("#id_title").focus()
    expect(bar).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_focus_stays_clear(page)
    axe(page)


def test_kept_text_is_offered_at_the_top_and_the_deadline_is_told(
    pair: Any,  # noqa: F811
    new_person: Callable[..., Page],
    live_server: Any,
) -> None:
    entry, first, _ = pair
    page = enter(new_person(viewport={"width": 390, "height": 700}), first, live_server.url)
    path = f"/pitches/{entry.pitch.reference}/write/"
    page.goto(path)
    lose_session(page)
    page.locator("#id_summary").fill(WORDS)
    expect(page.locator("[data-autosave-status]")).to_contain_text("signed out")
    expect(page.locator("[data-autosave-status]")).to_be_in_viewport()
    enter(page, first, live_server.url)
    page.goto(path)
    offer = page.get_by_role("button", name="Use the newer text")
    page.locator("form[data-autosave-url] [name^=q]").last.scroll_into_view_if_needed()
    expect(offer).to_be_in_viewport()
    page.locator("#id_title").focus()
    assert_focus_stays_clear(page)
    offer.click()
    expect(page.locator("#id_summary")).to_have_value(WORDS)
    expect(page.locator("[data-autosave-status]")).to_contain_text("Saved at")
    expect(page.locator(".app-bar__facts")).to_contain_text("closes in")
    Stage.objects.filter(pk=entry.stage_id).update(closes_at=timezone.now() - timedelta(seconds=1))
    page.locator("#id_summary").fill("Typed after the bell")
    expect(page.locator(".app-bar")).to_contain_text("The stage has just closed")
    expect(page.locator("#id_summary")).to_have_value("Typed after the bell")
