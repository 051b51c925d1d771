"""Wagtail's admin in a real browser: its pages work under the content security policy."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from wagtail.models import Page as WagtailPage

from cms.models import HomePage
from marketplace.accounts.models import User
from tests.factories import make_call, make_officer
from tests.journeys.test_together import enter, restored_site  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = [
    "/admin/",
    "/admin/account/",
    "/admin/pages/",
    "/admin/images/",
    "/admin/images/add/",
    "/admin/documents/",
    "/admin/documents/add/",
    "/admin/redirects/",
    "/admin/redirects/add/",
    "/admin/users/",
    "/admin/users/new/",
    "/admin/groups/",
    "/admin/groups/new/",
    "/admin/collections/",
    "/admin/collections/add/",
    "/admin/sites/",
    "/admin/sites/new/",
    "/admin/reports/locked/",
    "/admin/reports/site-history/",
    "/admin/reports/aging-pages/",
    "/admin/reports/page-types-usage/",
]


def test_every_page_of_the_admin(
    new_person: Callable[..., Page],
    live_server: Any,
    restored_site: None,  # noqa: F811
) -> None:
    call = make_call()
    officer = make_officer(region=call.region)
    User.objects.filter(pk=officer.pk).update(is_superuser=True)
    page = new_person()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    enter(page, officer, live_server.url)
    home = HomePage.objects.get()
    found = [*PATHS, f"/admin/pages/{home.pk}/", f"/admin/pages/{home.pk}/edit/"]
    for each in WagtailPage.objects.filter(depth__gte=3):
        found.append(f"/admin/pages/{each.pk}/edit/")
    for kind in ("challengepage", "acceleratorpage", "standardpage"):
        found.append(f"/admin/pages/add/cms/{kind}/{home.pk}/")
    wrong = {}
    for path in found:
        said.clear()
        answer = page.goto(path, timeout=60_000)
        assert answer, path
        page.wait_for_load_state("networkidle")
        stopped = [text[:300] for text in said if "Content Security Policy" in text]
        if stopped:
            wrong[path] = stopped
    assert wrong == {}
