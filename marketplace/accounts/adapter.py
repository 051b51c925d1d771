"""How sign-in differs here from allauth's defaults."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmationMixin
from allauth.account.utils import get_next_redirect_url
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.http import urlencode

EMAIL_LIMIT = 254
"""Characters that fit in `User.email`; allauth's forms take more."""


class AccountAdapter(DefaultAccountAdapter):
    """Keeps a person's full name, and the page that they were on their way to."""

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit=commit)

    def clean_email(self, email: str) -> str:
        if len(email) > EMAIL_LIMIT:
            raise ValidationError(f"E-mail address must be {EMAIL_LIMIT} characters or fewer")
        return super().clean_email(email)

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationMixin
    ) -> str:
        """The link in the mail leads on to `next`, in whatever browser it is opened."""
        url = super().get_email_confirmation_url(request, emailconfirmation)
        on_the_way_to = get_next_redirect_url(request) if request else None
        return f"{url}?{urlencode({'next': on_the_way_to})}" if on_the_way_to else url
