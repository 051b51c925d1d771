"""The request of a view that `@signed_in` or `@allow` guards."""

from django.http import HttpRequest

from marketplace.accounts.models import User


class SignedInRequest(HttpRequest):
    """Says what those guards make sure of: its user is a person. For type checks only."""

    user: User
