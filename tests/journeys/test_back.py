"""At a machine that others use: after signing out, Back shows nothing of what was there."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.factories import UserFactory
from tests.journeys.test_together import enter, restored_site  # noqa: F401  (a fixture)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("restored_site"),
]


def test_back_after_signing_out_asks_to_sign_in(page: Page, live_server: Any) -> None:
    person = UserFactory(name="Ada Confidential")
    enter(page, person, live_server.url)
    page.goto("/accounts/you/", timeout=60_000)
    expect(page.locator("body")).to_contain_text("Ada Confidential")
    page.goto("/accounts/logout/", timeout=60_000)
    with page.expect_navigation(timeout=60_000):
        page.locator("main").get_by_role("button").first.click()
    for _ in range(3):
        page.go_back(timeout=60_000)
        expect(page.locator("body")).not_to_contain_text("Ada Confidential")
