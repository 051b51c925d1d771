"""Office files are zip archives: what they hold is looked at without unpacking it to disk.

Every part is unpacked in memory, within bounds, and must be what the archive says of it in each
of the two places where it says so (APPNOTE.TXT 4.3): programs differ in which one they believe.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from marketplace.errors import Refused
from marketplace.files.office import Looker

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    EOFError,
    IndexError,
)
"""What `zipfile` raises for an archive that is cut off, locked or made to break it."""

MOST_MEMBERS = 5_000
MOST_UNPACKED = 200 * 1024 * 1024
"""Bytes of all members together."""

MOST_RATIO = 200
"""Unpacked to packed size of one member; text of real documents stays under about 50."""

SMALL = 1024 * 1024
"""Bytes of one member below which its ratio does no harm."""

DEEPEST = 1
"""Archives in archives: a chart carries its workbook, which carries none."""

_OPEN_DOCUMENT = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
_FOLDERS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_LOCAL_HEADER = struct.Struct("<4s2B4HL2L2H")
_LOCAL, _LOCKED, _LATER = b"PK\x03\x04", 0x1, 0x8
_UNKNOWN_SIZE = 0xFFFFFFFF
_ODD_NAME = re.compile(r"^[/\\]|(^|[/\\])\.\.([/\\]|$)|^[a-zA-Z]:|[\\\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Part:
    """A member of an archive, unpacked: `name` as it stands there, `content`."""

    name: str
    content: bytes


def kind_of_archive(file: Any, shown: str, depth: int = 0) -> str | None:
    """The kind of document that a zip archive is, or None if it is no document.

    Raises:
        Refused: damaged or locked; with macros, programs or files in it; fetching something from
            elsewhere; saying other than it holds; or made to fill the disk.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            refuse_bombs(members, shown)
            kind = _document_kind(archive, [member.filename for member in members])
            if kind is None:
                return None
            _refuse_odd(members, shown)
            looker = Looker(shown, is_open_document=kind in _OPEN_DOCUMENT.values())
            for part in _parts(file, members):
                looker.look(part.name, part.content)
            for name, content in looker.workbooks():
                _check_workbook(content, shown, depth, name)
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


def _refuse_odd(members: list[zipfile.ZipInfo], shown: str) -> None:
    """Names that lead out of the archive, twins, and links: no program that writes documents
    makes them."""
    if any(member.flag_bits & _LOCKED for member in members):
        raise Refused(f"“{shown}” is locked with a password. Save it without one.")
    names = [member.filename.lower() for member in members]
    odd = any(_ODD_NAME.search(member.orig_filename) for member in members)
    links = any(stat.S_ISLNK(member.external_attr >> 16) for member in members)
    if odd or links or len(set(names)) < len(names):
        raise Refused(
            f"“{shown}” has parts under names that documents don’t have, so it is not taken. Open "
            "it in the program that made it, save it anew and choose that."
        )


def _parts(file: Any, members: list[zipfile.ZipInfo]) -> Iterator[Part]:
    """Raises: zipfile.BadZipFile: a part is not what the archive says of it."""
    end = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        start = member.header_offset
        if start < end:
            raise zipfile.BadZipFile("parts overlap")
        content, end = _unpacked(file, member)
        if not member.is_dir():
            yield Part(member.filename, content)


def _unpacked(file: Any, member: zipfile.ZipInfo) -> tuple[bytes, int]:
    """A part's content, and where the archive goes on behind it."""
    file.seek(member.header_offset)
    header = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    mark, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = header
    name = file.read(name_length)
    file.seek(extra_length, io.SEEK_CUR)
    encoding = "utf-8" if flags & 0x800 else "cp437"
    if mark != _LOCAL or name.decode(encoding) != member.orig_filename:
        raise zipfile.BadZipFile("a part has two names")
    if method != member.compress_type or flags & _LOCKED:
        raise zipfile.BadZipFile("a part is packed in two ways")
    said = {packed: member.compress_size, size: member.file_size, crc: member.CRC}
    if not flags & _LATER and any(a not in (b, _UNKNOWN_SIZE) for a, b in said.items()):
        raise zipfile.BadZipFile("a part has two sizes")
    raw = file.read(member.compress_size)
    content = _inflated(raw, member)
    if len(raw) != member.compress_size or len(content) != member.file_size:
        raise zipfile.BadZipFile("a part has another size")
    if zlib.crc32(content) != member.CRC:
        raise zipfile.BadZipFile("a part is damaged")
    return content, file.tell()


def _inflated(raw: bytes, member: zipfile.ZipInfo) -> bytes:
    if member.compress_type == zipfile.ZIP_STORED:
        return raw
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile("packed in a way that documents are not")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    content = unpacker.decompress(raw, member.file_size + 1)
    if not unpacker.eof or unpacker.unused_data:
        raise zipfile.BadZipFile("a part is longer than it says")
    return content


def _check_workbook(content: bytes, shown: str, depth: int, name: str) -> None:
    """The workbook behind a chart is looked through as one that came alone."""
    if depth >= DEEPEST or kind_of_archive(io.BytesIO(content), shown, depth + 1) != "xlsx":
        raise Refused(
            f"“{shown}” has another file or program inside ({name.rsplit('/', 1)[-1]}). Take it "
            "out, or save it as a PDF, and choose that."
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
