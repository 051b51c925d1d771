"""The tests' own machinery does what it promises."""

from pathlib import Path
from threading import Thread

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import Route
from wagtail.models import Locale, Page, Site

from tests import databases
from tests.browsers import Axe
from tests.parts import require_part

PAGE = """<!doctype html><html lang="en"><head><title>A page</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'"></head>
<body><main><h1>A page</h1>{}</main></body></html>"""


def test_the_database_is_migrated_and_has_a_site(db: None) -> None:
    assert Site.objects.get(is_default_site=True).root_page.depth > 1
    assert Locale.objects.exists()
    if connection.vendor == "sqlite":
        assert "memory" not in str(connection.settings_dict["NAME"])
        assert "var/marketplace" not in str(connection.settings_dict["NAME"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_time", [1, 2])
def test_the_site_is_there_again_after_a_flush(_time: int) -> None:
    assert Site.objects.get(is_default_site=True).root_page.depth > 1
    assert Page.objects.filter(depth=1).count() == 1


@pytest.mark.django_db(transaction=True)
def test_other_threads_see_the_same_database() -> None:
    get_user_model().objects.create_user("someone@example.org")
    seen: list[int] = []

    def look() -> None:
        seen.append(get_user_model().objects.count())
        connections.close_all()

    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [1]


def test_a_template_is_built_once_and_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Path] = []

    def migrate(place: Path) -> None:
        built.append(place)
        place.touch()

    monkeypatch.setattr(databases, "migrate", migrate)
    (tmp_path / "old.sqlite3").touch()
    assert databases.template(tmp_path) == databases.template(tmp_path)
    assert len(built) == 1
    assert [path.name for path in tmp_path.glob("*.sqlite3")] == [
        f"{databases.migrations_digest()}.sqlite3"
    ]


def test_a_missing_part_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    require_part("Anything", "here", "no need")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Anything is not here: get it"):
        require_part("Anything", None, "get it")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Anything is not here: get it"):
        require_part("Anything", None, "get it")


def test_axe_runs_under_a_strict_policy_and_finds_what_is_wrong(
    page: BrowserPage, axe: Axe
) -> None:
    page.route("**/checked", lambda route: _answer(route, "<p>Well made.</p>"))
    page.goto("/checked")
    axe(page)
    page.route("**/wrong", lambda route: _answer(route, "<img src='/static/x.png'>"))
    page.goto("/wrong")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def _answer(route: Route, body: str) -> None:
    route.fulfill(
        body=PAGE.format(body),
        content_type="text/html",
        headers={"Content-Security-Policy": "default-src 'self'"},
    )
