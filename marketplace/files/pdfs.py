"""PDF files that only show: nothing that runs, leads elsewhere or hides.

Where looking ends, at whatever limit, the file is not taken.
"""

import zipfile
from typing import Any

from pypdf import PasswordType
from pypdf.errors import DependencyError, LimitReachedError
from pypdf.generic import DictionaryObject

from marketplace.errors import Refused
from marketplace.files.pdf_objects import (
    DAMAGED,
    MOST_OBJECTS,
    BoundedReader,
    TooMuch,
    containers,
)
from marketplace.files.pdf_rules import Found, trouble_in

_PAGE_WORDS = (b"<html", b"<script", b"<!doctype", b"<svg")
_HEAD = 2048


def check_pdf(file: Any, shown: str) -> None:
    """Look through a PDF.

    Raises:
        Refused: it can't be read, is locked, is a web page or an archive as well, is too large to
            be looked through, runs something, leads to other files, or has files inside.
    """
    data = _whole(file, shown)
    try:
        found = _trouble_in_file(data, shown)
    except (TooMuch, LimitReachedError, MemoryError) as error:
        raise Refused(
            f"“{shown}” has too many parts to be looked through. Print it to a new PDF, or divide "
            "it, and choose that."
        ) from error
    except DAMAGED as error:
        raise Refused(
            f"“{shown}” is damaged: it can’t be opened. Save it again and choose it again."
        ) from error
    if found:
        trouble, what = found
        raise Refused(f"“{shown}” {trouble.value.format(what=what)}")


def _whole(file: Any, shown: str) -> bytes:
    """Raises: Refused: it is something else as well, so that two programs see two things."""
    file.seek(0)
    data = file.read()
    is_archive = zipfile.is_zipfile(file)
    file.seek(0)
    is_page = any(word in data[:_HEAD].lower() for word in _PAGE_WORDS)
    if is_page or is_archive:
        other = "a web page" if is_page else "an archive"
        raise Refused(
            f"“{shown}” is a PDF and {other} in one, so it is not taken. Save it as a PDF anew."
        )
    return data


def _trouble_in_file(data: bytes, shown: str) -> Found | None:
    reader = BoundedReader(data)
    if reader.is_encrypted and not _opens(reader):
        raise Refused(
            f"“{shown}” is locked with a password: it can’t be opened without it. Save it "
            "without one."
        )
    left = MOST_OBJECTS
    for each in reader.telling_objects():
        left -= 1
        for part in containers(each):
            left -= 1
            if left < 0:
                raise TooMuch
            if isinstance(part, DictionaryObject) and (found := trouble_in(part)):
                return found
    if not reader.pages:
        raise Refused(f"“{shown}” has no pages. Save it again and choose it again.")
    return None


def _opens(reader: BoundedReader) -> bool:
    """Whether a file that is encrypted opens without a password. Many do: theirs is the owner's,
    which only asks programs not to print or to copy."""
    try:
        return reader.decrypt("") != PasswordType.NOT_DECRYPTED
    except (DependencyError, NotImplementedError):  # a lock that we have no key-smith for
        return False
