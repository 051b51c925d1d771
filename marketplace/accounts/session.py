"""What a session remembers about how its person came in, and where they were going."""

import time

from allauth.account import app_settings
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

SECOND_FACTOR = "second_factor"
"""Whose second factor this session has seen: a person's id, so it serves nobody else."""

CLOCK = 60
"""Seconds by which the clocks of two of our machines may differ."""

SIGNED_IN_AT = "signed_in_at"
"""When this session's person signed in, in seconds since 1970."""

ON_THE_WAY_TO = "on_the_way_to"
"""The path that somebody asked for before we sent them to set up a second factor."""


BEGUN_WITH = "begun_with"
"""What stands for the password of whoever is on the way in, as it was when they began."""

PROVING_FOR = "proving_for"
"""[the page that a proof leads on to, what it is for], of the latest that was asked for."""


def has_shown_second_factor(request: HttpRequest) -> bool:
    return request.session.get(SECOND_FACTOR) == request.user.pk


def is_lately(at: float) -> bool:
    """Whether what was proved at this time still counts. A time that lies ahead was noted by a
    clock that was wrong, and says nothing of how long ago it was."""
    return -CLOCK <= time.time() - at < app_settings.REAUTHENTICATION_TIMEOUT


def signed_in_lately(request: HttpRequest) -> bool:
    """Is this sign-in so fresh that asking for the password again would prove nothing more?

    A session without the second factor that its person has since set up proves too little.
    """
    if not is_lately(request.session.get(SIGNED_IN_AT, 0)):
        return False
    return has_shown_second_factor(request) or not is_mfa_enabled(request.user)
