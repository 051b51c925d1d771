"""What the clock does with accounts. Each may safely run twice."""

from celery import shared_task

from marketplace.accounts.services import FAREWELL
from marketplace.accounts.sessions import end_sessions_of
from marketplace.activity.pruning import forget_farewells


@shared_task
def forget_closed_accounts() -> int:
    """Addresses that were kept only until the last message had gone."""
    return forget_farewells(FAREWELL)


@shared_task
def end_sessions(pk: int) -> int:
    """A closed account's sessions, on every device, with what was typed there and not sent."""
    return end_sessions_of(pk)
