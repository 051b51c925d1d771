"""Sign-in as this floor sees it."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _land_on_this_floor(settings: Any) -> None:
    """The dashboard stands floors above; one's own account is here."""
    settings.LOGIN_REDIRECT_URL = "account"
