"""What the clock does with accounts. Each may safely run twice."""

from celery import shared_task

from marketplace.accounts.sealing import seal_all
from marketplace.accounts.services import FAREWELL
from marketplace.accounts.sessions import end_sessions_of
from marketplace.accounts.signed_in import forget_ended
from marketplace.accounts.telling import tell_now
from marketplace.activity.pruning import forget_farewells


@shared_task
def forget_closed_accounts() -> int:
    """Addresses that were kept only until the last message had gone."""
    return forget_farewells(FAREWELL)


@shared_task
def tell_owner(pk: int, with_password: bool) -> bool:
    """Tell the owner of an account that somebody guesses; once a day."""
    return tell_now(pk, with_password=with_password)


@shared_task
def forget_ended_sessions() -> int:
    """Of where somebody was signed in, nothing is kept once they are not."""
    return forget_ended()


@shared_task
def seal_second_factors() -> int:
    """What an older release left open, or writes while two releases run side by side."""
    return seal_all()[0]


@shared_task
def end_sessions(pk: int) -> int:
    """A closed account's sessions, on every device, with what was typed there and not sent."""
    return end_sessions_of(pk)
