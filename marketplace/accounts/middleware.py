"""Staff and judges go no further until they have a second factor."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from marketplace.accounts.rules import needs_second_factor

OPEN_PATHS = ("/accounts/", "/static/", "/healthz")
"""What somebody needs in order to set one up, or to sign out instead."""


class SecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._must_set_up(request):
            return redirect("second_factor_needed")
        return self.get_response(request)

    def _must_set_up(self, request: HttpRequest) -> bool:
        if request.path.startswith(OPEN_PATHS):
            return False
        user = request.user
        if not user.is_authenticated or request.session.get("second_factor") == user.pk:
            return False
        if not needs_second_factor(user):
            return False
        if is_mfa_enabled(user):
            # allauth asked for it at sign-in; remember, so that pages need not ask again.
            request.session["second_factor"] = user.pk
            return False
        return True
