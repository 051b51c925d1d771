"""Forms about people."""

from typing import Any

from allauth.account.forms import (
    ConfirmEmailVerificationCodeForm,
    ConfirmLoginCodeForm,
    RequestLoginCodeForm,
)
from allauth.account.forms import SignupForm as BaseSignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from marketplace.forms import GovukForm, no_address

NAME_LIMIT = 120


def name_field() -> forms.CharField:
    return forms.CharField(
        label="Full name",
        max_length=NAME_LIMIT,
        validators=[no_address],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "required": "Enter your full name",
            "max_length": f"Full name must be {NAME_LIMIT} characters or fewer",
        },
    )


class SignupForm(BaseSignupForm):
    name = name_field()
    field_order = ["name", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        email.label = "E-mail address"
        email.error_messages["required"] = "Enter your e-mail address"
        email.error_messages["invalid"] = "Enter an e-mail address, for example name@example.org"
        if self.by_passkey:
            return
        password = self.fields["password1"]
        # allauth lists the validators here as HTML; one sentence says the same.
        password.help_text = "At least 8 characters, and not easy to guess."
        password.error_messages["required"] = "Enter a password"

    def try_save(self, request: HttpRequest) -> Any:
        """An address that has an account already takes as long as one that has none: the work of
        hiding a password is done for both, or a clock would tell which have one."""
        if self.account_already_exists and (password := self.cleaned_data.get("password1")):
            make_password(password)
        return super().try_save(request)


class _MailedCode:
    """The code from the mail; small letters, spaces and dashes don't matter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]  # type: ignore[attr-defined]
        code.error_messages["required"] = "Enter the code from the e-mail"
        code.widget.attrs = {
            "autocomplete": "one-time-code",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "class": "govuk-input--width-10",
        }


class EmailCodeForm(_MailedCode, ConfirmEmailVerificationCodeForm):
    pass


class LoginCodeForm(_MailedCode, ConfirmLoginCodeForm):
    pass


class RequestCodeForm(RequestLoginCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        email.label = "E-mail address"
        email.error_messages["required"] = "Enter your e-mail address"
        email.error_messages["invalid"] = "Enter an e-mail address, for example name@example.org"


class NameForm(GovukForm):
    name = name_field()


class DeleteForm(GovukForm):
    """Says that somebody means it."""

    sure = forms.BooleanField(
        label="I want my account deleted, and I know that it can’t be undone",
        error_messages={"required": "Confirm that you want your account deleted"},
    )
