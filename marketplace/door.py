"""What a request may be made of at all, before anything reads it."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from marketplace.errors import bad_request, not_found

CONTROL = {chr(number) for number in (*range(0x20), 0x7F)}
ENCODINGS = ("utf-8",)
"""What pages of this site send; any other is a script that guesses."""

CHARSET = re.compile(r";\s*charset\*?\s*=\s*([^;]*)", re.IGNORECASE)
TEXT_ENCODING = re.compile(r"(?:utf|iso|us-?ascii|latin|windows|cp|koi8|big5|gb|euc|shift)[\w:-]*$")
UNREADABLE = "application/octet-stream"


def readable(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that is never told of an encoding which is none.

    Python knows “hex” and “zip” as encodings, but not of text, and Django uses what a request
    names before any middleware can look at it: it would fail without an answer of ours.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        named = CHARSET.search(environ.get("CONTENT_TYPE") or "")
        if named and not TEXT_ENCODING.match(named[1].strip("\"' ").lower()):
            environ["CONTENT_TYPE"] = UNREADABLE
        return application(environ, start_response)

    return answer


class DoorMiddleware:
    """Turns away what no browser sends and what would only fail further in.

    An address with a NUL names nothing that a database could hold. A cookie with one would be
    looked up as a session. A body in another encoding than the pages are written in is not read.
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
