"""Knows which posts were refused, and whether the page that says so still has what was typed."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from django.contrib.messages import ERROR, get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape

from marketplace.typed.keeping import KeptPost

TOLD_BY_STATUS = range(400, 500)


class MessageStorage(FallbackStorage):
    """Messages, and whether one of this request says that something was not done."""

    has_error = False

    def add(self, level: int, message: str, extra_tags: str | None = "") -> None:
        self.has_error = self.has_error or level >= ERROR
        super().add(level, message, extra_tags)  # type: ignore[arg-type]


def led_to(request: HttpRequest, response: HttpResponse) -> str:
    """Path of the page that says why a post was refused; "" where it was not refused."""
    if response.status_code in TOLD_BY_STATUS:
        return request.path
    stored: Any = get_messages(request)
    if not getattr(stored, "has_error", False):
        return ""
    return urlsplit(urljoin(request.path, response.get("Location", ""))).path


def is_in(page: HttpResponse, post: KeptPost) -> bool:
    """Does the page hold every text of more than a word that was sent?"""
    shown = _plain(page.content.decode(page.charset))
    return all(escape(_plain(text)) in shown for text in post.prose)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
