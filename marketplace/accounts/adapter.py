"""How sign-in differs here from allauth's defaults."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.password_reset import get_reset_password_url
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core import context
from allauth.utils import build_absolute_uri
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from marketplace.accounts.session import signed_in_lately

EMAIL_LIMIT = 254
"""Characters that fit in `User.email`; allauth's forms take more."""


class AccountAdapter(DefaultAccountAdapter):
    """Keeps a person's full name, and the page that they were on their way to."""

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
        request = context.request
        links = {
            "login_url": build_absolute_uri(request, _with_next(request, "account_login")),
            "password_reset_url": get_reset_password_url(request),
        }
        self.send_mail("account/email/account_already_exists", email, links)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has just signed in is not asked for the password once more."""
        if signed_in_lately(context.request):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)


def _with_next(request: HttpRequest, name: str) -> str:
    return passthrough_next_redirect_url(request, reverse(name), REDIRECT_FIELD_NAME)
