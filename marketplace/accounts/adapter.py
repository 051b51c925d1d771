"""How sign-in differs here from allauth's defaults."""

from datetime import timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.password_reset import get_reset_password_url
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse, RateLimited
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from marketplace.accounts import gate
from marketplace.accounts.session import BEGUN_WITH, signed_in_lately
from marketplace.accounts.telling import refuse, tell_of_tries
from marketplace.activity.mail_limits import Mail, may_write_to_stranger, unexpected_path
from marketplace.activity.services import notify_in_secret

ASKED_FOR = (
    "account/email/account_already_exists",
    "account/email/email_confirmation",
    "account/email/login_code",
    "account/email/password_reset_key",
    "account/email/unknown_account",
)
"""Mail that anybody can have sent to any address; the rest tells an owner what was changed."""

EMAIL_LIMIT = 254
"""Characters that fit in `User.email`; allauth's forms take more."""


HELD = {
    gate.CODES: (
        "We have sent several codes to {} lately, and for now we send no more. Use the latest of "
        "them, try again in an hour, or sign in after choosing a new password by e-mail."
    ),
    gate.LINKS: (
        "We have sent several links to {} lately, and for now we send no more. Use the latest of "
        "them: it works in any browser."
    ),
}


def lifetime_of(template_prefix: str) -> timedelta | None:
    """How long the code or link in a mail of allauth's works; None if it holds none."""
    if template_prefix.startswith("account/email/email_confirmation"):
        return timedelta(seconds=app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT)
    if template_prefix == "account/email/login_code":
        return timedelta(seconds=app_settings.LOGIN_BY_CODE_TIMEOUT)
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
        "rate_limited": "You have asked for several codes. Wait a little, then ask again",
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Counted before the password is looked at, and given back if it was right."""
        address = credentials.get("email") or ""
        attempt = gate.try_password(request, address)
        if attempt.refused:
            refuse(attempt.refused, "passwords")
        user = super().authenticate(request, **credentials)
        if user:
            attempt.was_right()
        elif attempt.is_first_to_wait:
            tell_of_tries(address)
        return user

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
        """Leave it in the outbox, sealed: even one without a code may carry an invitation on.

        Too many to one address are left out, and the page says so, whoever has that address.

        Raises:
            RateLimited: too many, where the page asks to be told so.
        """
        request = current.request
        unsubscribe = ""
        if template_prefix.startswith(ASKED_FOR) and not gate.may_mail(request, email):
            if getattr(request, "says_when_held", False):
                raise RateLimited
            messages.warning(request, HELD[gate.kind_of_mail(request)].format(email))
            return
        if template_prefix.startswith(ASKED_FOR) and _is_strangers(email):
            if not may_write_to_stranger(email):
                return
            unsubscribe = unexpected_path(email, source=Mail.SIGN_IN.value)
        given = {"request": request, "email": email, "current_site": get_current_site(request)}
        message = self.render_mail(template_prefix, email, {**given, **context})
        lifetime = lifetime_of(template_prefix)
        notify_in_secret(
            email,
            subject=str(message.subject),
            body=str(message.body),
            good_until=timezone.now() + lifetime if lifetime else None,
            unsubscribe=unsubscribe,
        )

    def pre_login(self, request: HttpRequest, user: Any, **about: Any) -> HttpResponse | None:
        """Somebody has shown their password, code or passkey; a second step may be left."""
        response = super().pre_login(request, user, **about)
        if response is None:
            request.session[BEGUN_WITH] = user.get_session_auth_hash()
        return response

    def login(self, request: HttpRequest, user: Any) -> None:
        """Let them in, unless the password was changed since they began: that ends what others
        have begun with the old one, as it ends their sessions.

        Raises:
            ImmediateHttpResponse: to sign in anew.
        """
        begun = request.session.pop(BEGUN_WITH, "")
        if begun and not constant_time_compare(begun, user.get_session_auth_hash()):
            clear_login(request)
            messages.error(request, "The password was changed meanwhile. Sign in again.")
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
        super().login(request, user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has just signed in is not asked for the password once more."""
        if signed_in_lately(current.request):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)


def _is_strangers(address: str) -> bool:
    """Whether nobody has shown that this address is theirs: it was only typed here."""
    return not EmailAddress.objects.filter(email__iexact=address, verified=True).exists()


def _with_next(request: HttpRequest, name: str) -> str:
    return passthrough_next_redirect_url(request, reverse(name), REDIRECT_FIELD_NAME)
