"""Knows who causes the mail of a request, so that all of it is counted."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from marketplace.activity.mail_limits import caused_by


class CauseMiddleware:
    """Stands below authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with caused_by(request):
            return self.get_response(request)
