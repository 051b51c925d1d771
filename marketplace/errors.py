"""What a service raises when it will not do something, and the pages for what goes wrong.

A `Refused` carries a sentence for the person: what happened and what to do. Views show it;
they never compose such sentences themselves.
"""

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render, resolve_url
from django.template.defaultfilters import filesizeformat

from marketplace.outages.failures import RETRY_AFTER, is_passing
from marketplace.typed.keeping import keep
from marketplace.ways import parts_of

SECRETS = ("password", "secret", "code", "credential")
"""Fields that no page repeats have one of these in their names."""


class Refused(Exception):
    """A verb that will not be carried out; `str(error)` is written for the person."""


class NotAllowed(Refused):
    """This person may not do this to this thing."""


class WrongState(Refused):
    """The thing is not in a state in which this can be done."""


class TooLate(Refused):
    """The clock has passed the moment until which this could be done."""


class Incomplete(Refused):
    """Something required is missing; `problems` lists each as (field or place, sentence)."""

    def __init__(self, message: str, problems: list[tuple[str, str]]) -> None:
        super().__init__(message)
        self.problems = problems


class EditConflict(Refused):
    """Somebody else saved since this person's copy was loaded; nothing was overwritten."""


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        context = {"most": filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE), "is_text": True}
        return render(request, "413.html", context, status=413)
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """What failed here is our fault, or that of a part that is away: then trying again may help."""
    if is_passing(sys.exc_info()[1]):
        return try_again(request)
    return render(request, "500.html", status=500)


def try_again(request: HttpRequest) -> HttpResponse:
    """503, with what was typed, and a button that sends it once more. Needs no part."""
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        message = "the service is busy. Keep this page open: it is tried again in a moment."
        return JsonResponse({"message": message}, status=503, headers=headers)
    pairs = _pairs_sent(request)
    context = {
        "typed": [(_as_label(name), value) for name, value in pairs if len(value) > 1],
        "pairs": pairs,
        "has_files": any(request.FILES) if request.method == "POST" else False,
        "again": request.get_full_path(),
    }
    page = render(request, "503.html", context, status=503)
    for name, value in headers.items():
        page[name] = value
    return page


def _pairs_sent(request: HttpRequest) -> list[tuple[str, str]]:
    """What a form sent, to be sent again; nothing where some of it may not be shown."""
    if request.method != "POST":
        return []
    try:
        lists = list(request.POST.lists())
    except (RequestDataTooBig, TooManyFieldsSent, SuspiciousOperation, UnreadablePostError):
        return []
    names = [name.lower() for name, _ in lists if name != "csrfmiddlewaretoken"]
    if any(word in name for name in names for word in SECRETS):
        return []
    return [(name, v) for name, values in lists if name.lower() in names for v in values]


def _as_label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that expired: what was typed is kept, and in the form when it is opened again.

    A script that saves a draft is told in JSON; its page still holds the text. What another
    site sent is shown, so that nobody is left in the dark, but never kept.
    """
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        message = "this page has expired. Nothing was saved: press Save to see what you typed."
        return JsonResponse({"message": message}, status=403)
    kept = keep(request) if _comes_from_here(request) else None
    typed = [
        (_as_label(name), value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
        for value in values
        if len(value) > 1
    ]
    context = {
        "typed": typed,
        "kept": kept,
        "again": kept.back if kept else request.get_full_path(),
        "sign_in": resolve_url(settings.LOGIN_URL),
    }
    request.kept_post = kept  # type: ignore[attr-defined]
    return render(request, "form_expired.html", context, status=403)


def _comes_from_here(request: HttpRequest) -> bool:
    """Did a page of this site send it? Browsers say so themselves; scripts of others can’t."""
    origin = request.headers.get("Origin", "")
    before = request.headers.get("Referer", "")
    said = origin if origin and origin != "null" else before
    return parts_of(said).netloc == request.get_host()
