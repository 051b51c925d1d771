"""Staff and judges go no further until they have proved a second factor in this session."""

from collections.abc import Callable
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from marketplace.accounts.rules import needs_second_factor

OPEN_PATHS = ("/accounts/", "/static/", "/healthz")
"""What somebody needs in order to set one up, or to sign out instead."""

SESSION_KEY = "second_factor"
"""Whose second factor this session has seen: a person's id, so it serves nobody else."""


class SecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._may_pass(request):
            return self.get_response(request)
        if is_mfa_enabled(request.user):
            # They have one, but this session was not begun with it.
            query = urlencode({"next": request.get_full_path()})
            return redirect(f"{reverse('mfa_reauthenticate')}?{query}")
        return redirect("second_factor_needed")

    def _may_pass(self, request: HttpRequest) -> bool:
        if request.path.startswith(OPEN_PATHS) or not request.user.is_authenticated:
            return True
        if request.session.get(SESSION_KEY) == request.user.pk:
            return True
        return not needs_second_factor(request.user)
