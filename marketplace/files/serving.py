"""Handing out files that anybody may see, so that none of them is ever a page of this site."""

import posixpath
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils._os import safe_join
from django.views.static import serve
from PIL import Image

from marketplace.access import public
from marketplace.files.images import DAMAGED

SANDBOX = "default-src 'none'; sandbox"
PICTURES = {
    "png": ("PNG", "image/png"),
    "jpg": ("JPEG", "image/jpeg"),
    "jpeg": ("JPEG", "image/jpeg"),
    "gif": ("GIF", "image/gif"),
    "webp": ("WEBP", "image/webp"),
}
"""Ending → Pillow's name of the format, content type."""

SHOWN_FOLDERS = ("images", "avatar_images")
"""Folders of renditions, which programs of this site made: shown in pages. All else is saved."""


def hold_back(response: HttpResponseBase) -> HttpResponseBase:
    """A response that browsers neither guess about nor run anything of."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    return response


@public
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A picture as a picture, if its ending and its content agree that it is one; anything else
    as bytes to be saved.

    A proxy does this in production (docs/operations.md).

    Raises:
        Http404: there is none.
    """
    root = str(storages["pictures"].location)  # type: ignore[attr-defined]
    try:
        response: Any = serve(request, path, document_root=root)
    except SuspiciousFileOperation as error:
        raise Http404 from error
    shown = _picture_type(root, posixpath.normpath(path).lstrip("/"))
    if isinstance(response, FileResponse) or "Content-Type" in response:
        response["Content-Type"] = shown or "application/octet-stream"
        response["Content-Disposition"] = "inline" if shown else "attachment"
    return hold_back(response)


def _picture_type(root: str, name: str) -> str:
    """The content type of a rendition; "" for what is none."""
    ending = posixpath.splitext(name)[1].lstrip(".").lower()
    if name.split("/")[0] not in SHOWN_FOLDERS or ending not in PICTURES:
        return ""
    form, content_type = PICTURES[ending]
    try:
        with Image.open(safe_join(root, name), formats=[form]):
            return content_type
    except (*DAMAGED, Image.DecompressionBombError):
        return ""
