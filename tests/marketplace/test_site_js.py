"""The script that saves drafts as people write, in a real browser with made-up replies."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.marketplace.fixtures import COMPONENTS

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = {
    "/site.js": ROOT / "marketplace/static/site.js",
    "/govuk-frontend.min.js": COMPONENTS.parent / "govuk-frontend.min.js",
}
PAGE = """<!doctype html><html lang="en"><title>Draft</title>
<body class="govuk-frontend-supported"><p data-autosave-status role="status"></p>
<form method="post" action="/submit" data-autosave-url="/save" data-autosave-version="{version}">
<input type="hidden" name="csrfmiddlewaretoken" value="token">
<input type="hidden" name="version" value="{version}">
<label>Idea <textarea name="idea">{text}</textarea></label>
<label><input type="radio" name="stage" value="a"> A</label>
<button>Submit</button></form>
<form class="app-sign-out" action="/out"><button>Sign out</button></form>
<script type="module" src="/site.js"></script></html>"""


class Site:
    """Answers the browser; `saves` lists what was posted, `reply` is what it gets."""

    def __init__(self) -> None:
        self.saves: list[str] = []
        self.reply: tuple[int, dict[str, Any]] = (
            200,
            {"saved_at": "2026-06-01T13:03:00Z", "version": 2},
        )
        self.version, self.text = 1, ""
        self.submitted = ""
        self.holds = False
        self.held: Route | None = None

    def answer(self, route: Route) -> None:
        path = "/" + route.request.url.split("/", 3)[3]
        if path == "/submit":
            self.submitted = route.request.post_data or ""
        if path == "/save" and self.holds:
            self.held = route
        elif path == "/save":
            self.saves.append(route.request.post_data or "")
            status, body = self.reply
            route.fulfill(status=status, content_type="application/json", body=json.dumps(body))
        elif path in SCRIPTS:
            route.fulfill(body=SCRIPTS[path].read_text(), content_type="text/javascript")
        else:
            body = PAGE.format(version=self.version, text=self.text)
            route.fulfill(body=body, content_type="text/html; charset=utf-8")


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.route("**/*", site.answer)
    page.goto("http://localhost/")
    yield page
    page.close()


def status(page: Page) -> Any:
    return page.get_by_role("status")


def test_a_draft_is_saved_after_a_pause_with_its_version(page: Page, site: Site) -> None:
    page.get_by_label("Idea").fill("Libraries")
    expect(status(page)).to_have_text("Saved at 14:03")
    assert 'name="version"\r\n\r\n1\r\n' in site.saves[0]
    assert 'name="idea"\r\n\r\nLibraries\r\n' in site.saves[0]
    assert "token" in site.saves[0]
    assert page.locator("[name=version]").input_value() == "2"
    assert page.evaluate("localStorage.length") == 0


def test_nothing_is_sent_when_nothing_changed(page: Page, site: Site) -> None:
    page.get_by_label("Idea").focus()
    page.get_by_label("Idea").blur()
    page.wait_for_timeout(1700)
    assert site.saves == []


def test_offline_the_text_is_kept_and_saved_when_back(page: Page, site: Site) -> None:
    page.context.set_offline(True)
    page.get_by_label("Idea").fill("Buses")
    expect(status(page)).to_have_text("Not saved: you are offline, keep this page open")
    assert "Buses" in page.evaluate("localStorage.getItem('autosave:/save')")
    assert site.saves == []
    page.context.set_offline(False)
    expect(status(page)).to_have_text("Saved at 14:03")
    assert "Buses" in site.saves[-1]


def test_a_conflict_stops_saving_and_shows_where_both_texts_are(page: Page, site: Site) -> None:
    site.reply = (409, {"message": "Bo saved this pitch at 14:01.", "url": "/both/"})
    page.get_by_label("Idea").fill("Mine")
    expect(status(page)).to_contain_text("Not saved: Bo saved this pitch at 14:01.")
    expect(page.get_by_role("link", name="See both texts")).to_have_attribute("href", "/both/")
    page.get_by_label("Idea").fill("Mine again")
    page.wait_for_timeout(1700)
    assert len(site.saves) == 1
    assert "Mine again" in page.evaluate("localStorage.getItem('autosave:/save')")


def test_text_that_never_arrived_is_offered_on_the_next_visit(page: Page, site: Site) -> None:
    site.reply = (503, {"message": "Try later."})
    page.get_by_label("Idea").fill("A long text")
    expect(status(page)).to_contain_text("Not saved: Try later.")
    page.reload()
    expect(page.get_by_label("Idea")).to_have_value("")
    site.reply = (200, {"saved_at": "2026-06-01T13:03:00Z", "version": 2})
    page.get_by_role("button", name="Use the newer text").click()
    expect(page.get_by_label("Idea")).to_have_value("A long text")
    expect(status(page)).to_have_text("Saved at 14:03")


def test_a_session_that_ended_is_not_taken_for_a_save(page: Page, site: Site) -> None:
    page.unroute("**/*")
    page.route("**/*", lambda route: route.fulfill(body="Sign in", content_type="text/html"))
    page.get_by_label("Idea").fill("Text")
    expect(status(page)).to_contain_text("you may have been signed out")
    assert "Text" in page.evaluate("localStorage.getItem('autosave:/save')")


def test_a_submitted_text_is_not_offered_again(page: Page, site: Site) -> None:
    site.reply = (503, {"message": "Try later."})
    page.get_by_label("Idea").fill("Final")
    expect(status(page)).to_contain_text("Not saved")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/submit")
    site.version, site.text = 2, "Final, then changed elsewhere"
    page.goto("http://localhost/")
    expect(status(page)).to_have_text("")
    assert page.evaluate("localStorage.length") == 0


def test_submitting_waits_for_a_save_on_its_way_and_sends_its_version(
    page: Page, site: Site
) -> None:
    site.holds = True
    page.get_by_label("Idea").fill("Final")
    with page.expect_request("**/save"):
        page.get_by_role("button", name="Submit").click(no_wait_after=True)
    page.wait_for_timeout(200)  # long enough to submit, if it did not wait
    assert site.held
    assert site.submitted == ""
    status, body = site.reply
    site.held.fulfill(status=status, content_type="application/json", body=json.dumps(body))
    page.wait_for_url("**/submit")
    assert "version=2" in site.submitted


def test_signing_out_leaves_no_text_behind(page: Page, site: Site) -> None:
    site.reply = (503, {"message": "Try later."})
    page.get_by_label("Idea").fill("Secret")
    expect(status(page)).to_contain_text("Not saved")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/out*")
    assert page.evaluate("localStorage.length") == 0
