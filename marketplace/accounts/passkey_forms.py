"""The forms that a passkey answers: what is none is refused, and of one only what is used is kept.

What they get is JSON that no person types. allauth takes a zero for a passkey, keeps whatever else
came with one, and fails on every page that names it later; and where an answer is broken in a way
that it didn't think of, the page breaks. Source: W3C, Web Authentication Level 3, section 7.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from allauth.mfa.webauthn import forms as allauth_forms
from cryptography.exceptions import UnsupportedAlgorithm
from django import forms
from django.core.exceptions import ValidationError
from fido2.cose import UnsupportedKey
from fido2.webauthn import RegistrationResponse

LONGEST_NAME = 100
LONGEST_ANSWER = 20_000
"""Letters of JSON; a key with its maker's certificates has about 5,000."""

BROKEN = (
    *(TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError),
    *(NotImplementedError, struct.error, UnsupportedAlgorithm),
)
"""What the library for passkeys raises for answers that no key gives."""


NOT_PROVED = "The key did not answer as it should. Try again, or use another key."


@contextmanager
def wrong_where_broken() -> Iterator[None]:
    """Raises: ValidationError: what is read in it can't be, or is not right."""
    try:
        yield
    except ValidationError as error:
        is_wrong = error.code == "incorrect_code"  # allauth says that no code is right
        raise ValidationError(NOT_PROVED) if is_wrong else error from error
    except BROKEN as error:
        raise ValidationError(NOT_PROVED) from error


def as_kept(answer: Any) -> dict[str, Any]:
    """A new passkey with nothing else that came with it.

    Args:
        answer: a RegistrationResponseJSON (W3C, section 5.1).

    Raises:
        One of BROKEN: it is none, or of a kind that could not be proved later.
    """
    read = RegistrationResponse.from_dict(answer)
    data = read.response.attestation_object.auth_data.credential_data
    if data is None or isinstance(data.public_key, UnsupportedKey):
        raise ValueError("no key that can be proved later")
    told = read.client_extension_results or {}
    stays = (told.get("credProps") or {}).get("rk")  # whether the device keeps it
    return {
        "type": "public-key",
        "id": answer["rawId"],
        "rawId": answer["rawId"],
        "response": {
            name: answer["response"][name] for name in ("clientDataJSON", "attestationObject")
        },
        "clientExtensionResults": {} if stays is None else {"credProps": {"rk": bool(stays)}},
    }


class AnswerField(forms.JSONField):
    widget = forms.HiddenInput
    default_error_messages: ClassVar = {"invalid": NOT_PROVED, "required": NOT_PROVED}

    def to_python(self, value: Any) -> Any:
        """Raises: ValidationError: it is no JSON, or longer or deeper than any answer."""
        with wrong_where_broken():
            if len(value or "") > LONGEST_ANSWER:
                raise ValueError("longer than any")
            return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> str:
        """An answer serves one question: a page that is shown again asks another."""
        return ""


class _Offered(forms.Form):
    """Mixed into the form of a new passkey."""

    name = forms.CharField(required=False, max_length=LONGEST_NAME)
    credential = AnswerField()

    def clean_credential(self) -> dict[str, Any]:
        with wrong_where_broken():
            return as_kept(self.cleaned_data["credential"])

    def clean(self) -> Any:
        with wrong_where_broken():
            return super().clean()


class _Proved(forms.Form):
    """Mixed into a form in which somebody proves that they have a passkey."""

    credential = AnswerField()

    def clean_credential(self) -> Any:
        with wrong_where_broken():
            return super().clean_credential()  # type: ignore[misc]


class AddForm(_Offered, allauth_forms.AddWebAuthnForm):
    passwordless = forms.BooleanField(
        required=False,
        label="Sign in with this key alone, without a password",
        help_text="It then has to ask who you are: your fingerprint, your face or a PIN.",
    )


class SignUpForm(_Offered, allauth_forms.SignupWebAuthnForm):
    pass


class RenameForm(allauth_forms.EditWebAuthnForm):
    name = forms.CharField(max_length=LONGEST_NAME)


class SignInForm(_Proved, allauth_forms.LoginWebAuthnForm):
    pass


class SecondFactorForm(_Proved, allauth_forms.AuthenticateWebAuthnForm):
    pass


class ProofForm(_Proved, allauth_forms.ReauthenticateWebAuthnForm):
    pass
