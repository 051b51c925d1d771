"""Sign-in as this floor sees it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction


@pytest.fixture(autouse=True)
def _land_on_this_floor(settings: Any) -> None:
    """The dashboard stands floors above; one's own account is here."""
    settings.LOGIN_REDIRECT_URL = "account"


@pytest.fixture
def commit_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail goes after the commit, which comes with each request and not at the end of a test."""

    def call(act: Callable[[], object], **kwargs: Any) -> None:
        act()

    monkeypatch.setattr(transaction, "on_commit", call)
