"""Which kinds of file are taken, told by their content, and what a file may be called."""

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Any

import filetype

from marketplace.errors import Refused
from marketplace.files.archives import kind_of_archive
from marketplace.text import clean_text

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "pptx": f"{OFFICE}.presentationml.presentation",
    "odt": f"{OPEN_DOCUMENT}.text",
    "ods": f"{OPEN_DOCUMENT}.spreadsheet",
    "odp": f"{OPEN_DOCUMENT}.presentation",
}
"""Kind of file → the content type that it is served with; nothing else is taken."""

IMAGES = ("png", "jpg", "webp")
SHOWN_PICTURES = (*IMAGES, "gif")
ACCEPT = ",".join(f".{kind}" for kind in ("jpeg", *CONTENT_TYPES))
ALLOWED_WORDS = (
    "PDF, PNG, JPEG, WebP, Word (docx), Excel (xlsx), PowerPoint (pptx) or OpenDocument "
    "(odt, ods, odp)"
)
LONGEST_NAME = 120

HINTS = {
    b"\xd0\xcf\x11\xe0": "It is in an old Office format, which can hide programs. Save it as "
    "docx, xlsx, pptx or PDF and choose it again.",
    b"Rar!": "Archives aren’t taken: choose the documents in it one by one.",
    b"7z\xbc\xaf": "Archives aren’t taken: choose the documents in it one by one.",
}
"""First bytes → what to do about a kind that people often have."""

SPELLINGS = {"jpg": {"jpg", "jpeg"}}
_HEAD = 8192
_RESERVED = re.compile(
    r"^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])\s*(\.|$)", re.IGNORECASE
)


def kind_of(file: Any, shown: str) -> str:
    """The kind of a file by its content, one of `CONTENT_TYPES`.

    Raises:
        Refused: damaged, unsafe, or of a kind that is not taken.
    """
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    is_archive = head.startswith(b"PK")
    kind = kind_of_archive(file, shown) if is_archive else filetype.guess_extension(head)
    file.seek(0)
    if kind not in CONTENT_TYPES:
        hint = next((text for first, text in HINTS.items() if head.startswith(first)), "")
        hint = hint or _hint_of_name(shown)
        raise Refused(
            f"“{shown}” is not a file that we take. " + (hint or f"Choose a {ALLOWED_WORDS} file.")
        )
    return kind


def picture_kind(file: Any, shown: str) -> str:
    """The kind of a picture that pages may show: png, jpg, webp or gif, by its content.

    Raises:
        Refused: it is none of them.
    """
    file.seek(0)
    kind = filetype.guess_extension(file.read(_HEAD))
    file.seek(0)
    if kind not in SHOWN_PICTURES:
        raise Refused(f"“{shown}” is not a picture that we take. Choose a PNG, JPEG, GIF or WebP.")
    return kind


def _hint_of_name(shown: str) -> str:
    """What to do about a file that is called one that is taken, and is none inside."""
    ending = PurePosixPath(shown).suffix.lstrip(".").lower()
    called = next((k for k in CONTENT_TYPES if ending in SPELLINGS.get(k, {k})), "")
    if not called:
        return ""
    return (
        f"It is called .{ending} but can’t be opened as one: it is damaged, or another kind of "
        f"file under that name. Open it in the program that made it, save it as .{ending} again "
        "and choose that."
    )


def safe_name(name: str, kind: str = "") -> str:
    """A name to show and to save under: no folders, no control or direction marks.

    At most 120 characters; ends in the extension of `kind`, if one is given.
    """
    name = unicodedata.normalize("NFC", clean_text(re.split(r"[/\\]", name)[-1]))
    # Cc: control characters; Cf: invisible marks that can turn "fdp.exe" round; Cs: surrogates.
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    name = " ".join(name.split()).strip(". ") or "file"
    if _RESERVED.match(name):
        name = f"file {name}"
    extension = PurePosixPath(name).suffix.lstrip(".").lower()
    if kind and extension not in SPELLINGS.get(kind, {kind}):
        name, extension = f"{name}.{kind}", kind
    if len(name) > LONGEST_NAME:
        ending = f".{extension}" if 0 < len(extension) <= 10 else ""
        name = name[: LONGEST_NAME - len(ending)].rstrip(". ") + ending
    return name
