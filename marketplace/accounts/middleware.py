"""Limits and lifetimes of sign-in; and staff and judges go no further without a second factor."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.core.ratelimit import respond_429
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from marketplace.accounts import devices, gate, lifetimes, proving, signed_in
from marketplace.accounts.rules import needs_second_factor
from marketplace.accounts.session import ON_THE_WAY_TO, has_shown_second_factor
from marketplace.boxes import Unreadable
from marketplace.typed.keeping import keep, page_before

OPEN_PATHS = ("/accounts/", "/static/", "/healthz")
"""What somebody needs in order to set one up, or to sign out instead."""

BY_CODE = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]


class SignInMiddleware:
    """Limits of the pages of sign-in; how long a sign-in lasts; where a person is signed in.

    Stands above what keeps posts, so that what is sent after a sign-in is over is kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if why := lifetimes.why_over(request):
            lifetimes.end(request, why)
        response = self.get_response(request)
        signed_in.note(request)
        devices.set_cookie(request, response)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Below the check of where a form is from: what that refuses is not counted."""
        match = request.resolver_match
        if match is None:
            return None
        if not gate.is_let_through(request, match.url_name or ""):
            return respond_429(request)
        return proving.of_others(request, match.namespaces)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page about a second factor that nobody can open any more."""
        if not isinstance(error, Unreadable):
            return None
        messages.error(
            request,
            "Your authenticator app and recovery codes can’t be read any more: set them up anew. "
            "If you can’t sign in without them, ask whoever runs this service to let you in.",
        )
        return redirect("mfa_index")


class SecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._may_pass(request):
            return self.get_response(request)
        if request.method == "POST":
            request.kept_post = keep(request)  # type: ignore[attr-defined]
        if is_mfa_enabled(request.user):
            # They have one, but this session was not begun with it.
            return redirect(_page_that_asks(request))
        if way_back := _way_back(request):
            request.session[ON_THE_WAY_TO] = way_back
        return redirect("second_factor_needed")

    def _may_pass(self, request: HttpRequest) -> bool:
        if request.path.startswith(OPEN_PATHS) or not request.user.is_authenticated:
            return True
        if has_shown_second_factor(request):
            return True
        return not needs_second_factor(request.user)


def _page_that_asks(request: HttpRequest) -> str:
    """For a code, or for a key if that is all they have; then back to what they asked for."""
    by_code = is_mfa_enabled(request.user, types=BY_CODE)
    page = reverse("mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn")
    way_back = _way_back(request)
    return f"{page}?{urlencode({'next': way_back})}" if way_back else page


def _way_back(request: HttpRequest) -> str:
    """The page that was asked for, or on which the form stands that was sent, if that is known."""
    return page_before(request) if request.method == "POST" else request.get_full_path()
