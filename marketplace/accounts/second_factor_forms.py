"""The page that asks for a code of the second factor: counted, and each code of an app once."""

from typing import Any

import structlog
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.utils import decrypt

from marketplace.accounts import gate
from marketplace.accounts.telling import refuse, tell_of_tries
from marketplace.boxes import Unreadable

log = structlog.get_logger(__name__)


class _CodeForm:
    """allauth's own counts tries, and codes that were used, in the cache: with that away, nobody
    of the staff could sign in, and for a code that counts for a minute and a half it forgets after
    half a minute that it was used."""

    user: Any
    cleaned_data: dict[str, Any]
    authenticator: Authenticator

    def clean_code(self) -> str:
        attempt = gate.try_code(context.request, self.user)
        if attempt.refused:
            refuse(attempt.refused, "codes")
        code = self.cleaned_data["code"]
        held = Authenticator.objects.filter(user=self.user)
        held = held.exclude(type=Authenticator.Type.WEBAUTHN).order_by("-type")
        for authenticator in held:
            if _fits(authenticator, code):
                attempt.was_right()
                authenticator.user = self.user
                self.authenticator = authenticator
                return code
        if attempt.is_first_to_wait:
            tell_of_tries(self.user.email, with_password=True)
        if first := next(iter(held), None):
            self._emit_authentication_failed(first)  # type: ignore[attr-defined]
        raise get_adapter().validation_error("incorrect_code")


def _fits(authenticator: Authenticator, code: str) -> bool:
    try:
        if authenticator.type == Authenticator.Type.TOTP:
            secret = decrypt(authenticator.data["secret"])
            user, plain = authenticator.user, normalize_user_code(code)
            return validate_totp_code(secret, code) and gate.use_code(user, plain)
        return authenticator.wrap().validate_code(code)
    except Unreadable:
        log.error("a second factor that no key opens", authenticator=authenticator.pk)
        return False


class AuthenticateForm(_CodeForm, AllauthAuthenticateForm):
    pass


class ReauthenticateForm(_CodeForm, AllauthReauthenticateForm):
    pass
