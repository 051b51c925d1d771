"""Word, Excel, PowerPoint and OpenDocument files to try the door with, made part by part."""

import io
import struct
import zipfile
import zlib
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as Drawn
from openpyxl.formatting.rule import CellIsRule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from marketplace.files import check_file
from tests.pitches.samples import PNG

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument"
SPACES = (
    f'xmlns:w="{WORD}" xmlns:r="{OFFICE}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:q="urn:example:ignored" mc:Ignorable="q"'
)
Parts = dict[str, Any]


def packed(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


def types(*overrides: str, kind: str = "wordprocessingml.document", main: str = "") -> str:
    main = main or f"{TYPE}.{kind}.main+xml"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/>'
        + "".join(overrides)
        + "</Types>"
    )


def relations(*each: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(each)}</Relationships>'


def relation(kind: str, target: str, mode: str = "", of: str = OFFICE, more: str = "") -> str:
    how = f' TargetMode="{mode}"' if mode else ""
    return f'<Relationship Id="r9" Type="{of}/{kind}" Target="{target}"{how}{more}/>'


def outside(kind: str, target: str, **more: str) -> str:
    return relation(kind, target, "External", **more)


def body(content: str, more: str = "") -> str:
    return f"<w:document {SPACES} {more}><w:body>{content}</w:body></w:document>"


def paragraph(content: str) -> str:
    return f"<w:p>{content}</w:p>"


def run(content: str) -> str:
    return f"<w:r><w:rPr><w:b/></w:rPr>{content}</w:r>"


def mark(kind: str) -> str:
    return run(f'<w:fldChar w:fldCharType="{kind}"/>')


def says(text: str) -> str:
    return run(f'<w:instrText xml:space="preserve">{text}</w:instrText>')


def field(*inside: str) -> str:
    shown = run("<w:t>1</w:t>")
    return paragraph(mark("begin") + "".join(inside) + mark("separate") + shown + mark("end"))


def parts(content: str = "", *rels: str, **more: Any) -> Parts:
    """Of a Word document; `more` by a name whose "__" stands for "/" and "_dot_" for "."."""
    found: Parts = {
        "[Content_Types].xml": types(),
        "_rels/.rels": relations(relation("officeDocument", "word/document.xml")),
        "word/document.xml": body(content or paragraph(run("<w:t>Words.</w:t>"))),
        "word/_rels/document.xml.rels": relations(*rels),
    }
    return {
        **found,
        **{name.replace("__", "/").replace("_dot_", "."): v for name, v in more.items()},
    }


def document(content: str = "", *rels: str, more: Parts | None = None) -> bytes:
    return packed({**parts(content, *rels), **(more or {})})


def sheet(cells: str = "", more: Parts | None = None, around: str = "") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return packed(
        {
            "[Content_Types].xml": types(kind="spreadsheetml.sheet"),
            "_rels/.rels": relations(relation("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{OFFICE}"><sheets>'
            f'<sheet name="A" sheetId="1" r:id="r1"/></sheets>{around}</workbook>',
            "xl/_rels/workbook.xml.rels": relations(relation("worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}" xmlns:q="urn:x"><sheetData>'
            f'<row r="1"><c r="A1">{cells}</c></row></sheetData></worksheet>',
            **(more or {}),
        }
    )


def slides(content: str = "", *rels: str, more: Parts | None = None) -> bytes:
    main = "http://schemas.openxmlformats.org/presentationml/2006/main"
    draw = "http://schemas.openxmlformats.org/drawingml/2006/main"
    return packed(
        {
            "[Content_Types].xml": types(kind="presentationml.presentation"),
            "_rels/.rels": relations(relation("officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{main}" xmlns:r="{OFFICE}">'
            '<p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>',
            "ppt/slides/slide1.xml": f'<p:sld xmlns:p="{main}" xmlns:a="{draw}" '
            f'xmlns:r="{OFFICE}"><p:cSld>{content}</p:cSld></p:sld>',
            "ppt/slides/_rels/slide1.xml.rels": relations(*rels),
            **(more or {}),
        }
    )


OPEN = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" '
    'xmlns:form="urn:oasis:names:tc:opendocument:xmlns:form:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"'
)


def open_text(content: str = "<text:p>Words.</text:p>", kind: str = "text", **more: Any) -> bytes:
    return packed(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {OPEN}><office:body>{content}</office:body>"
            "</office:document-content>",
            "META-INF/manifest.xml": "<manifest/>",
            **more,
        },
        zipfile.ZIP_STORED,
    )


def workbook() -> bytes:
    """As people make them: a chart, a picture, links, names, notes, rules, a table."""
    book = openpyxl.Workbook()
    page = book.active
    for row in (["Year", "Cost"], [2025, 100], [2026, 250], [2027, 300]):
        page.append(row)
    page["D1"] = '=A2&"|"&B2'
    page["D2"] = '=IF(B2>10,"CALL (0121) 496 0000","LINK | x")'
    page["D3"] = '=HYPERLINK("https://example.org/a?b=c","See")'
    page["D4"] = '=HYPERLINK("#Sheet!A1","Up")'
    page["D5"] = "=SUM('Sheet'!B2:B4)/COUNT(B2:B4)"
    page["E1"].hyperlink = "https://example.org/"
    page["E2"].hyperlink = "mailto:a@example.org"
    page["E3"].hyperlink = "#Sheet!A1"
    page["F1"].comment = Comment("A remark", "Somebody")
    chart = BarChart()
    chart.add_data(Reference(page, min_col=2, min_row=1, max_row=4), titles_from_data=True)
    page.add_chart(chart, "H2")
    page.add_image(Drawn(io.BytesIO(PNG)), "H20")
    page.conditional_formatting.add("B2:B4", CellIsRule(operator="greaterThan", formula=["100"]))
    check = DataValidation(type="list", formula1='"Yes,No"')
    page.add_data_validation(check)
    check.add("C2")
    page.add_table(Table(displayName="Costs", ref="A1:B4"))
    book.defined_names["Total"] = DefinedName("Total", attr_text="Sheet!$B$2:$B$4")
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


CHARTED = {
    "word/charts/chart1.xml": "<c:chartSpace xmlns:c='urn:c'><c:f>Sheet1!$A$1</c:f></c:chartSpace>",
    "word/charts/_rels/chart1.xml.rels": relations(
        relation("package", "../embeddings/Microsoft_Excel_Sheet1.xlsx")
    ),
    "word/embeddings/Microsoft_Excel_Sheet1.xlsx": workbook(),
}
"""A chart, with the workbook behind it."""


# --- Archives that say one thing and hold another ---------------------------------------------

LOCAL, LISTED, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
EVIL = {"word/vbaProject.bin": b"x" * 40}


def changed(content: bytes, mark: bytes, at: int, value: bytes, name: str = "") -> bytes:
    """With other bytes at a place of the header, behind `mark`, of the part with a name."""
    offset = {LOCAL: 30, LISTED: 46}.get(mark, 0)
    place = content.find(mark)
    while name and content[place + offset : place + offset + len(name)] != name.encode():
        place = content.index(mark, place + 1)
    return content[: place + at] + value + content[place + at + len(value) :]


def two_lists(seen: bytes, hidden: bytes) -> bytes:
    """One document for a program that goes by the place that the end names, and another for one
    that reads the list which stands before the end."""
    return hidden[: hidden.rindex(END)] + seen[:-22] + hidden[hidden.rindex(END) :]


def with_end(content: bytes, **values: int) -> bytes:
    """With other numbers in its end: `count`, `size`, `start`."""
    end = content.rindex(END)
    layout = {"count": (10, "<H"), "size": (12, "<L"), "start": (16, "<L"), "remark": (20, "<H")}
    made = bytearray(content)
    for name, value in values.items():
        place, form = layout[name]
        struct.pack_into(form, made, end + place, value)
    return bytes(made)


def stuffed(content: bytes, extra: bytes) -> bytes:
    """With bytes between the parts and their list, to which the end points rightly."""
    start = struct.unpack_from("<L", content, content.rindex(END) + 16)[0]
    return with_end(content[:start] + extra + content[start:], start=start + len(extra))


def local_only(name: str, data: bytes) -> bytes:
    """A part that no list names."""
    head = struct.pack(
        "<4s5H3L2H", LOCAL, 20, 0, 0, 0, 0, zlib.crc32(data), len(data), len(data), len(name), 0
    )
    return head + name.encode() + data


def streamed(parts: Parts) -> bytes:
    """As programs write that can't go back: sizes stand behind each part."""

    class OneWay(io.RawIOBase):
        def __init__(self) -> None:
            self.made = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.made += bytes(data)
            return len(data)

    out = OneWay()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:  # type: ignore[call-overload]
        for name, content in parts.items():
            file.writestr(name, content)
    return bytes(out.made)


# --- What is said of what is not taken ---------------------------------------------------------

MACROS, INSIDE, FETCHES = "has macros", "inside", "fetches something"
LEADS, DAMAGED, NAMES, MUCH = "has a link to", "is damaged", "under names", "far more|too much"
LOCKED, OTHER = "is locked", "not a file that we take"
DDE = "DDEAUTO c:\\\\windows\\\\cmd.exe"
BRANCH = "<mc:AlternateContent><mc:Choice Requires='q'>{}</mc:Choice></mc:AlternateContent>"


def cells(text: str) -> bytes:
    return sheet(f"<f>{text}</f>")


def taken(content: bytes) -> bool:
    return bool(check_file(SimpleUploadedFile("plan.docx", content)).content_type)
