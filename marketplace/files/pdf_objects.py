"""Every object of a PDF, with bounds on the work that reading them takes.

Programs differ in which objects they find when the tables of a file are broken, or were written
more than once. So all count: those that the tables name, those that stand packed in streams, and
those that no table names (an older version, or something that was hidden).
"""

import contextlib
import io
import re
import time
import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, LimitReachedError, PdfReadError, PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    StreamObject,
    TextStringObject,
    read_object,
)

from marketplace.files.pdf_streams import filters_of, predictor_of, unescaped, without_string

MOST_OBJECTS = 150_000
"""Dictionaries and lists in one file; a tagged report of 500 pages has about 60,000."""

MOST_UNPACKED = 32 * 1024 * 1024
"""Bytes of the objects that stand packed in streams, unpacked."""

MOST_OF_A_TABLE = 4 * 1024 * 1024
"""Bytes of a table of objects that stands in a stream, unpacked; 150,000 objects have a million."""

MOST_READ = 4
"""How often over the bytes of a file may be read, objects that overlap counted each time."""

MOST_REPAIRS = 50
"""Objects that do not stand where their table says."""

MOST_SECONDS = 6
"""However a file keeps within the other limits."""

DEEPEST = 60
"""Lists and dictionaries that stand in each other."""

DAMAGED = (
    PyPdfError,
    DependencyError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    AssertionError,
    NotImplementedError,
    OverflowError,
    RecursionError,
)
"""What pypdf raises for files that are cut off or made to break it."""

_BETWEEN = rb"(?:[\x00\t\n\x0c\r ]|%[^\r\n]{0,200}[\r\n])"
_MARKER = re.compile(
    rb"(?<!\d)(\d{1,10})" + _BETWEEN + rb"{1,20}(\d{1,5})" + _BETWEEN + rb"{1,20}obj(?![a-zA-Z])"
)
_SPACE = re.compile(_BETWEEN + rb"*")
_NUMBERS = re.compile(rb"\d+")
TELLING = re.compile(
    rb"/(?:[^\x00\t\n\x0c\r /<>\[\](){}%]*#[0-9a-fA-F]{2}|(?:AA|Title|OpenAction|Action|JS"
    rb"|JavaScript|ECMAScript|Launch|SubmitForm|ResetForm|ImportData|Rendition|Renditions|Movie"
    rb"|Sound|Screen|RichMedia\w*|GoTo\w*|Hide|SetOCGState|Trans|Thread|Named|URI|XFA|OPI|EF|F|FS"
    rb"|Ref|Filespec|FileSpec|EmbeddedFiles?|Collection|OnInstantiate|MediaClip|3D|U3D|PRC|PS"
    rb"|FileAttachment|Annot|Rect|Subtype2|ObjStm)(?![a-zA-Z0-9_.\-+*@!$&'^`~|=:;?\\\"#]))"
)
"""Names without which nothing that `marketplace.files.pdf_rules` looks for can be said, and names
that are written in another way (#4A)."""

_LOUD = re.compile(
    rb"/(?:JavaScript|JS|Launch|SubmitForm|ImportData|GoToR|GoToE|RichMedia\w*|EmbeddedFiles?|XFA"
    rb"|Rendition|OpenAction|AA)(?![\w#])"
)
_SAID = re.compile(
    rb"/((?:JavaScript|Launch|SubmitForm|ImportData|GoTo[REB]|RichMedia\w*|EmbeddedFiles?|XFA"
    rb"|Rendition|OpenAction|Filespec|URI|JS|AA)(?![\w#]))"
)
"""Names that must be found in what was read, as often as they stand in its bytes."""

_END = re.compile(rb"\bendobj\b|\bstream\r?\n")
_LONGEST_UNREAD = 4096


class TooMuch(Exception):
    """A limit of what is read of one file was reached."""


class BoundedReader(PdfReader):
    """pypdf's reader, which stops where it would read on without end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = MOST_READ * len(data) + MOST_UNPACKED
        self._room = MOST_UNPACKED
        self._repairs = MOST_REPAIRS
        self._until = time.monotonic() + MOST_SECONDS
        self._lock = -1
        self._streams: dict[int, tuple[bytes, dict[int, int]]] = {}
        super().__init__(io.BytesIO(data), strict=False)

    def get_object(self, indirect_reference: int | IndirectObject) -> Any:
        """An object that a table names; null for others, which pypdf would go through the whole
        file for, each time.

        Raises:
            TooMuch: a limit was reached.
        """
        number, generation = _numbers_of(indirect_reference)
        if generation == 0 and number in self.xref_objStm:
            return super().get_object(indirect_reference)
        place = self.xref.get(generation, {}).get(number)
        if place is None:
            return NullObject()
        if (generation, number) in self.resolved_objects:
            return super().get_object(indirect_reference)
        if not self._stands_at(place, number, generation):
            self._repairs -= 1
            if self._repairs < 0:
                raise TooMuch
        before = self.stream.tell()
        each = super().get_object(indirect_reference)
        self.spend(max(0, self.stream.tell() - place))
        self.stream.seek(before)
        return each

    def read_object_header(self, stream: Any) -> tuple[int, int]:
        """Called for each object, also where pypdf mends broken tables and swallows most errors."""
        if time.monotonic() > self._until:
            raise LimitReachedError("it takes too long")
        return super().read_object_header(stream)

    def _read_pdf15_xref_stream(self, stream: Any) -> Any:
        """A table that stands in a stream: looked at before it is unpacked.

        Raises: LimitReachedError: it is far longer than any, or packed so that it takes long.
        """
        before = stream.tell()
        stream.seek(-1, io.SEEK_CUR)
        self.read_object_header(stream)
        table = read_object(stream, self)
        packed = getattr(table, "_data", b"")
        if isinstance(table, StreamObject) and filters_of(table) not in ([], ["/FlateDecode"]):
            raise LimitReachedError("a table is packed in a way that takes long to unpack")
        unpacker = zlib.decompressobj()
        with contextlib.suppress(zlib.error):
            unpacker.decompress(packed, MOST_OF_A_TABLE)
        if len(packed) > MOST_OF_A_TABLE or unpacker.unconsumed_tail:
            raise LimitReachedError("a table is too long")
        stream.seek(before)
        return super()._read_pdf15_xref_stream(stream)

    def _stands_at(self, place: int, number: int, generation: int) -> bool:
        marker = _MARKER.match(self._data, self.start_of(place))
        return marker is not None and (int(marker[1]), int(marker[2])) == (number, generation)

    def start_of(self, place: int) -> int:
        """The first byte from `place` on that is no space."""
        return _start_of(self._data, place)

    def spend(self, read: int) -> None:
        self._left -= read + 1
        if self._left < 0 or time.monotonic() > self._until:
            raise TooMuch

    def _get_object_from_stream(self, indirect_reference: IndirectObject) -> Any:
        """One object of a stream; pypdf would read all that stand in it."""
        number, _ = self.xref_objStm[indirect_reference.idnum]
        if number not in self._streams:
            self._streams[number] = (b"", {})  # one that stands in itself has nothing
            self._streams[number] = self._unpacked(self.get_object(IndirectObject(number, 0, self)))
        content, places = self._streams[number]
        place = places.get(indirect_reference.idnum)
        each = NullObject() if place is None else self._read(content, place)[0]
        self.cache_indirect_object(0, indirect_reference.idnum, each)
        return each

    def _unpacked(self, stream: Any) -> tuple[bytes, dict[int, int]]:
        """What stands packed in a stream (ISO 32000-2, 7.5.7): its bytes, number → place.

        Raises: TooMuch: a limit was reached. One of DAMAGED: it holds other than it says.
        """
        if not isinstance(stream, StreamObject):
            raise PdfReadError("no stream where objects should stand packed")
        if filters_of(stream) not in ([], ["/FlateDecode"]) or predictor_of(stream) > 1:
            raise PdfReadError("objects stand packed in a way that takes long to unpack")
        content = stream.get_data()
        self._room -= len(content)
        if self._room < 0:
            raise TooMuch
        first, count = int(str(stream["/First"])), int(str(stream["/N"]))
        numbers = [int(number) for number in _NUMBERS.findall(content[:first])]
        if not 0 <= count <= len(numbers) // 2:
            raise PdfReadError("objects in a stream are other than it says")
        places = [first + offset for offset in numbers[1::2]]
        return content, dict(zip(numbers[::2], places, strict=False))

    def _read(self, content: bytes, place: int) -> tuple[Any, int]:
        """The object at a place, and where it ends."""
        self.spend(0)
        opened = io.BytesIO(content)
        place = _start_of(content, place)
        opened.seek(place)
        each = read_object(opened, self)
        self.spend(opened.tell() - place)
        return each, opened.tell()

    def telling_objects(self) -> Iterator[Any]:
        """The trailer, and every object that holds a word which `TELLING` lists.

        Reading all of a tagged report takes ten seconds, and nearly none of it says anything of
        actions or files. So an object is read where such a word stands in its bytes; if one does
        not stand where an object was read, as when objects overlap, all are read.

        Raises:
            TooMuch: a limit was reached.
            One of DAMAGED: something could not be read that programs might read.
        """
        yield self.trailer
        lock = self.trailer.get("/Encrypt") and self.trailer.raw_get("/Encrypt")
        self._lock = lock.idnum if isinstance(lock, IndirectObject) else -1
        markers = {marker.start(): marker for marker in _MARKER.finditer(self._data)}
        if len(markers) > MOST_OBJECTS:
            raise TooMuch
        named = self._named_places()
        for place, reference in named.items():
            if place not in markers:
                yield from self._with_packed(self.get_object(reference))
        # Programs unpack what a table says is packed, whatever it is called.
        for number in sorted({number for number, _ in self.xref_objStm.values()}):
            yield from self._packed_in(self.get_object(number))
        found: list[Any] = []

        def read(place: int) -> int:
            marker = markers[place]
            each, end = self._at(marker, named.get(place))
            found.extend(self._with_packed(each))
            return end

        all_read = _read_telling(self._data, sorted(markers), read)
        yield from found
        if not all_read:
            for place in markers:
                found.clear()
                read(place)
                yield from found

    def _named_places(self) -> dict[int, IndirectObject]:
        """Where the tables say that objects stand."""
        return {
            self.start_of(place): IndirectObject(number, generation, self)
            for generation, table in self.xref.items()
            for number, place in table.items()
            if generation != 65535 and not self.xref_free_entry.get(generation, {}).get(number)
        }

    def _with_packed(self, each: Any) -> Iterator[Any]:
        """An object, and those packed in it that tell something."""
        yield each
        if isinstance(each, StreamObject) and each.get("/Type") == "/ObjStm":
            yield from self._packed_in(each)

    def _packed_in(self, each: Any) -> Iterator[Any]:
        content, places = self._unpacked(each)
        found: list[Any] = []
        starts = sorted({_start_of(content, place) for place in places.values()})

        def read(place: int) -> int:
            inner, end = self._read(content, place)
            following = bisect_right(starts, place)
            limit = starts[following] if following < len(starts) else len(content)
            self._require_all_read(inner, content[place:limit])
            found.append(inner)
            return end if isinstance(inner, DictionaryObject | ArrayObject) else place

        if starts and not _read_telling(content, starts, read):
            found.clear()
            for place in starts:
                read(place)
        yield from found

    def _at(self, marker: re.Match[bytes], reference: IndirectObject | None) -> tuple[Any, int]:
        """The object behind “12 0 obj”, and where it ends; null for what is none, as bytes of a
        picture may look so."""
        number, generation = int(marker[1]), int(marker[2])
        is_named = bool(reference) and _numbers_of(reference or 0) == (number, generation)
        try:
            each, end = self._read(self._data, marker.end())
            ending = _END.search(self._data, marker.end())
            until = ending.start() if ending else len(self._data)
            self._require_all_read(each, self._data[marker.end() : until])
            if self._encryption is not None and number != self._lock:
                each = self._encryption.decrypt_object(each, number, generation)
        except LimitReachedError:
            raise
        except DAMAGED:
            if is_named or self._is_loud(marker.end()):
                raise
            return NullObject(), marker.start()
        is_container = isinstance(each, DictionaryObject | ArrayObject)
        return each, end if is_container else marker.start()

    def _require_all_read(self, each: Any, text: bytes) -> None:
        """Programs differ in which value they take where a key stands twice, and in where they
        go on behind what is broken.

        Raises: PdfReadError: something stands in the bytes that was not read.
        """
        self.spend(len(text))
        is_telling = _SAID.search(unescaped(text))
        if not is_telling or not isinstance(each, DictionaryObject | ArrayObject):
            return
        read: Counter[bytes] = Counter()
        for value in _keys_and_values(each):
            if isinstance(value, NameObject):
                read[value[1:].encode("latin-1", "replace")] += 1
            elif isinstance(value, TextStringObject) and _SAID.search(
                unescaped(value.original_bytes)
            ):
                self.spend(len(text))
                text = without_string(text, value.original_bytes)
        said = Counter(_SAID.findall(unescaped(text)))
        is_short = 2 if self._encryption is not None else 0  # its texts are any bytes
        if any(len(n) > is_short and count > read[n] for n, count in said.items()):
            raise PdfReadError("something is said twice")

    def _is_loud(self, place: int) -> bool:
        """Whether what can't be read there says something that programs might act on."""
        ending = _END.search(self._data, place, place + _LONGEST_UNREAD)
        text = self._data[place : ending.start() if ending else place + _LONGEST_UNREAD]
        return bool(_LOUD.search(unescaped(text)))


def _read_telling(content: bytes, starts: list[int], read: Callable[[int], int]) -> bool:
    """Read the objects in whose bytes a telling word stands.

    Args:
        starts: where objects start, in order.
        read: reads the one at a start; returns where it ends.

    Returns:
        Whether each telling word stood in the object that was read for it.
    """
    end = -1
    for word in TELLING.finditer(content):
        if word.start() < end:
            continue
        index = bisect_right(starts, word.start()) - 1
        if index < 0:
            continue  # before the first object: no program reads that
        end = read(starts[index])
        if word.start() >= end:
            return False
    return True


def containers(each: Any, depth: int = 0) -> Iterator[Any]:
    """An object, if it is a dictionary or list, and those that stand in it directly.

    Raises:
        TooMuch: they stand in each other too deeply.
    """
    if depth > DEEPEST:
        raise TooMuch
    if isinstance(each, DictionaryObject):
        yield each
        items: Any = (each.raw_get(key) for key in each)
    elif isinstance(each, ArrayObject):
        yield each
        items = list.__iter__(each)
    else:
        return
    for item in items:
        if isinstance(item, DictionaryObject | ArrayObject):
            yield from containers(item, depth + 1)


def _keys_and_values(each: Any) -> Iterator[Any]:
    for part in containers(each):
        if isinstance(part, DictionaryObject):
            yield from part
            yield from (part.raw_get(key) for key in part)
        else:
            yield from list.__iter__(part)


def _numbers_of(reference: int | IndirectObject) -> tuple[int, int]:
    return (reference, 0) if isinstance(reference, int) else (reference.idnum, reference.generation)


def _start_of(content: bytes, place: int) -> int:
    space = _SPACE.match(content, place)
    return space.end() if space else place
