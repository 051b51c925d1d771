"""What browsers and caches are told with every answer: pages, errors, static files, pictures."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

NOT_KEPT = "private, no-store"


class HeadersMiddleware:
    """Stands above what may answer by itself, so that errors and static files carry them too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in {
            **settings.HEADERS,
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
        }.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith(settings.STATIC_URL):
            _say_who_may_keep(request, response)
        return response


def _say_who_may_keep(request: HttpRequest, response: HttpResponse) -> None:
    """Nobody keeps what was made for one person: the next one at the machine could press Back.

    A page for all is asked for anew as well: its scripts are let in by a number that is used once.
    """
    if _is_for_one(request, response):
        response["Cache-Control"] = NOT_KEPT
        patch_vary_headers(response, ["Cookie"])
    else:
        response.headers.setdefault("Cache-Control", "no-cache")


def _is_for_one(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Made in somebody’s session, signed in or not, or with a token for a form of theirs."""
    return (
        settings.SESSION_COOKIE_NAME in request.COOKIES
        or bool(response.cookies)
        or "CSRF_COOKIE" in request.META
        or "Authorization" in request.headers
    )


class CompressForAllMiddleware(GZipMiddleware):
    """Compresses pages that are the same for all.

    What is made for one person may hold a secret, and its length after compression beside words
    that a stranger chose would tell it (BREACH, CVE-2013-3587).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if _is_for_one(request, response):
            return response
        return super().process_response(request, response)
