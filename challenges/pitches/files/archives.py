"""Office files are zip archives: what they hold is looked at without unpacking it to disk."""

import zipfile
import zlib
from typing import Any

from marketplace.errors import Refused

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
"""What `zipfile` raises for an archive that is cut off, locked or made to break it."""

MOST_MEMBERS = 5_000
MOST_UNPACKED = 200 * 1024 * 1024
"""Bytes of all members together, as the archive declares them."""

MOST_RATIO = 200
"""Unpacked to packed size of one member; text of real documents stays under about 50."""

SMALL = 1024 * 1024
"""Bytes of one member below which its ratio does no harm."""

_OPEN_DOCUMENT = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
_FOLDERS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_MACROS = ("vbaproject.bin", "vbadata.xml", "basic/", "scripts/")
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".jar", ".exe", ".js", ".vbs", ".hta", ".lnk")


def kind_of_archive(file: Any, shown: str) -> str | None:
    """The kind of document that a zip archive is, or None if it is no document.

    Raises:
        Refused: damaged or locked, with macros or programs in it, or made to fill the disk.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            refuse_bombs(members, shown)
            kind = _document_kind(archive, [member.filename for member in members])
            if kind:
                _refuse_active(members, shown)
            return kind
    except DAMAGED as error:
        raise Refused(
            f"“{shown}” is damaged: it can’t be opened. Save it again and choose it again."
        ) from error


def refuse_bombs(members: list[zipfile.ZipInfo], shown: str) -> None:
    unpacked = sum(member.file_size for member in members)
    swollen = any(
        member.file_size > SMALL and member.file_size > MOST_RATIO * max(member.compress_size, 1)
        for member in members
    )
    overlapping = len({member.header_offset for member in members}) < len(members)
    if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED or swollen or overlapping:
        raise Refused(
            f"“{shown}” would unpack to far more than a document holds, so it is not taken. "
            "Save the document anew, or as a PDF."
        )


def _refuse_active(members: list[zipfile.ZipInfo], shown: str) -> None:
    if any(member.flag_bits & 0x1 for member in members):
        raise Refused(f"“{shown}” is locked with a password. Save it without one.")
    names = [member.filename.lower() for member in members]
    if any(name.endswith(_MACROS[:2]) or name.startswith(_MACROS[2:]) for name in names):
        raise Refused(
            f"“{shown}” has macros, which can do harm. Save it without them "
            "(docx, xlsx, pptx or PDF) and choose it again."
        )
    if any(name.endswith(_ARCHIVES) or "/activex/" in name for name in names):
        raise Refused(
            f"“{shown}” has another file or program inside. Take it out and choose the "
            "document again."
        )


def _document_kind(archive: zipfile.ZipFile, names: list[str]) -> str | None:
    if "mimetype" in names:
        with archive.open("mimetype") as member:
            return _OPEN_DOCUMENT.get(member.read(100).decode("ascii", "replace").strip())
    if "[Content_Types].xml" not in names:
        return None
    return next(
        (kind for folder, kind in _FOLDERS.items() if any(n.startswith(folder) for n in names)),
        None,
    )
