"""How sign-in differs here from allauth's defaults."""

from datetime import timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.password_reset import get_reset_password_url
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core import context as current
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.session import signed_in_lately
from marketplace.activity.services import notify_in_secret

EMAIL_LIMIT = 254
"""Characters that fit in `User.email`; allauth's forms take more."""


def lifetime_of(template_prefix: str) -> timedelta | None:
    """How long the code or link in a mail of allauth's works; None if it holds none."""
    if template_prefix.startswith("account/email/email_confirmation"):
        return timedelta(seconds=app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT)
    if template_prefix == "account/email/password_reset_key":
        return timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    return None


class AccountAdapter(DefaultAccountAdapter):
    """Keeps a person's full name, and the page that they were on their way to.

    Mail goes the road of all other mail, so that a server that is away costs nobody their sign-up,
    their new password or the page that they asked for.
    """

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": "That is not the code in our latest e-mail. Check it and try again",
        "too_many_login_attempts": "Too many wrong tries. Wait five minutes and try again",
    }

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit=commit)

    def clean_email(self, email: str) -> str:
        if len(email) > EMAIL_LIMIT:
            raise ValidationError(f"E-mail address must be {EMAIL_LIMIT} characters or fewer")
        return super().clean_email(email)

    def respond_email_verification_sent(self, request: HttpRequest, user: Any) -> HttpResponse:
        """The page that asks for the code knows `next` too, for whoever starts again there."""
        return HttpResponseRedirect(_with_next(request, "account_email_verification_sent"))

    def send_account_already_exists_mail(self, email: str) -> None:
        """The link to sign in leads on to `next`."""
        request = current.request
        links = {
            "login_url": build_absolute_uri(request, _with_next(request, "account_login")),
            "password_reset_url": get_reset_password_url(request),
        }
        self.send_mail("account/email/account_already_exists", email, links)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Leave it in the outbox, sealed: even one without a code may carry an invitation on."""
        request = current.request
        given = {"request": request, "email": email, "current_site": get_current_site(request)}
        message = self.render_mail(template_prefix, email, {**given, **context})
        lifetime = lifetime_of(template_prefix)
        notify_in_secret(
            email,
            subject=str(message.subject),
            body=str(message.body),
            good_until=timezone.now() + lifetime if lifetime else None,
        )

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has just signed in is not asked for the password once more."""
        if signed_in_lately(current.request):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)


def _with_next(request: HttpRequest, name: str) -> str:
    return passthrough_next_redirect_url(request, reverse(name), REDIRECT_FIELD_NAME)
