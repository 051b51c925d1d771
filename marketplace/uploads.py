"""Uploads that are too large are stopped early, and kindly where the rest of a form can be kept."""

import contextlib
import io
import os
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat

log = structlog.get_logger(__name__)


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


class NotReceived(InMemoryUploadedFile):
    """A file that could not be kept while it came in: it has its name, and nothing else."""


class KindTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Keeps a large upload in the folder for temporary files.

    Where that is full or can't be written, the form gets a `NotReceived` in its place and says so
    beside its field; the rest of what was typed stays.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.failed = False
        self.file: Any = None
        try:
            super().new_file(*args, **kwargs)
        except OSError:
            self._give_up()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.failed:
            return
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError:
            self._give_up()

    def file_complete(self, file_size: int) -> Any:
        if not self.failed:
            try:
                self.file.flush()
                return super().file_complete(file_size)
            except OSError:
                self._give_up()
        return NotReceived(
            io.BytesIO(), self.field_name, self.file_name, self.content_type, file_size, None
        )

    def upload_interrupted(self) -> None:
        if not self.failed:
            super().upload_interrupted()

    def _give_up(self) -> None:
        """Make room at once: others may be writing there too."""
        self.failed = True
        if self.file is not None:
            with contextlib.suppress(OSError):
                os.truncate(self.file.temporary_file_path(), 0)
            with contextlib.suppress(OSError):
                self.file.close()
        log.warning("an upload could not be kept", field=self.field_name)


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
