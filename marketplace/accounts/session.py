"""What a session remembers about how its person came in, and where they were going."""

import time

from allauth.account import app_settings
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

SECOND_FACTOR = "second_factor"
"""Whose second factor this session has seen: a person's id, so it serves nobody else."""

SIGNED_IN_AT = "signed_in_at"
"""When this session's person signed in, in seconds since 1970."""

ON_THE_WAY_TO = "on_the_way_to"
"""The path that somebody asked for before we sent them to set up a second factor."""


PROVING_FOR = "proving_for"
"""[the page that a proof leads on to, what it is for], of the latest that was asked for."""


def has_shown_second_factor(request: HttpRequest) -> bool:
    return request.session.get(SECOND_FACTOR) == request.user.pk


def signed_in_lately(request: HttpRequest) -> bool:
    """Is this sign-in so fresh that asking for the password again would prove nothing more?

    A session without the second factor that its person has since set up proves too little.
    """
    age = time.time() - request.session.get(SIGNED_IN_AT, 0)
    if age >= app_settings.REAUTHENTICATION_TIMEOUT:
        return False
    return has_shown_second_factor(request) or not is_mfa_enabled(request.user)
