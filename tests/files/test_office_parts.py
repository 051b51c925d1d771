"""What parts office files may have, and ordinary ones, which are taken."""

import pytest

from marketplace.errors import Refused
from tests.files import office_things as o
from tests.files.office_things import (
    BRANCH,
    DAMAGED,
    FETCHES,
    INSIDE,
    LEADS,
    MACROS,
    cells,
    taken,
)
from tests.pitches.samples import JPEG, PNG

PARTS: dict[str, tuple[bytes, str]] = {
    "macros": (o.document(more={"word/vbaProject.bin": "x"}), MACROS),
    "macros under another name": (
        o.document("", o.relation("vbaProject", "media/a.png"), more={"word/media/a.png": "x"}),
        MACROS,
    ),
    "macros by their type": (
        o.document(
            more={
                "[Content_Types].xml": o.types(
                    '<Override PartName="/word/theme.xml" '
                    'ContentType="application/vnd.ms-office.vbaProject"/>'
                )
            }
        ),
        MACROS,
    ),
    "docm called docx": (
        o.document(
            more={
                "[Content_Types].xml": o.types(
                    main="application/vnd.ms-word.document.macroEnabled.main+xml"
                )
            }
        ),
        MACROS,
    ),
    "type said twice": (
        o.document(
            more={
                "[Content_Types].xml": o.types(
                    '<Override PartName="/x.xml" ContentType="application/vnd.ms-office.vbaProject"'
                    ' q:ContentType="application/xml" xmlns:q="urn:q"/>'
                )
            }
        ),
        MACROS,
    ),
    "escaped name": (o.document(more={"word/%76baProject.bin": "x"}), MACROS),
    "macros in capitals": (o.document(more={"WORD/VBAPROJECT.BIN": "x"}), MACROS),
    "active control": (o.document(more={"word/activeX/activeX1.xml": "<ax:ocx/>"}), MACROS),
    "control": (o.document("<w:control r:id='r1'/>"), MACROS),
    "buttons of its own": (o.document(more={"customUI/customUI14.xml": "<x/>"}), MACROS),
    "buttons elsewhere": (
        o.document(more={"word/x.xml": "<customUI onLoad='Run' xmlns='urn:x'/>"}),
        MACROS,
    ),
    "object": (o.document(more={"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0"}), INSIDE),
    "object as a picture": (o.document(more={"word/media/a.emf": b"\xd0\xcf\x11\xe0"}), INSIDE),
    "object named": (o.document("<o:OLEObject Type='Link' ProgID='Package'/>"), INSIDE),
    "program": (o.document(more={"word/media/a.png": b"MZ\x90"}), INSIDE),
    "archive": (o.document(more={"word/media/a.png": o.document()}), INSIDE),
    "web page": (o.document(more={"word/afchunk.html": "<html/>"}), INSIDE),
    "web page as text": (o.document(more={"word/a.txt": "<!DOCTYPE html>"}), INSIDE),
    "chunk": (o.document("<w:altChunk r:id='r1'/>"), INSIDE),
    "part of a master": (o.document("<w:subDoc r:id='r1'/>"), INSIDE),
    "letters for many": (o.document("<w:mailMerge/>"), FETCHES),
    "pages in frames": (o.document("<w:frameset/>"), FETCHES),
    "picture by name": (o.document("<v:imagedata src='https://host.example/x.png'/>"), FETCHES),
    "picture by another": (o.document("<v:imagedata o:href='//host/x.png'/>"), FETCHES),
    "picture in a branch": (
        o.document(BRANCH.format("<v:fill src='\\\\host\\x.png'/>")),
        FETCHES,
    ),
    "link of a shape": (o.document("<v:shape href='file://host/x'/>"), LEADS),
    "link of a field": (o.document(o.field(o.says('HYPERLINK "\\\\\\\\host\\\\x"'))), LEADS),
    "script of a field": (o.document(o.field(o.says("HYPERLINK javascript:x"))), LEADS),
    "link of a formula": (cells('HYPERLINK("\\\\host\\x","Press")'), LEADS),
    "slide that runs": (
        o.slides("<a:hlinkClick r:id='' action='ppaction://program'/>"),
        LEADS,
    ),
    "slide with a macro": (o.slides("<a:hlinkClick action='ppaction://macro?name=x'/>"), MACROS),
    "slide with a film of the web": (
        o.slides("", o.outside("video", "https://host.example")),
        FETCHES,
    ),
    "drawing with a script": (
        o.document(more={"word/media/a.svg": "<svg><script>x</script></svg>"}),
        MACROS,
    ),
    "drawing of the web": (
        o.document(more={"word/media/a.svg": "<svg><use href='https://host.example/#x'/></svg>"}),
        FETCHES,
    ),
    "definition": (
        o.document(
            more={"word/x.xml": "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/x'>]><a>&b;</a>"}
        ),
        INSIDE,
    ),
    "definition behind words": (
        o.document(more={"word/x.xml": "<?xml version='1.0'?><!--x--><!DOCTYPE a><a/>"}),
        DAMAGED,
    ),
    "text from elsewhere": (
        o.document(more={"word/x.xml": "<xi:include xmlns:xi='urn:x' href='file:///etc/passwd'/>"}),
        FETCHES,
    ),
    "style of elsewhere": (
        o.document(more={"word/x.xml": "<?xml-stylesheet href='//host/x.xsl'?><a/>"}),
        DAMAGED,
    ),
    "no XML": (o.document(more={"word/document.xml": "words"}), DAMAGED),
    "workbook that no chart names": (
        o.document(more={"word/embeddings/a.xlsx": o.workbook()}),
        INSIDE,
    ),
    "workbook with macros behind a chart": (
        o.document(
            more={
                **o.CHARTED,
                "word/embeddings/Microsoft_Excel_Sheet1.xlsx": o.sheet(
                    more={"xl/vbaProject.bin": "x"}
                ),
            }
        ),
        MACROS,
    ),
    "open: object": (o.open_text("<draw:object-ole xlink:href='./Object 1'/>"), INSIDE),
    "open: macros": (o.open_text(**{"Basic/Standard/M.xml": "<x/>"}), MACROS),
    "open: script": (
        o.open_text("<script:event-listener script:language='ooo:script' xlink:href='x'/>"),
        MACROS,
    ),
    "open: script by its address": (
        o.open_text("<script:event-listener xlink:href='vnd.sun.star.script:../../x.py$y'/>"),
        FETCHES,
    ),
    "open: picture": (o.open_text("<draw:image xlink:href='https://host.example/x'/>"), FETCHES),
    "open: picture beside it": (o.open_text("<draw:image xlink:href='../x.png'/>"), FETCHES),
    "open: part": (o.open_text("<text:section-source xlink:href='file:///x.odt'/>"), FETCHES),
    "open: form": (o.open_text("<form:form xlink:href='https://host.example'/>"), FETCHES),
    "open: link": (o.open_text("<text:a xlink:href='file://host/x'>x</text:a>"), LEADS),
    "open: formula": (
        o.open_text('<table:table-cell table:formula=\'of:=DDE("soffice";"x";"y")\'/>'),
        FETCHES,
    ),
    "open: another file": (
        o.open_text("<table:table-cell table:formula=\"of:='file:///x.ods'#$A.A1\"/>"),
        FETCHES,
    ),
    "open: a name": (
        o.open_text("<table:named-expression table:expression='of:=WEBSERVICE(\"x\")'/>"),
        FETCHES,
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_that_are_refused(name: str) -> None:
    content, why = PARTS[name]
    with pytest.raises(Refused, match=why):
        taken(content)


def test_many_attributes_of_one_name_are_each_looked_at() -> None:
    given = " ".join(f'q{n}:src="a"' for n in range(30)) + ' z:src="//host/x"'
    with pytest.raises(Refused, match=FETCHES):
        taken(o.document(f"<v:fill {given}/>"))


TAKEN: dict[str, bytes] = {
    "document": o.document(),
    "document with links": o.document(
        "",
        o.outside("hyperlink", "https://example.org/a?b=c#d"),
        o.outside("hyperlink", "mailto:a@example.org"),
        o.relation("hyperlink", "#_Toc1"),
        o.relation("image", "media/a.png"),
        o.relation("image", "/word/media/b.jpeg"),
        o.relation("image", "NULL"),
        more={"word/media/a.png": PNG, "word/media/b.jpeg": JPEG},
    ),
    "strict document": o.document("", o.outside("hyperlink", "https://example.org", of=o.STRICT)),
    "streamed document": o.streamed(o.parts()),
    "stored document": o.packed(o.parts(), o.zipfile.ZIP_STORED),
    "document with a chart": o.document(more=o.CHARTED),
    "contents": o.document(
        o.field(
            o.says(' TOC \\o "1-3" \\h '),
            o.mark("separate"),
            o.field(
                o.says(' HYPERLINK \\l "_Toc1" '),
                o.mark("separate"),
                o.field(o.says("PAGEREF _Toc1")),
            ),
        )
    ),
    "fields": o.document(
        o.field(o.says(' IF "'), o.field(o.says("MERGEFIELD a")), o.says('" = "LINK" "DDE" ""'))
        + o.field(o.says("= "), o.field(o.says("PAGE")), o.says(" - 1"))
        + o.field(o.says("HYPERLINK "), o.says('"https://example.org/'), o.says('link"'))
        + o.field(o.says("HYPER"), o.says('LINK "mailto:a@example.org"'))
        + o.field(o.says('INCLUDEPICTURE "cid:image001.png@01D2" \\* MERGEFORMAT'))
        + o.field(o.says("MACROBUTTON NoMacro Click here"))
        + '<w:fldSimple w:instr=" PAGE "/>'
    ),
    "tracked changes": o.document(
        o.field(o.says("PAGE"), f"<w:del>{o.run('<w:delInstrText> x</w:delInstrText>')}</w:del>")
        + f"<w:del>{o.mark('begin')}{o.run('<w:delInstrText>PAGE</w:delInstrText>')}{o.mark('end')}"
        "</w:del>"
    ),
    "box with a page number": o.document(
        "<mc:AlternateContent><mc:Choice Requires='wps'><q:txbx><w:txbxContent>"
        + o.field(o.says("PAGE"))
        + "</w:txbxContent></q:txbx></mc:Choice><mc:Fallback><v:textbox><w:txbxContent>"
        + o.field(o.says("PAGE"))
        + "</w:txbxContent></v:textbox></mc:Fallback></mc:AlternateContent>"
    ),
    "what Word leaves": o.document(
        more={
            "[trash]/0000.dat": b"\xff" * 40,
            "word/printerSettings/printerSettings1.bin": b"\\\0\\\0",
            "customXml/item1.xml": "<a href='file:///x' src='\\\\host'>|'</a>",
            "docProps/thumbnail.jpeg": JPEG,
            "docProps/app.xml": b"\xef\xbb\xbf<Properties/>",
            "word/fonts/font1.odttf": b"\1\2",
            "word/media/image1.emf": b"\1\0\0\0",
            "word/theme/theme1.xml": '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        }
    ),
    "workbook": o.workbook(),
    "sheet": o.sheet("<v>1</v>"),
    "slides": o.slides(
        "<a:hlinkClick r:id='r2' action='ppaction://hlinksldjump'/><a:t>|'</a:t>",
        o.outside("hyperlink", "https://example.org"),
        o.relation("slide", "slide1.xml"),
        o.relation("video", "../media/a.mp4"),
        more={"ppt/media/a.mp4": b"\0\0\0\x18ftypmp42", "ppt/presProps.xml": "<p:webPr/>"},
    ),
    "open text": o.open_text(
        "<text:a xlink:href='https://example.org'>x</text:a><text:a xlink:href='#x'>y</text:a>"
        "<draw:image xlink:href='Pictures/a.png'/><draw:object xlink:href='./Object 1'/>",
        **{
            "Pictures/a.png": PNG,
            "Object 1/content.xml": "<a/>",
            "ObjectReplacements/Object 1": b"x",
        },
    ),
    "open sheet": o.open_text(
        "<table:table-cell table:formula='of:=[.A1]&amp;&quot;|&quot;&amp;[.B1]'/>"
        '<table:content-validation table:condition=\'of:cell-content-is-in-list("a";"b")\'/>',
        kind="spreadsheet",
    ),
    "open slides": o.open_text(
        "<script:event-listener script:event-name='dom:click' xlink:href='#page2'/>",
        kind="presentation",
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_ordinary_documents_are_taken(name: str) -> None:
    assert taken(TAKEN[name])
