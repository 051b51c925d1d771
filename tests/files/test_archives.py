"""Archives that say one thing and hold another, or are made to stop a server."""

import contextlib
import time
import tracemalloc
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import Refused
from tests.files import office_things as o
from tests.files.office_things import DAMAGED, LOCKED, MUCH, NAMES, cells, taken

PLAIN, HIDDEN = o.document(), o.document(more=o.EVIL)


def twice(first: str, second: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = o.io.BytesIO()
        with o.zipfile.ZipFile(made, "w") as file:
            for name, content in o.parts().items():
                file.writestr(name, content)
            file.writestr(first, "<a/>")
            file.writestr(second, "<b/>")
    return made.getvalue()


ARCHIVES = {
    "one name twice": (twice("word/a.xml", "word/a.xml"), NAMES),
    "names that differ in capitals": (twice("word/a.xml", "word/A.XML"), NAMES),
    "names that differ in escapes": (twice("word/a.xml", "word/%61.xml"), NAMES),
    "names that differ in dots": (twice("word/a.xml", "word/./a.xml"), NAMES),
    "up": (o.document(more={"../a.xml": "<a/>"}), NAMES),
    "up, escaped": (o.document(more={"word/%2e%2e/%2e%2e/a.xml": "<a/>"}), NAMES),
    "backslash": (o.document(more={"word\\a.xml": "<a/>"}), NAMES),
    "from the top": (o.document(more={"/etc/a.xml": "<a/>"}), NAMES),
    "drive": (o.document(more={"C:/a.xml": "<a/>"}), NAMES),
    "new line": (o.document(more={"word/a\n.xml": "<a/>"}), NAMES),
    "two kinds in one": (
        o.document(more={"mimetype": "application/vnd.oasis.opendocument.text"}),
        NAMES,
    ),
    "two folders": (o.document(more={"xl/workbook.xml": "<a/>"}), NAMES),
    "locked": (o.changed(PLAIN, o.LISTED, 8, b"\x01"), LOCKED),
    "locked where it stands": (o.changed(PLAIN, o.LOCAL, 6, b"\x01"), DAMAGED),
    "another name where it stands": (
        PLAIN.replace(b"word/document.xml", b"word/documenT.xml", 1),
        DAMAGED,
    ),
    "another size where it stands": (o.changed(PLAIN, o.LOCAL, 22, b"\x09"), DAMAGED),
    "another size in the list": (o.changed(PLAIN, o.LISTED, 24, b"\x09"), DAMAGED),
    "another sum": (o.changed(PLAIN, o.LOCAL, 14, b"abcd"), DAMAGED),
    "another packing": (o.changed(PLAIN, o.LOCAL, 8, b"\x00"), DAMAGED),
    "vast where it is small": (o.changed(PLAIN, o.LISTED, 24, b"\xf0\xff\xff\x7f"), MUCH),
    "small where it is vast": (
        o.changed(
            o.document(more={"word/a.xml": " " * 9_000_000}),
            o.LISTED,
            24,
            b"\x09\0\0\0",
            "word/a.xml",
        ),
        DAMAGED,
    ),
    "two at one place": (o.changed(PLAIN, o.LISTED, 42, b"\0\0\0\0", "word/document.xml"), MUCH),
    "unlisted part in front": (o.local_only("word/vbaProject.bin", b"x" * 40) + PLAIN, DAMAGED),
    "unlisted part behind": (o.stuffed(PLAIN, o.local_only("word/vbaProject.bin", b"x")), DAMAGED),
    "words in front": (b"PK\x03\x04" + PLAIN, DAMAGED),
    "two documents": (HIDDEN + PLAIN, DAMAGED),
    "two lists": (o.two_lists(PLAIN, HIDDEN), DAMAGED),
    "words behind": (PLAIN + b"<html><script>x</script>", DAMAGED),
    "a PDF behind": (PLAIN + b"%PDF-1.7\n", DAMAGED),
    "a remark": (o.with_end(PLAIN, remark=9) + b"%PDF-1.7\n", DAMAGED),
    "another count": (o.with_end(PLAIN, count=1), DAMAGED),
    "another start": (o.with_end(PLAIN, start=0), DAMAGED),
    "another length": (o.with_end(PLAIN, size=9), DAMAGED),
    "packed otherwise": (o.packed(o.parts(), o.zipfile.ZIP_LZMA), DAMAGED),
    "bad letters in a name": (
        PLAIN.replace(b"word/document.xml", b"word/doc\xff\xfe\xfdnt.xml"),
        NAMES,
    ),
    "bomb": (o.document(more={"word/a.xml": "<a>" + " " * 60_000_000 + "</a>"}), MUCH),
    "bomb in the workbook of a chart": (
        o.document(
            more={
                **o.CHARTED,
                "word/embeddings/Microsoft_Excel_Sheet1.xlsx": o.sheet(
                    more={"xl/a.xml": "<a>" + " " * 60_000_000 + "</a>"}
                ),
            }
        ),
        MUCH,
    ),
    "many": (o.packed({f"word/{n}.xml": "" for n in range(6000)}), MUCH),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_that_say_other_than_they_hold(name: str) -> None:
    content, why = ARCHIVES[name]
    with pytest.raises(Refused, match=why):
        taken(content)


HEAVY = {
    "elements": lambda: o.document("<w:r/>" * 6_000_000),
    "elements with words": lambda: o.document("<w:t>x</w:t><f/>" * 2_500_000),
    "in each other": lambda: o.document("<w:r>" * 500_000),
    "pieces of fields": lambda: o.document(o.mark("begin") + o.says(" ") * 400_000),
    "fields in each other": lambda: o.document((o.mark("begin") + o.says("IF ")) * 200_000),
    "attributes": lambda: o.document(
        "<w:r " + " ".join(f'q{n}:src="a"' for n in range(200_000)) + "/>"
    ),
    "one long word": lambda: o.document(o.field(o.says("A" * 9_000_000))),
    "many quotes": lambda: cells('"' * 5_000_001),
    "many links": lambda: cells('HYPERLINK("' * 700_000),
    "many bars": lambda: cells("|a" * 4_000_000),
    "list without end": lambda: o.packed({f"word/{n:07}.xml": "" for n in range(60_000)}),
    "nearly a bomb": lambda: o.packed(
        {**o.parts(), **{f"word/media/{n}.bmp": (b"%09d" % n) * 7_000_000 for n in range(3)}}
    ),
    "charts with workbooks": lambda: o.document(
        more={
            name.replace("1", str(n)): (
                content.replace("Sheet1", f"Sheet{n}")
                if isinstance(content, str)
                else o.sheet("<f>A</f>" * 900_000)
            )
            for n in range(8)
            for name, content in o.CHARTED.items()
        }
    ),
}


@pytest.mark.parametrize("name", HEAVY)
def test_no_document_takes_long_or_fills_the_memory(name: str) -> None:
    """Bounds far above what it takes, far below what looking without bounds takes."""
    content = HEAVY[name]()
    begun = time.process_time()
    with contextlib.suppress(Refused):
        taken(content)
    assert time.process_time() - begun < 10
    tracemalloc.start()
    try:
        if name in ("nearly a bomb", "list without end", "one long word"):
            with contextlib.suppress(Refused):
                taken(content)
            assert tracemalloc.get_traced_memory()[1] < 400 * 1024 * 1024
    finally:
        tracemalloc.stop()


@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=8))
def test_no_bytes_break_the_check(place: int, extra: bytes) -> None:
    for content in (
        PLAIN[:place] + extra + PLAIN[place:],
        PLAIN[:place] + extra + PLAIN[place + len(extra) :],
        PLAIN[:place],
    ):
        with contextlib.suppress(Refused):
            taken(content)
