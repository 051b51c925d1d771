"""A content security policy of its own for the officers' desk."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

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
