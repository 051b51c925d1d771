"""PDF files to try the door with, written by hand where a program would not write them."""

import io
import zlib
from collections.abc import Callable
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

Change = Callable[[PdfWriter], Any]
RECT = ArrayObject([NumberObject(0), NumberObject(0), NumberObject(9), NumberObject(9)])
UNC = "\\\\host.example\\share\\x.pdf"
LAST_PAGE = ArrayObject([NumberObject(0), NameObject("/Fit")])


def named(text: str) -> NameObject:
    return NameObject(f"/{text}")


def text(content: str) -> TextStringObject:
    return TextStringObject(content)


def things(**values: Any) -> DictionaryObject:
    return DictionaryObject({named(key): value for key, value in values.items()})


def action(kind: str, **more: Any) -> DictionaryObject:
    return things(S=named(kind), **more)


SCRIPT = action("JavaScript", JS=text("app.alert(1)"))


def written(change: Change | None = None, **encryption: str) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if change:
        change(writer)
    if encryption:
        writer.encrypt(**encryption)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def opening(act: Any) -> Change:
    return lambda writer: writer._root_object.__setitem__(
        named("OpenAction"), writer._add_object(act)
    )


def in_root(**values: Any) -> Change:
    return lambda writer: writer._root_object.update(things(**values))


def on_page(**values: Any) -> Change:
    return lambda writer: writer.pages[0].update(things(**values))


def remark(kind: str, **more: Any) -> Change:
    each = things(Type=named("Annot"), Subtype=named(kind), Rect=RECT, **more)
    return on_page(Annots=ArrayObject([each]))


def link(act: Any) -> Change:
    return remark("Link", A=act)


def outline(act: Any) -> Change:
    def change(writer: PdfWriter) -> None:
        item = writer._add_object(things(Title=text("One"), A=act))
        root = writer._add_object(things(First=item, Last=item, Count=NumberObject(1)))
        writer._root_object[named("Outlines")] = root

    return change


def behind_decoys(many: int, hidden: DictionaryObject) -> Change:
    """A script that comes after many objects that say nothing."""

    def change(writer: PdfWriter) -> None:
        decoys = [writer._add_object(things(X=NumberObject(n))) for n in range(many)]
        writer._root_object[named("Decoys")] = ArrayObject(decoys)
        tree = things(Names=ArrayObject([text("a"), hidden]))
        writer._root_object[named("Names")] = things(JavaScript=writer._add_object(tree))

    return change


def stream(content: bytes = b"x", **values: Any) -> DecodedStreamObject:
    made = DecodedStreamObject()
    made.set_data(content)
    made.update(things(**values))
    return made


def with_stream(content: bytes = b"x", **values: Any) -> Change:
    return lambda writer: writer.pages[0].__setitem__(
        named("Thing"), writer._add_object(stream(content, **values))
    )


PLAIN = written()


def spliced(extra: bytes) -> bytes:
    """Bytes put behind the first object; no table names what stands in them."""
    return PLAIN.replace(b"endobj", b"endobj\n" + extra, 1)


def appended(extra: bytes) -> bytes:
    """Bytes put behind the tables, as an update would be."""
    return PLAIN + b"\n" + extra


def by_hand(*objects: bytes) -> bytes:
    """A file of these objects, numbered from 1, with a right table; the first is the catalog."""
    made = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        start,
    )
    return bytes(made)


CATALOG = b"<< /Type /Catalog /Pages 2 0 R %b >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] %b >>"


def of_hand(catalog: bytes = b"", page: bytes = b"", *more: bytes) -> bytes:
    return by_hand(CATALOG % catalog, PAGES, PAGE % page, *more)


def packed(content: bytes, count: int, first: int) -> bytes:
    """A stream in which objects stand packed."""
    return b"<< /Type /ObjStm /N %d /First %d /Length %d >>\nstream\n%b\nendstream" % (
        count,
        first,
        len(content),
        content,
    )


def by_table(inside: dict[int, bytes], called: bytes, page: bytes = b"") -> bytes:
    """A file whose table is a stream, and says which objects stand packed in another.

    Args:
        inside: number → object, from 4 on.
        called: what that other stream says that it is.
    """
    made = bytearray(b"%PDF-1.7\n")
    rows = [b"\0" * 6]
    for number, content in enumerate([CATALOG % b"", PAGES, PAGE % page], start=1):
        rows.append(b"\1" + len(made).to_bytes(4, "big") + b"\0")
        made += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    holder = 4 + len(inside)
    rows += [b"\2" + holder.to_bytes(4, "big") + bytes([n]) for n in range(len(inside))]
    head = text_of = b""
    for number, content in inside.items():
        head += b"%d %d " % (number, len(text_of))
        text_of += content + b" "
    told = b"%b /N %d /First %d" % (called, len(inside), len(head))
    for number, given, data in (
        (holder, told, head + text_of),
        (holder + 1, b"/Type /XRef /Size %d /W [1 4 1] /Root 1 0 R" % (holder + 2), b""),
    ):
        start = len(made)
        rows.append(b"\1" + start.to_bytes(4, "big") + b"\0")
        made += b"%d 0 obj\n%b\nendobj\n" % (number, filled(data or b"".join(rows), given))
    return bytes(made) + b"startxref\n%d\n%%%%EOF" % start


def filled(data: bytes, given: bytes, filters: bytes = b"/FlateDecode", more: bytes = b"") -> bytes:
    """A stream, packed at least once with zlib."""
    content = zlib.compress(data, 9)
    return b"<< %b /Filter %b %b /Length %d >>\nstream\n%b\nendstream" % (
        *(given, filters, more, len(content)),
        content,
    )


def with_table(data: bytes, more: bytes = b"", filters: bytes = b"/FlateDecode") -> bytes:
    """A file with a table that stands in a stream behind it."""
    given = b"/Type /XRef /Size 10 /W [1 4 1] /Root 1 0 R"
    table = b"9 0 obj\n%b\nendobj\n" % filled(data, given, filters, more)
    return PLAIN + b"\n" + table + b"startxref\n%d\n%%%%EOF" % (len(PLAIN) + 1)


HIDDEN_SCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"
