"""Office files are zip archives: what they hold is looked at without unpacking it to disk.

Every part is unpacked in memory, within bounds, and must be what the archive says of it in each
of the two places where it says so (APPNOTE.TXT 4.3): programs differ in which one they believe.
"""

import io
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from marketplace.errors import Refused
from marketplace.files.office import CONTENT_TYPES_PART, Looker
from marketplace.files.office_xml import Room, TooMuch

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
"""Bytes of all members together, and of those of the workbooks in them."""

MOST_OF_A_PART = 64 * 1024 * 1024
"""Bytes of one member; it stands in memory while it is looked at."""

MOST_XML = 48 * 1024 * 1024
"""Bytes of all XML of a document; a novel has two."""

MOST_ELEMENTS = 2_000_000
"""Of XML that has to be looked at one by one: about four seconds."""

MOST_LISTED = 2 * 1024 * 1024
"""Bytes of the list at the end of an archive; that of a document of 500 pictures has 40,000."""

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
_END = struct.Struct("<4s4H2LH")
_END_MARK, _NAMED_TWICE = b"PK\x05\x06", 0x7075
_FOLDERS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_LOCAL_HEADER = struct.Struct("<4s2B4HL2L2H")
_LOCAL, _LOCKED, _LATER, _IN_UTF_8 = b"PK\x03\x04", 0x1, 0x8, 0x800
_UNKNOWN_SIZE = 0xFFFFFFFF
_ODD_NAME = re.compile(r"^[/\\]|(^|[/\\])\.\.([/\\]|$)|^[a-zA-Z]:|[\\\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Part:
    """A member of an archive, unpacked: `name` as it stands there, `content`."""

    name: str
    content: bytes


def kind_of_archive(file: Any, shown: str, room: Room | None = None, depth: int = 0) -> str | None:
    """The kind of document that a zip archive is, or None if it is no document.

    Raises:
        Refused: damaged or locked; with macros, programs or files in it; fetching something from
            elsewhere; saying other than it holds; or made to fill the disk.
    """
    room = room or Room(MOST_UNPACKED, MOST_XML, MOST_ELEMENTS)
    try:
        _require_one_list(file)
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            refuse_bombs(members, shown)
            kind = _document_kind(archive, [member.filename for member in members])
            if kind is None:
                return None
            _refuse_odd(members, shown)
            looker = Looker(shown, room, is_open_document=kind in _OPEN_DOCUMENT.values())
            for part in _parts(file, members, archive.start_dir, room):
                looker.look(part.name, part.content)
            for name, content in looker.workbooks():
                _check_workbook(content, shown, room, depth, name)
            return kind
    except TooMuch as error:
        raise Refused(
            f"“{shown}” has too much in it to be looked through. Divide it, or save it as a PDF, "
            "and choose that."
        ) from error
    except DAMAGED as error:
        raise Refused(
            f"“{shown}” is damaged: it can’t be opened. Save it again and choose it again."
        ) from error


def _require_one_list(file: Any) -> None:
    """The list of parts stands once, right before the end, where the end says that it does.

    Programs that look for it in different places would find different documents.

    Raises:
        zipfile.BadZipFile: it doesn't; or it is far longer than that of any document.
    """
    at = file.seek(0, io.SEEK_END) - _END.size
    file.seek(max(at, 0))
    mark, disk, first_disk, here, count, size, start, remark = _END.unpack(file.read(_END.size))
    if mark != _END_MARK or remark or disk or first_disk or here != count:
        raise zipfile.BadZipFile("the list of parts is not where it should be")
    if start + size != at or size > MOST_LISTED:
        raise zipfile.BadZipFile("there are two lists of parts, or a long one")
    file.seek(0)


def refuse_bombs(members: list[zipfile.ZipInfo], shown: str) -> None:
    unpacked = sum(member.file_size for member in members)
    swollen = any(
        member.file_size > MOST_OF_A_PART
        or (
            member.file_size > SMALL and member.file_size > MOST_RATIO * (member.compress_size or 1)
        )
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
    names = [_as_read(member.filename) for member in members]
    odd = any(_is_odd(member) for member in members)
    links = any(stat.S_ISLNK(member.external_attr >> 16) for member in members)
    if odd or links or len(set(names)) < len(names) or _is_two(names):
        raise Refused(
            f"“{shown}” has parts under names that documents don’t have, so it is not taken. Open "
            "it in the program that made it, save it anew and choose that."
        )


def _is_odd(member: zipfile.ZipInfo) -> bool:
    """Whether a part's name leads out, or is in letters that each program reads otherwise."""
    told = member.orig_filename
    in_old_letters = not told.isascii() and not member.flag_bits & _IN_UTF_8
    return in_old_letters or bool(_ODD_NAME.search(told) or _ODD_NAME.search(unquote(told)))


def _as_read(name: str) -> str:
    """Names that programs take for one."""
    folder = "/" if name.endswith("/") else ""
    return posixpath.normpath(unquote(name)).casefold() + folder


def _is_two(names: list[str]) -> bool:
    """Whether one program would open it as one kind of document, and another as another."""
    folders = {folder for folder in _FOLDERS if any(name.startswith(folder) for name in names)}
    return len(folders) > 1 or ("mimetype" in names and CONTENT_TYPES_PART in names)


def _parts(
    file: Any, members: list[zipfile.ZipInfo], list_start: int, room: Room
) -> Iterator[Part]:
    """Raises: zipfile.BadZipFile: a part is not what the archive says of it, or something stands
    between them."""
    end = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        if member.header_offset != end:
            raise zipfile.BadZipFile("parts overlap, or have something between them")
        room.take("unpacked", member.file_size)
        content, end = _unpacked(file, member)
        if not member.is_dir():
            yield Part(member.filename, content)
        elif content:
            raise zipfile.BadZipFile("a folder is a file")
    if end != list_start:
        raise zipfile.BadZipFile("something stands behind the parts")


def _unpacked(file: Any, member: zipfile.ZipInfo) -> tuple[bytes, int]:
    """A part's content, and where the archive goes on behind it."""
    file.seek(member.header_offset)
    header = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    mark, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = header
    name = file.read(name_length)
    extra = file.read(extra_length)
    encoding = "utf-8" if flags & _IN_UTF_8 else "cp437"
    if mark != _LOCAL or name.decode(encoding) != member.orig_filename:
        raise zipfile.BadZipFile("a part has two names")
    if _NAMED_TWICE in (*_fields(extra), *_fields(member.extra)):
        raise zipfile.BadZipFile("a part has two names")
    if method != member.compress_type or flags & _LOCKED:
        raise zipfile.BadZipFile("a part is packed in two ways")
    said = [(packed, member.compress_size), (size, member.file_size), (crc, member.CRC)]
    unsaid = (_UNKNOWN_SIZE, 0) if flags & _LATER else (_UNKNOWN_SIZE,)
    if any(here not in (listed, *unsaid) for here, listed in said):
        raise zipfile.BadZipFile("a part has two sizes")
    raw = file.read(member.compress_size)
    content = _inflated(raw, member)
    if len(raw) != member.compress_size or len(content) != member.file_size:
        raise zipfile.BadZipFile("a part has another size")
    if zlib.crc32(content) != member.CRC:
        raise zipfile.BadZipFile("a part is damaged")
    return content, file.tell() + (_said_later(file, member) if flags & _LATER else 0)


def _said_later(file: Any, member: zipfile.ZipInfo) -> int:
    """How long what stands behind a part is (APPNOTE 4.3.9): its sum and sizes once more."""
    told = file.read(24)
    for mark in (b"PK\x07\x08", b""):
        for sizes in ("<LLL", "<LQQ"):
            values = (member.CRC, member.compress_size, member.file_size)
            said = mark + struct.pack(sizes, *values)
            if told.startswith(said):
                return len(said)
    raise zipfile.BadZipFile("a part is followed by something else")


def _fields(extra: bytes) -> Iterator[int]:
    """The kinds of the extra fields of a part."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        yield kind
        place += 4 + length


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


def _check_workbook(content: bytes, shown: str, room: Room, depth: int, name: str) -> None:
    """The workbook behind a chart is looked through as one that came alone."""
    if depth >= DEEPEST or kind_of_archive(io.BytesIO(content), shown, room, depth + 1) != "xlsx":
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
