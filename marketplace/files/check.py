"""The one way in for an uploaded file."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from marketplace.errors import Refused
from marketplace.files.images import cleaned_image
from marketplace.files.kinds import CONTENT_TYPES, IMAGES, kind_of, safe_name
from marketplace.files.pdfs import check_pdf
from marketplace.files.storage import NotStored
from marketplace.uploads import NotReceived


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept: `content` to store, `size` in bytes, `sha256` in hex."""

    content: UploadedFile
    name: str
    content_type: str
    size: int
    sha256: str


def check_file(upload: UploadedFile, name: str = "") -> CheckedFile:
    """Look at a file's content, and leave out of a picture what a camera wrote into it.

    Args:
        name: what it is called, if not by the name that came with it.

    Raises:
        NotStored: the server could not keep it while it came in.
        Refused: empty, too large, damaged, unsafe, or of a kind that is not taken.
    """
    if isinstance(upload, NotReceived):
        raise NotStored
    most = settings.ATTACHMENT_MAX_BYTES
    called = name or upload.name or ""
    shown = safe_name(called)
    if not upload.size:
        raise Refused(f"“{shown}” is empty. Choose it again, or choose another file.")
    if upload.size > most:
        raise Refused(
            f"“{shown}” is {filesizeformat(upload.size)}. Choose a file of "
            f"{filesizeformat(most)} or less."
        )
    kind = kind_of(upload, shown)
    content: UploadedFile = upload
    if kind == "pdf":
        check_pdf(upload, shown)
    elif kind in IMAGES:
        content = cleaned_image(upload, kind, shown)
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    return CheckedFile(
        content=content,
        name=safe_name(called, kind),
        content_type=CONTENT_TYPES[kind],
        size=content.size or 0,
        sha256=digest.hexdigest(),
    )
