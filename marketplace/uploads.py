"""Uploads that are too large are stopped early, and kindly where the rest of a form can be kept."""

import io
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat


class TooLargeHandler(FileUploadHandler):
    """Keeps nothing of a file beyond the limit; the form then gets its name and true size.

    So the form says beside its field that it is too large, and the rest of what was typed stays.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        return raw_data if self.received <= settings.ATTACHMENT_MAX_BYTES else None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        if self.received <= settings.ATTACHMENT_MAX_BYTES:
            return None
        return InMemoryUploadedFile(
            io.BytesIO(), self.field_name, self.file_name, self.content_type, self.received, None
        )


class UploadLimitMiddleware:
    """Refuses a body that claims more than any form here takes, before reading it.

    What was typed is not lost: drafts save as people type, and the page they came from has it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        most = settings.REQUEST_MAX_BYTES
        if _claimed(request) > most:
            context = {"most": filesizeformat(most)}
            response = render(request, "413.html", context, status=413)
            response["Connection"] = "close"
            return response
        if request.method == "POST" and request.path.startswith(settings.ATTACHMENT_PATHS):
            request.upload_handlers.insert(0, TooLargeHandler(request))
        return self.get_response(request)


def _claimed(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdecimal() else 0
