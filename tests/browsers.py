"""A real browser for tests, and axe-core to check its pages for accessibility."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.parts import require_part

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A page that reaches for another site fails here, as it would behind a strict network.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
TIMEOUT = 10_000
"""Milliseconds that a page may take for one action."""

AXE = Path("node_modules/axe-core/axe.min.js")
AXE_TAGS = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
]

Axe = Callable[[Page], None]


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = find_chromium()
    require_part("Chromium", chromium, "install it, or set CHROMIUM to its path")
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def new_person(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Call it for a page with cookies of its own: `new_person(viewport=…, java_script_enabled=…)`.

    A script error, or anything that the content security policy refused, fails the test.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            wrong.append(message.text)

    def open_page(**options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url, locale="en-GB", timezone_id="Europe/London", **options
        )
        contexts.append(context)
        context.set_default_timeout(TIMEOUT)
        context.on("console", note)
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    _let_requests_end()
    assert not wrong, "the browser met errors: " + "; ".join(wrong)


def _let_requests_end() -> None:
    """A page's last poll may still hold rows, and emptying the tables would deadlock with it."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(TIMEOUT / 1000)
            assert not thread.is_alive(), "the live server still answers a closed browser"


@pytest.fixture
def page(new_person: Callable[..., Page]) -> Page:
    return new_person()


@pytest.fixture
def axe(request: pytest.FixtureRequest) -> Axe:
    """`axe(page)` fails on any finding; the rules that ran are named at the end of the run."""
    source = settings.BASE_DIR / AXE
    require_part("axe-core", source.exists(), "run: make setup")
    script = source.read_text()

    def check(page: Page) -> None:
        page.evaluate(f"() => {{ {script} }}")
        options = {"runOnly": AXE_TAGS, "resultTypes": ["violations"]}
        found = page.evaluate("options => axe.run(document, options)", options)
        kinds = ("passes", "violations", "incomplete", "inapplicable")
        ran = sorted({rule["id"] for kind in kinds for rule in found[kind]})
        assert ran, "axe-core ran no rule"
        request.node.user_properties.append(("axe", (page.url, ran)))
        assert not found["violations"], _readable(page.url, found["violations"])

    return check


def _readable(url: str, violations: list[dict[str, Any]]) -> str:
    lines = [f"axe-core on {url}:"]
    for rule in violations:
        lines += [f"  {rule['id']}: {rule['help']}"]
        lines += [f"    {node['html'][:160]}" for node in rule["nodes"][:5]]
    return "\n".join(lines)


@pytest.hookimpl(tryfirst=True)  # before -m chooses by these marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which axe-core rules ran, and on how many pages."""
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    runs = [
        value
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == "axe"
    ]
    if runs:
        rules = sorted({rule for _, ran in runs for rule in ran})
        terminalreporter.section("axe-core")
        terminalreporter.write_line(f"{len(rules)} rules ran on {len(runs)} pages:")
        terminalreporter.write_line(", ".join(rules))
