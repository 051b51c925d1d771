"""Keep in the session when its person came in, and whose second factor it has seen."""

import time
from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.signals import user_logged_in
from django.db.models import Q
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest

from marketplace.accounts import devices, signed_in
from marketplace.accounts.models import Role, User
from marketplace.accounts.session import SECOND_FACTOR, SIGNED_IN_AT
from marketplace.activity.models import Record
from marketplace.activity.services import notify_once, recorded
from marketplace.typed.keeping import claim


@receiver(user_logged_in)
def remember_sign_in(request: HttpRequest, **kwargs: Any) -> None:
    request.session[SIGNED_IN_AT] = time.time()
    request.signed_in_now = True  # type: ignore[attr-defined]


@receiver([user_logged_in, password_reset])
def know_the_browser(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Who is in, or has opened our link in their mailbox, is no stranger here from now on."""
    devices.remember(request, user)


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
    signed_in.end_others(user, but=request)


@receiver([password_changed, password_set])
def end_other_sessions(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Whoever changes a password may do so because somebody else knew it."""
    signed_in.end_others(user, but=request)
    request.signed_in_now = True  # type: ignore[attr-defined]  # its key is new


@receiver(password_reset)
def end_all_sessions(request: HttpRequest, user: User, **kwargs: Any) -> None:
    signed_in.end_others(user)


@receiver(post_save, sender=User)
def end_sessions_of_whoever_is_switched_off(instance: User, **kwargs: Any) -> None:
    if not instance.is_active:
        signed_in.end_others(instance)


@receiver(recorded)
def tell_of_unexpected_mail(record: Record, **kwargs: Any) -> None:
    """Whoever runs the service hears once of each source whose mail somebody did not expect."""
    if record.verb != "activity.mail_unexpected":
        return
    officers = User.objects.filter(Q(region_roles__role=Role.OFFICER) | Q(is_superuser=True))
    source = record.detail["about"] or f"person:{record.detail['member']}"
    notify_once(
        officers.filter(is_active=True).distinct(),
        key=f"unexpected:{source}",
        subject=f"Mail that somebody did not expect: {source.replace(':', ' ')}",
        body=(
            "Somebody who got mail through this service says that they did not expect it, and "
            f"wants no more. It was sent in the name of {source.replace(':', ' number ')}, by the "
            f"person with the number {record.detail['member']}.\n\n"
            "If you hear the same from others, look at their invitations and close their account."
        ),
    )
