"""What a request may be made of at all, before anything reads it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from marketplace.errors import bad_request, not_found

CONTROL = {chr(number) for number in (*range(0x20), 0x7F)}
ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii"}
"""What pages of this site send; any other is a script that guesses."""


class DoorMiddleware:
    """Turns away what no browser sends and what would only fail further in.

    An address with a NUL names nothing that a database could hold. A cookie with one would be
    looked up as a session. A body in another encoding than the pages are written in, or in
    something that is none (Python knows “hex” and “zip” as such), can’t be read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for name in [name for name, text in request.COOKIES.items() if CONTROL & set(text)]:
            del request.COOKIES[name]
        if "\x00" in request.path_info:
            return not_found(request)
        encoding = (request.content_params or {}).get("charset")
        if encoding is not None and encoding.strip("\"' ").lower() not in ENCODINGS:
            request.encoding = "utf-8"
            return bad_request(request)
        return self.get_response(request)
