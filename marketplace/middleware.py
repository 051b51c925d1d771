"""A number for each request, in its logs and in its reply."""

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

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
                user=getattr(getattr(request, "user", None), "pk", None),
            )
        response["X-Request-ID"] = request_id
        return response
