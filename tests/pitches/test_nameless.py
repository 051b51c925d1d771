"""Documents lose what programs wrote into them about their author, and nothing that one reads."""

import contextlib
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)

from marketplace.documents import make_pdf
from marketplace.errors import Refused
from marketplace.files import CONTENT_TYPES, check_file
from marketplace.files.nameless import CLEANED_TYPES, nameless
from marketplace.files.pictures_inside import without_description
from tests.pitches import samples
from tests.pitches.test_files import upload

WHO = "Quillon Quayle"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def cleaned(content: bytes) -> bytes:
    return nameless(io.BytesIO(content))


def inside(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def photo(form: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x013B] = WHO
    return samples.picture(form, exif=exif)


def word(**more: Any) -> bytes:
    """A document with its author everywhere that Word puts one."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document {W}><w:body><w:p>'
        f'<w:ins w:id="1" w:author="{WHO}" w:date="2026-01-01T00:00:00Z"><w:r><w:t>We put sensors '
        f"in, w:author=\"{WHO[:3]}\" is a word</w:t></w:r></w:ins><w:del w:author='{WHO}'/></w:p>"
        "</w:body></w:document>"
    )
    return samples.archive(
        **{
            "[Content_Types].xml": '<Types><Override PartName="/docProps/core.xml" ContentType="a"'
            '/><Override PartName="/word/document.xml" ContentType="b"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" '
            f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/><Relationship Id="r2" '
            f'Type="{OFFICE}/core" Target="docProps/core.xml"/></Relationships>',
            "docProps/core.xml": f"<a><creator>{WHO}</creator></a>",
            "docProps/app.xml": f"<a><Company>{WHO}</Company></a>",
            "docProps/custom.xml": f"<a>{WHO}</a>",
            "docProps/thumbnail.jpeg": photo(),
            "word/document.xml": body,
            "word/comments.xml": f'<w:comments {W}><w:comment w:id="0" w:author="{WHO}" '
            f'w:initials="QQ"><w:p><w:r><w:t>A remark</w:t></w:r></w:p></w:comment></w:comments>',
            "word/people.xml": f'<w15:people xmlns:w15="p"><w15:person w15:author="{WHO}">'
            f'<w15:presenceInfo w15:providerId="AD" w15:userId="S::{WHO}"/></w15:person>'
            "</w15:people>",
            "word/_rels/settings.xml.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship '
            f'Id="r1" Target="file:///C:\\Users\\{WHO}\\a.dotx" TargetMode="External"/>'
            '<Relationship Id="r2" Target="https://example.org/" TargetMode="External"/>'
            "</Relationships>",
            "word/media/image1.jpeg": photo(),
            "word/media/image2.png": photo("PNG"),
            "customXml/item1.xml": '<p:properties xmlns:p="http://schemas.microsoft.com/office/2006'
            f'/metadata/properties">{WHO}</p:properties>',
            "docMetadata/LabelInfo.xml": f"<a>{WHO}</a>",
            **more,
        }
    )


def workbook() -> bytes:
    book, made = openpyxl.Workbook(), io.BytesIO()
    book.properties.creator = WHO
    book.active["A1"] = "We put sensors in"
    book.active["A1"].comment = Comment("A remark", WHO)
    book.save(made)
    return made.getvalue()


def slides() -> bytes:
    return samples.office(
        "ppt",
        **{
            "docProps/core.xml": WHO,
            "ppt/commentAuthors.xml": f'<p:l xmlns:p="p"><p:cmAuthor id="0" name="{WHO}" '
            'initials="QQ"/></p:l>',
            "ppt/authors.xml": f'<p:l xmlns:p="p"><p:author name="{WHO}" userId="{WHO}" '
            f'providerId="AD"/></p:l>',
            "ppt/slides/slide1.xml": '<p:s xmlns:p="p" name="A shape">We put sensors in</p:s>',
            "ppt/changesInfos/changesInfo1.xml": f'<c name="{WHO}"/>',
        },
    )


def writer_text() -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    return samples.archive(
        **{
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<o:d xmlns:o="{office}" xmlns:dc="dc" xmlns:meta="m"><o:annotation>'
            f"<dc:creator>{WHO}</dc:creator><meta:creator-initials>{WHO}</meta:creator-initials>"
            "</o:annotation>We put sensors in</o:d>",
            "meta.xml": f"<a><creator>{WHO}</creator></a>",
            "settings.xml": '<c xmlns:config="c"><config:config-item config:name="PrinterName" '
            f'config:type="string">{WHO}</config:config-item></c>',
            "Thumbnails/thumbnail.png": photo("PNG"),
            "META-INF/manifest.xml": '<manifest:m xmlns:manifest="m"><manifest:file-entry '
            'manifest:full-path="Thumbnails/thumbnail.png"/><manifest:file-entry '
            'manifest:full-path="content.xml"/></manifest:m>',
        }
    )


def stream(content: bytes, **keys: str) -> DecodedStreamObject:
    made = DecodedStreamObject()
    made.set_data(content)
    for key, value in keys.items():
        made[NameObject(f"/{key}")] = NameObject(f"/{value}")
    return made


def paper(*, leads: bool = True, **encryption: str) -> bytes:
    """A PDF with its author everywhere that programs put one; `leads`: in a file's path too."""
    made = make_pdf(
        "answers",
        {
            "title": "T",
            "subtitle": "",
            "note": "",
            "facts": [],
            "parts": [{"label": "Q", "text": "We put sensors in"}],
        },
    )
    writer = PdfWriter(clone_from=io.BytesIO(made))
    writer.add_metadata({"/Author": WHO, "/Company": WHO, "/Producer": WHO})
    packet = f"<x:xmpmeta>{WHO}</x:xmpmeta>".encode()
    root, page = writer.root_object, writer.pages[0]
    for place in (root, page):
        place[NameObject("/Metadata")] = writer._add_object(stream(packet, Type="Metadata"))
        place[NameObject("/PieceInfo")] = DictionaryObject(
            {NameObject("/Program"): TextStringObject(WHO)}
        )
    remark = FreeText(text="A remark", rect=(50, 50, 200, 90))
    remark[NameObject("/T")] = TextStringObject(WHO)
    writer.add_annotation(0, remark)
    page[NameObject("/Picture")] = writer._add_object(stream(photo(), Filter="DCTDecode"))
    elsewhere = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Filespec"),
            NameObject("/F"): TextStringObject(f"C:/{WHO}/x.pdf"),
            NameObject("/EF"): ArrayObject([FloatObject(1)]),
        }
    )
    if leads:
        page[NameObject("/Elsewhere")] = elsewhere
    if encryption:
        writer.encrypt(**encryption)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


OFFICE_FILES: dict[str, Callable[[], bytes]] = {
    "docx": word,
    "xlsx": workbook,
    "pptx": slides,
    "odt": writer_text,
}


@pytest.mark.parametrize("kind", OFFICE_FILES)
def test_no_part_of_an_office_file_names_its_author(kind: str) -> None:
    before, after = inside(OFFICE_FILES[kind]()), inside(cleaned(OFFICE_FILES[kind]()))
    assert any(WHO.encode() in part for part in before.values())
    assert [name for name, part in after.items() if WHO.encode() in part] == []
    assert "We put sensors in" in b" ".join(after.values()).decode("utf-8", "replace")
    for name, part in after.items():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(part)


@pytest.mark.parametrize("kind", OFFICE_FILES)
def test_what_is_cleaned_is_still_taken_and_stays_as_it_is(kind: str) -> None:
    once = cleaned(OFFICE_FILES[kind]())
    assert check_file(upload(once)).content_type == CONTENT_TYPES[kind]
    assert cleaned(once) == once


def test_what_a_person_reads_stays_to_the_letter() -> None:
    parts = inside(cleaned(word()))
    assert b'w:author="Qui" is a word' in parts["word/document.xml"]
    assert b"A remark" in parts["word/comments.xml"]
    assert b"https://example.org/" in parts["word/_rels/settings.xml.rels"]


def test_one_person_is_one_author_throughout() -> None:
    parts = inside(cleaned(word()))
    assert b'w:author="Author 1"' in parts["word/comments.xml"]
    assert b'w:author="Author 1"' in parts["word/document.xml"]
    assert b'w15:author="Author 1"' in parts["word/people.xml"]


def test_what_is_gone_is_not_named_any_more() -> None:
    parts = inside(cleaned(word()))
    assert not [name for name in parts if name.startswith(("docProps", "docMetadata"))]
    assert b"docProps" not in parts["_rels/.rels"] + parts["[Content_Types].xml"]
    assert b"word/document.xml" in parts["_rels/.rels"] + parts["[Content_Types].xml"]


def test_a_workbook_opens_in_a_reader_of_its_own() -> None:
    book = openpyxl.load_workbook(io.BytesIO(cleaned(workbook())))
    assert book.active["A1"].value == "We put sensors in"
    assert book.active["A1"].comment.author == "Author 1"


def test_documents_inside_are_cleaned_too() -> None:
    whole = word(**{"word/embeddings/a.xlsx": workbook()})
    assert WHO.encode() not in b"".join(
        inside(inside(cleaned(whole))["word/embeddings/a.xlsx"]).values()
    )


def test_parts_in_utf_16_are_read() -> None:
    text = f'<?xml version="1.0" encoding="UTF-16"?><w:a {W} w:author="{WHO}">ẽ</w:a>'
    part = inside(cleaned(word(**{"word/document.xml": text.encode("utf-16")})))[
        "word/document.xml"
    ]
    assert ElementTree.fromstring(part).text == "ẽ" and WHO.encode() not in part


NESTED = word()
for _ in range(4):
    NESTED = word(**{"word/embeddings/a.docx": NESTED})


@pytest.mark.parametrize(
    "content",
    [
        word(**{"word/embeddings/ole.bin": b"\xd0\xcf\x11\xe0" + b"x" * 600}),
        word(**{"word/media/scan.tiff": b"II*\x00" + b"x" * 60}),
        word(**{"ppt/media/film.mp4": b"\0\0\0\x18ftypmp42"}),
        NESTED,
        samples.BOMB,
        samples.office("word")[:60],
        b"%PDF-1.7\n1 0 obj\nno more than that",
        samples.pdf(user_password="x", algorithm="AES-256"),
        b"words",
    ],
    ids=["ole", "tiff", "film", "nested", "bomb", "cut", "damaged", "locked", "words"],
)
def test_what_can_not_be_cleaned_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        cleaned(content)


@given(st.binary(max_size=200), st.sampled_from([b"%PDF-1.7\n1 0 obj", b"PK\x03\x04", b""]))
def test_no_content_breaks_it_otherwise(tail: bytes, head: bytes) -> None:
    with contextlib.suppress(Refused):
        assert isinstance(cleaned(head + tail), bytes)


@pytest.mark.parametrize(
    "encryption", [{}, {"user_password": "", "owner_password": "x", "algorithm": "AES-256"}]
)
def test_no_object_of_a_pdf_names_its_author(encryption: dict[str, str]) -> None:
    before, made = paper(**encryption), cleaned(paper(**encryption))
    reader = PdfReader(io.BytesIO(made))
    assert not reader.is_encrypted and reader.metadata is None and reader.xmp_metadata is None
    whole = PdfWriter(clone_from=reader)
    shown = b"".join(repr(each).encode() for each in whole._objects) + made
    assert WHO.encode() not in shown and b"/PieceInfo" not in shown and b"/EF" not in shown
    said = [page.extract_text() for page in PdfReader(io.BytesIO(before)).pages]
    assert [page.extract_text() for page in reader.pages] == said
    assert [each.get_object()["/Contents"] for each in reader.pages[0]["/Annots"]] == ["A remark"]
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    check_file(upload(cleaned(paper(leads=False, **encryption))))
    with pytest.raises(Refused, match="leads to another file"):
        check_file(upload(made))


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_pictures_inside_stay_as_they_look(form: str) -> None:
    before = photo(form)
    after = without_description(before)
    assert WHO.encode() in before and WHO.encode() not in after
    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as other:
        assert one.tobytes() == other.tobytes()
        assert not dict(other.getexif())


@given(st.binary(max_size=80), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""]))
def test_no_picture_breaks_it(tail: bytes, head: bytes) -> None:
    assert isinstance(without_description(head + tail), bytes)


def test_pictures_alone_need_no_copy() -> None:
    assert CONTENT_TYPES["jpg"] not in CLEANED_TYPES
    assert {CONTENT_TYPES[kind] for kind in ("pdf", *OFFICE_FILES)} <= CLEANED_TYPES


class TestLockedAndDamaged:
    @pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
    def test_a_pdf_that_opens_without_a_password_is_taken_as_it_is(self, algorithm: str) -> None:
        content = samples.pdf(user_password="", owner_password="x", algorithm=algorithm)
        assert check_file(upload(content)).content.read() == content

    @pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
    def test_one_that_needs_a_password_is_not(self, algorithm: str) -> None:
        with pytest.raises(Refused, match="can’t be opened without it"):
            check_file(upload(samples.pdf(user_password="x", algorithm=algorithm)))

    def test_one_with_an_owners_password_is_looked_through_all_the_same(self) -> None:
        content = samples.pdf(samples._script, user_password="", owner_password="x")
        with pytest.raises(Refused, match="runs something"):
            check_file(upload(content))

    @pytest.mark.parametrize("name", ["plan.pdf", "plan.PDF", "plan.docx", "photo.jpeg"])
    def test_a_damaged_file_is_told_so(self, name: str) -> None:
        with pytest.raises(Refused, match="it is damaged") as refusal:
            check_file(upload(b"\x00\x01 no such thing", name))
        assert "Choose a PDF" not in str(refusal.value)
