"""When something was asked for: the moment that decides whether it came in time.

At a deadline hundreds press a button in the same seconds, and some of them wait until the site has
a hand free. Whoever pressed in time is in time, however long the queue.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

HEADER = "HTTP_X_REQUEST_START"
"""What the proxy says, of the moment at which all of a request had reached it: `t=1732881600.123`,
seconds since 1970. From anybody else it is not believed; see `marketplace.proxies`."""

LONGEST_WAIT = timedelta(seconds=60)
"""The proxy hangs up on who waited longer. If its clock is wrong, a deadline moves by no more."""

_SAID = re.compile(r"t=([0-9]{1,11}\.[0-9]{3})")

_arrived: ContextVar[datetime | None] = ContextVar("when this request arrived", default=None)


def asked_at() -> datetime:
    """When what is done now was asked for: when its request arrived; outside of one, now."""
    now, arrived = timezone.now(), _arrived.get()
    return now if arrived is None else min(now, max(arrived, now - LONGEST_WAIT))


class ArrivalMiddleware:
    """Stands below the middleware that forgets what only a proxy of ours may say."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = _SAID.fullmatch(request.META.get(HEADER, ""))
        token = _arrived.set(datetime.fromtimestamp(float(said[1]), UTC) if said else None)
        try:
            return self.get_response(request)
        finally:
            _arrived.reset(token)
