"""What an uploaded file is, by its content, and what it may be called.

Nothing here trusts the name or the type that a browser sends.
"""

import hashlib
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import filetype
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from marketplace.errors import Refused

OFFICE = "application/vnd.openxmlformats-officedocument"
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "pptx": f"{OFFICE}.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
}
"""Kind of file → the content type that it is served with; nothing else is taken."""

ACCEPT = ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.pptx,.odt"
ALLOWED_WORDS = "PDF, PNG, JPEG, Word (docx), Excel (xlsx), PowerPoint (pptx) or OpenDocument (odt)"
LONGEST_NAME = 120

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
"""What `zipfile` raises for an archive that is cut off, locked or made to break it."""

_SPELLINGS = {"jpg": {"jpg", "jpeg"}}
_FOLDERS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_HEAD = 8192


@dataclass(frozen=True)
class CheckedFile:
    """What is known of a file that may be kept: `size` in bytes, `sha256` in hex."""

    name: str
    content_type: str
    size: int
    sha256: str


def check_file(upload: UploadedFile) -> CheckedFile:
    """Look at a file's content.

    Raises:
        Refused: empty, too large, damaged, or of a kind that is not taken.
    """
    most = settings.ATTACHMENT_MAX_BYTES
    shown = safe_name(upload.name or "")
    if not upload.size:
        raise Refused(f"“{shown}” is empty. Choose it again, or choose another file.")
    if upload.size > most:
        raise Refused(
            f"“{shown}” is {filesizeformat(upload.size)}. Choose a file of "
            f"{filesizeformat(most)} or less."
        )
    kind = _kind_of(upload, shown)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return CheckedFile(
        name=safe_name(upload.name or "", kind),
        content_type=CONTENT_TYPES[kind],
        size=upload.size,
        sha256=digest.hexdigest(),
    )


def safe_name(name: str, kind: str = "") -> str:
    """A name to show and to save under: no folders, no control or direction marks.

    At most 120 characters; ends in the extension of `kind`, if one is given.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    # Cc: control characters; Cf: invisible marks that can turn "fdp.exe" round; Cs: surrogates.
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    name = " ".join(name.split()).strip(". ") or "file"
    extension = PurePosixPath(name).suffix.lstrip(".").lower()
    if kind and extension not in _SPELLINGS.get(kind, {kind}):
        name, extension = f"{name}.{kind}", kind
    if len(name) > LONGEST_NAME:
        ending = f".{extension}" if 0 < len(extension) <= 10 else ""
        name = name[: LONGEST_NAME - len(ending)].rstrip(". ") + ending
    return name


def _kind_of(file: Any, shown: str) -> str:
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    kind = _kind_of_zip(file, shown) if head.startswith(b"PK") else filetype.guess_extension(head)
    file.seek(0)
    if kind not in CONTENT_TYPES:
        raise Refused(f"“{shown}” is not a file that we take. Choose a {ALLOWED_WORDS} file.")
    return kind


def _kind_of_zip(file: Any, shown: str) -> str | None:
    """Office files are zip archives; only their list of contents is read."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                with archive.open("mimetype") as member:
                    found = member.read(100).decode("ascii", "replace").strip()
                return "odt" if found == CONTENT_TYPES["odt"] else None
    except DAMAGED as error:
        raise Refused(
            f"“{shown}” is damaged: it can’t be opened. Save it again and choose it again."
        ) from error
    has_macros = any(name.endswith("vbaProject.bin") for name in names)
    if has_macros or "[Content_Types].xml" not in names:
        return None
    return next((kind for folder, kind in _FOLDERS.items() if _has(names, folder)), None)


def _has(names: list[str], folder: str) -> bool:
    return any(name.startswith(folder) for name in names)
