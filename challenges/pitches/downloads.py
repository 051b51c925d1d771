"""Handing a stored file out: always a download, never a page, in parts where a part is asked."""

import re
from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header

from challenges.pitches.models import Attachment

CHUNK = 64 * 1024
_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


def attachment_response(request: HttpRequest, attachment: Attachment) -> HttpResponseBase:
    """The file, for a view that has asked its rule; or a page that says why nobody opens it yet.

    One range of bytes is answered with 206, one outside the file with 416, as RFC 9110 section
    14 has it; several ranges, or a range of another version (`If-Range`), with the whole file.

    Raises:
        Http404: the file is not in storage.
    """
    if not attachment.is_openable:
        context = {"attachment": attachment}
        return render(request, "pitches/file_closed.html", context, status=409)
    try:
        stored = attachment.file.open("rb")
        stored.seek(0)
    except FileNotFoundError as error:
        raise Http404 from error
    except OSError:
        away = {"attachment": attachment, "is_away": True}
        return render(request, "pitches/file_closed.html", away, status=503)
    tag = f'"{attachment.sha256}"'
    response = _ranged(request, attachment, stored, tag) or FileResponse(
        stored, content_type=attachment.content_type
    )
    response["Content-Disposition"] = content_disposition_header(True, attachment.name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    return response


def _ranged(
    request: HttpRequest, attachment: Attachment, stored: Any, tag: str
) -> HttpResponseBase | None:
    asked = _RANGE.match(request.headers.get("Range", ""))
    if not asked or not any(asked.groups()):
        return None
    if request.headers.get("If-Range", tag) != tag:
        return None
    size = attachment.size
    first, last = _bounds(asked[1], asked[2], size)
    if first >= size or first > last:
        stored.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    length = last - first + 1
    return StreamingHttpResponse(
        _part(stored, first, length),
        status=206,
        content_type=attachment.content_type,
        headers={
            "Content-Range": f"bytes {first}-{last}/{size}",
            "Content-Length": str(length),
        },
    )


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte; "-500" asks for the last 500."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _part(stored: Any, first: int, length: int) -> Iterator[bytes]:
    with stored:
        stored.seek(first)
        while length > 0 and (chunk := stored.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk
