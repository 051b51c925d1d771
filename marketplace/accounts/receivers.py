"""Keep in the session when its person came in, and whose second factor it has seen."""

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from marketplace.accounts.models import User
from marketplace.accounts.session import SECOND_FACTOR, SIGNED_IN_AT
from marketplace.typed.keeping import claim


@receiver(user_logged_in)
def remember_sign_in(request: HttpRequest, **kwargs: Any) -> None:
    request.session[SIGNED_IN_AT] = time.time()


@receiver(user_logged_in)
def hand_over_what_was_kept(request: HttpRequest, user: User, **kwargs: Any) -> None:
    claim(request, user)


@receiver([authenticator_added, authenticator_used])
def remember_second_factor(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    request.session[SECOND_FACTOR] = user.pk


@receiver(authenticator_removed)
def forget_second_factor(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Whoever removes the last one has to set one up again before going on."""
    if not is_mfa_enabled(user):
        request.session.pop(SECOND_FACTOR, None)
