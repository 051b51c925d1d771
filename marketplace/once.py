"""What was sent twice is done once: two presses of a button, or two tabs that send at once.

`OnceMiddleware` sees to every form, ours and Wagtail's: the same person, the same address and
the very same fields. Where a second thing would do harm and may come by other ways (a script, a
cache that is away), the service asks `one_at_a_time` and looks for what it has made before.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from marketplace.accounts.models import User

LONGEST = 60
"""Seconds after which one that is still at work is taken for lost."""

REMEMBERED = 600
"""Seconds for which it is known where the form of a page led to."""

WAIT = 10.0
"""Seconds that the second waits for the first at most."""

WAITED = 30
"""Seconds in which those who waited read where the first led to."""

TOKEN = "csrfmiddlewaretoken"  # noqa: S105  (the name of a field)


def one_at_a_time(person: User) -> None:
    """Until this transaction ends, nothing else that asks for it is done for the same person."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


class OnceMiddleware:
    """Sends whoever sent a form twice to where it led the first time, and does nothing more.

    A page's token tells it from the same page shown again, so that people may send the same on
    purpose. Without one only what comes while the first is at work counts as the same. Scripts
    that send as one types have versions of their own. Stands below every guard: where one of them
    sends people elsewhere, nothing was done yet.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        led_to = None
        try:
            response = self.get_response(request)
            if _led_on(request, response):
                led_to = response["Location"]
            return response
        finally:
            if key := getattr(request, "sent_once", None):
                _remember(key, led_to, WAITED if TOKEN not in request.POST else REMEMBERED)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        if not _is_form(request):
            return None
        key = _key(request)
        led_to = cache.get(f"{key}:led") if TOKEN in request.POST else None
        until = time.monotonic() + WAIT
        while led_to is None and not cache.add(key, True, LONGEST):
            if time.monotonic() > until:
                return None
            time.sleep(0.05)
            if cache.get(key) is None:
                led_to = cache.get(f"{key}:led")
        if led_to is not None:
            return HttpResponseRedirect(led_to)
        cache.delete(f"{key}:led")
        request.sent_once = key  # type: ignore[attr-defined]
        return None


def _remember(key: str, led_to: str | None, seconds: int) -> None:
    """Before the next one is let in, so that it finds where this one led."""
    if led_to:
        cache.set(f"{key}:led", led_to, seconds)
    cache.delete(key)


def _is_form(request: HttpRequest) -> bool:
    by_script = request.headers.get("X-Requested-With") or request.headers.get("HX-Request")
    return request.method == "POST" and not by_script and request.user.is_authenticated


def _led_on(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether it was taken: a form that is shown again may be sent again."""
    return response.status_code in (302, 303) and not hasattr(request, "kept_post")


def _key(request: HttpRequest) -> str:
    """Of who sent what where. Files count by name and size: their bytes are read but once."""
    found = hashlib.sha256(f"{request.user.pk} {request.get_full_path()}".encode())
    for name, values in sorted(request.POST.lists()):
        found.update(repr((name, values)).encode(errors="surrogatepass"))
    for name, files in sorted(request.FILES.lists()):
        sizes = [(file.name, file.size) for file in files]
        found.update(repr((name, sizes)).encode(errors="surrogatepass"))
    return f"once:{found.hexdigest()}"
