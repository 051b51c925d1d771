"""Wagtail's admin: who may open it and what in it, and a content security policy of its own."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
import wagtail
from csp.constants import NONCE, SELF, UNSAFE_INLINE
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from wagtail.images.models import SourceImageIOError

from cms.finding import may_find
from cms.inline_scripts import hashes
from marketplace.errors import Refused, bad_request
from marketplace.files.storage import NotStored

log = structlog.get_logger(__name__)

ADMIN_POLICY = {
    # Wagtail writes styles into its pages and, as one types, into what its editor shows; no nonce
    # stands beside 'unsafe-inline', for browsers would then ignore the latter.
    "style-src": [SELF, UNSAFE_INLINE],
    "style-src-attr": [UNSAFE_INLINE],
    # Pictures that are being uploaded show before they have an address.
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF, "data:"],
    "frame-src": [SELF],
    # Pages are previewed in a frame of the editor.
    "frame-ancestors": [SELF],
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
            scripts = [SELF, NONCE, *_hashes(response)]
            response._csp_replace = {**ADMIN_POLICY, "script-src": scripts}  # type: ignore[attr-defined]
            response["X-Frame-Options"] = "SAMEORIGIN"
        return response


def _hashes(response: HttpResponse) -> list[str]:
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    return hashes(response.content.decode()) if is_page and not response.streaming else []


WAGTAIL = str(Path(wagtail.__file__).parent)
OURS = tuple(
    str(settings.BASE_DIR / floor)
    for floor in ("cms", "search", "challenges", "startups", "marketplace")
)
MADE_UP = (
    *(KeyError, ValueError, AttributeError, TypeError, IndexError, ArithmeticError),
    *(RecursionError, ObjectDoesNotExist, ValidationError),
)
"""What Wagtail's own forms fail with where somebody sends what no page of theirs would."""

STILL_NEEDED = (
    "It can’t be deleted, because other things belong to it: {}. Take it out of use instead; "
    "an account is closed by clearing “active”."
)


class RefusedInAdminMiddleware:
    """What a service, a store or the database refuses in a view of Wagtail's, which knows nothing
    of refusals: a sentence where its scripts show one, or on a page; what was typed is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not request.path.startswith(reverse("wagtailadmin_home")):
            return None
        if isinstance(exception, SourceImageIOError):
            raise Http404 from exception
        if _is_made_up(exception):
            log.warning("a form of Wagtail’s can’t be read", path=request.path, exc_info=exception)
            return bad_request(request)
        message = _message_of(exception)
        if not message:
            return None
        if request.headers.get("X-Requested-With") == "XMLHttpRequest":
            return JsonResponse({"success": False, "error_message": message})
        status = 503 if isinstance(exception, NotStored) else 409
        return render(request, "cms/refused.html", {"message": message}, status=status)


def _message_of(exception: Exception) -> str:
    """What to say of a refusal; "" if it is none."""
    if isinstance(exception, Refused):
        return str(exception)
    if isinstance(exception, ProtectedError):
        kinds = sorted(
            {str(each._meta.verbose_name_plural) for each in exception.protected_objects}
        )
        return STILL_NEEDED.format(", ".join(kinds))
    return ""


def _is_made_up(exception: Exception) -> bool:
    """Whether Wagtail's own code failed, or what it asked of Django (a row by an id that is no
    number, a field that was not sent), with nothing of ours called by it."""
    if not isinstance(exception, MADE_UP):
        return False
    files = [frame.filename for frame in traceback.extract_tb(exception.__traceback__)]
    whose = [file for file in files if file.startswith((WAGTAIL, *OURS))]
    return bool(whose) and whose[-1].startswith(WAGTAIL)
