"""Keep in the session whose second factor it has seen; allauth says when it sees one."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from allauth.mfa.utils import is_mfa_enabled
from django.dispatch import receiver
from django.http import HttpRequest

from marketplace.accounts.middleware import SESSION_KEY
from marketplace.accounts.models import User


@receiver([authenticator_added, authenticator_used])
def remember_second_factor(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    request.session[SESSION_KEY] = user.pk


@receiver(authenticator_removed)
def forget_second_factor(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Whoever removes the last one has to set one up again before going on."""
    if not is_mfa_enabled(user):
        request.session.pop(SESSION_KEY, None)
