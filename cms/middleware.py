"""Wagtail's admin: who may open it and what in it, and a content security policy of its own."""

from collections.abc import Callable
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from cms.finding import may_find

ADMIN_POLICY = {
    # Wagtail's editor writes inline scripts and styles. No nonce stands beside
    # 'unsafe-inline': browsers would then ignore the latter.
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    # Pictures that are being uploaded show before they have an address.
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF, "data:"],
    "frame-src": [SELF],
}


class AdminForOfficersMiddleware:
    """Whoever has signed in and has no business in the admin gets 404, on its every page.

    Wagtail would send them to sign in, and sign-in would send them back, without end.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.path.startswith(reverse("wagtailadmin_home"))
            and request.user.is_authenticated
            and not request.user.has_perm("wagtailadmin.access_admin")
        ):
            raise Http404
        return self.get_response(request)


class AdminFindsNothingOfOthersMiddleware:
    """What a person of the admin can't see is not found by its id either: 404 (`cms.finding`).

    Wagtail asks its policies in lists, and before it changes anything. Some of its views show by
    name whatever has the id that they are given; a view that a release adds is held as well.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Raises: Http404."""
        inside = request.path.startswith(reverse("wagtailadmin_home"))
        if inside and request.user.is_authenticated and not may_find(request, kwargs):
            raise Http404


class AdminContentSecurityPolicyMiddleware:
    """Relaxes what Wagtail's admin needs, below its own address and nowhere else.

    A preview of a public page is served below that address too; it needs no more.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(reverse("wagtailadmin_home")):
            response._csp_replace = ADMIN_POLICY  # type: ignore[attr-defined]
        return response
