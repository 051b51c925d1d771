"""The page that asks for the code from the mail: at sign-up, and for a further address."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
    EmailVerificationProcess,
)
from allauth.account.views import ConfirmEmailVerificationCodeView
from allauth.core.exceptions import ImmediateHttpResponse, RateLimited
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from marketplace.activity.services import refusal_in_secret


class EmailCodeView(ConfirmEmailVerificationCodeView):
    """allauth's page, where a code that has run out is replaced by a new one on the spot.

    By itself allauth ends the sign-up then, and whoever registered with a passkey, and so has
    no password yet, could not come back to it.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        state = request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY)
        process = EmailVerificationProcess(request=request, state=state) if state else None
        if process and not process.is_valid():
            return self._replace_code(process, "That code has run out.")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With why the latest mail to the address can't arrive, if that is known by now."""
        context = super().get_context_data(**kwargs)
        return {**context, "refusal": refusal_in_secret(context["email"])}

    def _verify_form_invalid(self, form: Any) -> HttpResponse:
        tries = self._process.state["failed_attempts"] + 1
        if tries < app_settings.EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS:
            return super()._verify_form_invalid(form)
        return self._replace_code(self._process, "That was one wrong code too many.")

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        self._send(self._process)
        return self._back()

    def _replace_code(self, process: EmailVerificationProcess, why: str) -> HttpResponse:
        # The old code is void even if no new one may be sent yet.
        process.generate_code()
        process.persist()
        self._send(process, why)
        return self._back()

    def _send(self, process: EmailVerificationProcess, why: str = "") -> None:
        """Mail a new code, with all its time and tries, and say so."""
        before = dict(process.state)
        process.state.update(at=time.time(), failed_attempts=0)
        self.request.says_when_held = True  # type: ignore[attr-defined]
        try:
            process.resend()
        except (RateLimited, ImmediateHttpResponse):
            process.state.update(before, at=process.state["at"] if why else before["at"])
            process.persist()
            said = "You have asked for several codes. Wait a little, then ask for a new one."
            messages.error(self.request, f"{why} {said}".strip())
        else:
            said = f"We have sent a new code to {process.email}."
            messages.success(self.request, f"{why} {said}".strip())

    def _back(self) -> HttpResponse:
        url = self.passthrough_next_url(reverse("account_email_verification_sent"))
        return HttpResponseRedirect(url)
