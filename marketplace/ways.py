"""Where a request says that somebody came from, or wants to go: none of it is to be believed."""

from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.utils.http import url_has_allowed_host_and_scheme

NEXT = "next"
"""The field in which pages of ours, of Wagtail and of allauth say where to go on to."""


def parts_of(address: str) -> SplitResult:
    """The parts of an address that a visitor sent; empty for one that is none (“http://[”)."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def own_path(text: str) -> str:
    """`text` if it is the path of a page of this site, with its query; else ""."""
    is_own = text.startswith("/") and url_has_allowed_host_and_scheme(text, allowed_hosts=None)
    return text if is_own else ""


def with_own_ways(sent: Any) -> Any:
    """What was sent (a `QueryDict`), and of `next` only what leads to a page of this site.

    Whatever reads it later leads nowhere else, and looks nothing up that is no path: Django’s
    `redirect` takes a word for the name of a view, and fails where there is none.
    """
    if NEXT not in sent:
        return sent
    cleaned = sent.copy()
    if ways := [text for text in sent.getlist(NEXT) if own_path(text)]:
        cleaned.setlist(NEXT, ways)
    else:
        del cleaned[NEXT]
    cleaned._mutable = False
    return cleaned
