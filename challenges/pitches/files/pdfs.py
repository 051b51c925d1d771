"""PDF files that only show: nothing that runs, opens or hides."""

from collections.abc import Iterator
from typing import Any

from pypdf import PasswordType, PdfReader
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from marketplace.errors import Refused

MOST_OBJECTS = 20_000
"""Objects looked at in one file; a longer one is looked at so far."""

ACTIVE = {"/JavaScript", "/Launch", "/ImportData", "/RichMedia", "/Movie", "/Sound"}
HIDDEN = {"/EmbeddedFile"}
DAMAGED = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
_PAGE_WORDS = (b"<html", b"<script", b"<!doctype", b"<svg")
_HEAD = 2048


def check_pdf(file: Any, shown: str) -> None:
    """Look through a PDF.

    Raises:
        Refused: it can't be read, is locked, is a web page as well, runs something when it is
            opened, or has other files inside.
    """
    file.seek(0)
    if any(word in file.read(_HEAD).lower() for word in _PAGE_WORDS):
        raise Refused(
            f"“{shown}” is a PDF and a web page in one, so it is not taken. Save it as a PDF anew."
        )
    file.seek(0)
    try:
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted and not _opens(reader):
            raise Refused(
                f"“{shown}” is locked with a password: it can’t be opened without it. Save it "
                "without one."
            )
        if not reader.pages:
            raise Refused(f"“{shown}” has no pages. Save it again and choose it again.")
        found = {kind for each in _dictionaries(reader) for kind in _kinds(each)}
    except DAMAGED as error:
        raise Refused(
            f"“{shown}” is damaged: it can’t be opened. Save it again and choose it again."
        ) from error
    finally:
        file.seek(0)
    if found & ACTIVE:
        raise Refused(
            f"“{shown}” runs something when it is opened. Print it to a new PDF and choose that."
        )
    if found & HIDDEN:
        raise Refused(f"“{shown}” has other files inside. Save it without them.")


def _opens(reader: PdfReader) -> bool:
    """Whether a file that is encrypted opens without a password. Many do: theirs is the owner's,
    which only asks programs not to print or to copy."""
    try:
        return reader.decrypt("") != PasswordType.NOT_DECRYPTED
    except (DependencyError, NotImplementedError):  # a lock that we have no key-smith for
        return False


def _kinds(each: DictionaryObject) -> Iterator[str]:
    for key in ("/S", "/Type", "/Subtype"):
        value = each.get(key)
        if isinstance(value, str):
            yield value
    if "/JS" in each:
        yield "/JavaScript"


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary that the trailer leads to, each once."""
    waiting: list[Any] = [reader.trailer]
    seen: set[tuple[int, int]] = set()
    looked_at = 0
    while waiting and looked_at < MOST_OBJECTS:
        each = waiting.pop()
        if isinstance(each, IndirectObject):
            key = (each.idnum, each.generation)
            if key in seen:
                continue
            seen.add(key)
            each = each.get_object()
        looked_at += 1
        if isinstance(each, DictionaryObject):
            yield each
            waiting += [each.raw_get(key) for key in each]
        elif isinstance(each, ArrayObject):
            waiting += list.copy(each)
