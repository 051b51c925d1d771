"""For every request: a number in its logs and in its reply, and text that any file takes."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.db import DataError
from django.http import HttpRequest, HttpResponse

from marketplace.errors import bad_request
from marketplace.forms import clean_data
from marketplace.text import clean_text
from marketplace.ways import with_own_ways

_SAFE_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


class RequestIdMiddleware:
    """Takes a proxy's `X-Request-ID` if it looks like one, else makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SAFE_ID.match(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            structlog.get_logger("request").info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                # Only if somebody has looked: the database may be what has failed.
                user=getattr(getattr(request, "_cached_user", None), "pk", None),
            )
        response["X-Request-ID"] = request_id
        return response


COUNTS = ("-TOTAL_FORMS", "-INITIAL_FORMS")
"""Fields in which a set of forms says how many rows it has (Django’s `ManagementForm`)."""


def with_rows_sent(sent: Any) -> Any:
    """A form (a `QueryDict`) that says of no set of rows that it has more than there are fields.

    Each row sends one field at least; for a thousand that were not sent Django would make as many
    forms, and a page of Wagtail’s take minutes to draw them.
    """
    lies = [
        name
        for name, text in sent.items()
        if name.endswith(COUNTS) and _number_in(text) > len(sent)
    ]
    if not lies:
        return sent
    told = sent.copy()
    for name in lies:
        told[name] = str(len(sent))
    told._mutable = False
    return told


def _number_in(text: str) -> int:
    """As Django’s field for whole numbers reads it; 0 for what that refuses."""
    try:
        return int(re.sub(r"\.0*\s*$", "", text))
    except ValueError:
        return 0


class CleanTextMiddleware:
    """Cleans what was typed before any view or form reads it, ours and others’, the names of files,
    and where to go on to. Stands below the check of where a request is from, which reads the form
    first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A NUL that no field looked at: PostgreSQL takes none, and there is no row with one."""
        if isinstance(error, DataError | ValueError) and "NUL (0x00)" in str(error):
            return bad_request(request)
        return None

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        if request.GET:
            request.GET = with_own_ways(clean_data(request.GET))
        if request.method == "POST":
            request.POST = with_rows_sent(with_own_ways(clean_data(request.POST)))
            for _name, files in request.FILES.lists():
                for file in files:
                    file.name = clean_text(file.name or "") or "file"
