"""What is said of too many tries: to whoever types, and to whose account it is."""

from math import ceil
from typing import NoReturn

from django.core.exceptions import ValidationError
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.activity.services import notify
from marketplace.limits.counting import Answer
from marketplace.outages.owed import hand_over

NOBODY = 0
"""Whose number no account has: telling them costs as much, and tells nobody."""


def refuse(answer: Answer, what: str) -> NoReturn:
    """Say how long to wait, and what else can be done; the same for every address.

    Raises:
        ValidationError: always.
    """
    minutes = max(1, ceil(answer.wait.total_seconds() / 60))
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    ways = {
        "passwords": " You can also sign in with a passkey, or have a code sent by e-mail.",
        "codes": " You can also use a passkey.",
    }
    raise ValidationError(
        f"Too many wrong {what} were tried. Wait {wait} and try again.{ways.get(what, '')}",
        code="too_many_login_attempts",
    )


def tell_of_tries(address: str, *, with_password: bool = False) -> None:
    """Tell the owner that somebody guesses; in a task, so that it takes no longer for an address
    that has one.

    Args:
        with_password: whether it was the second factor that was guessed, after the password.
    """
    from marketplace.accounts.tasks import tell_owner

    users = User.objects.filter(email__iexact=address, is_active=True)
    hand_over(tell_owner, users.values_list("pk", flat=True).first() or NOBODY, with_password)


def tell_now(pk: int, *, with_password: bool) -> bool:
    """Leave the message, once a day; whether there was somebody to tell."""
    from marketplace.accounts.gate import TOLD
    from marketplace.limits.counting import take

    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not take(TOLD, user.pk, with_password).allowed:
        return False
    if with_password:
        subject = "Somebody knows your password"
        what = (
            "Somebody typed your right password, and then several wrong codes of your second "
            "step. If it was not you, they know your password: choose another one now."
        )
    else:
        subject = "Several wrong passwords for your account"
        what = (
            "Somebody typed several wrong passwords for your account. Nobody got in. If it was "
            "you, there is nothing to do: wait a little, or use the ways below. If it was not, "
            "they are slowed down, and you need not change your password unless others know it."
        )
    notify(
        [user],
        subject=subject,
        body=(
            f"{what}\n\nYou can still sign in: in a browser in which you have signed in before, "
            "with a passkey, or with a code that we send you by mail. We say this once a day at "
            "most.\n\nTo choose a new password or end other sessions, open your account:"
        ),
        path=reverse("account"),
    )
    return True
