"""What a PDF may hold: every kind of thing that runs, leads away or hides, wherever it stands."""

import contextlib
import time
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from pypdf.generic import ArrayObject, NameObject, NullObject, NumberObject

from marketplace.errors import Refused
from marketplace.files import check_file, pdf_objects
from tests.files import pdf_things as p

RUNS, HIDES, LEADS = "runs something", "other files inside", "leads to"
MUCH, DAMAGED = "too many parts", "is damaged"


def taken(content: bytes) -> bool:
    return check_file(SimpleUploadedFile("plan.pdf", content)).content_type == "application/pdf"


ACTIONS = {
    "script": (p.SCRIPT, RUNS),
    "script in a stream": (p.action("JavaScript", JS=p.stream(b"app.alert(1)")), RUNS),
    "program": (p.action("Launch", F=p.text("cmd.exe")), RUNS),
    "form that sends": (p.action("SubmitForm", F=p.text("https://example.org")), RUNS),
    "form that empties": (p.action("ResetForm"), RUNS),
    "form that fetches": (p.action("ImportData", F=p.text("x.fdf")), RUNS),
    "film": (p.action("Movie"), RUNS),
    "sound": (p.action("Sound"), RUNS),
    "rendition": (p.action("Rendition", OP=NumberObject(0)), RUNS),
    "rich media": (p.action("RichMediaExecute"), RUNS),
    "model": (p.action("GoTo3DView"), RUNS),
    "part": (p.action("GoToDp"), RUNS),
    "article": (p.action("Thread", F=p.text("x.pdf")), RUNS),
    "hiding": (p.action("Hide"), RUNS),
    "layers": (p.action("SetOCGState"), RUNS),
    "command": (p.action("Named", N=NameObject("/Print")), RUNS),
    "unknown": (p.action("Newfangled"), RUNS),
    "file in a network": (p.action("GoToR", F=p.text(p.UNC)), LEADS),
    "file inside": (p.action("GoToE"), LEADS),
    "path": (p.action("URI", URI=p.text("file:///etc/passwd")), LEADS),
    "share": (p.action("URI", URI=p.text(p.UNC)), LEADS),
    "host": (p.action("URI", URI=p.text("//host.example/share")), LEADS),
    "samba": (p.action("URI", URI=p.text("smb://host.example/share")), LEADS),
    "script as an address": (p.action("URI", URI=p.text("java\tscript:alert(1)")), LEADS),
    "no address": (p.action("URI"), LEADS),
    "after a link": (
        p.action("URI", URI=p.text("https://example.org"), Next=p.action("Launch")),
        RUNS,
    ),
    "after a jump, in a list": (
        p.action("GoTo", D=p.LAST_PAGE, Next=ArrayObject([p.action("Newfangled")])),
        RUNS,
    ),
}
PLACES = {"a link": p.link, "the outline": p.outline, "the opening": p.opening}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ACTIONS)
def test_actions_are_refused_wherever_they_stand(place: str, name: str) -> None:
    act, why = ACTIONS[name]
    with pytest.raises(Refused, match=RUNS if place == "the opening" else why):
        taken(p.written(PLACES[place](act)))


LINKS = {
    "web": p.action("URI", URI=p.text("https://example.org/a?b=c#d")),
    "web without a scheme": p.action("URI", URI=p.text("www.example.org")),
    "mail": p.action("URI", URI=p.text("mailto:a@example.org?subject=x")),
    "telephone": p.action("URI", URI=p.text("tel:+441210000000")),
    "jump": p.action("GoTo", D=p.LAST_PAGE),
    "next page": p.action("Named", N=NameObject("/NextPage")),
}


@pytest.mark.parametrize("place", ["a link", "the outline"])
@pytest.mark.parametrize("name", LINKS)
def test_plain_links_are_taken(place: str, name: str) -> None:
    assert taken(p.written(PLACES[place](LINKS[name])))


@pytest.mark.parametrize(
    "act", [p.LAST_PAGE, p.action("GoTo", D=p.LAST_PAGE), NullObject()], ids=["list", "jump", "no"]
)
def test_a_document_may_open_at_a_page(act: object) -> None:
    assert taken(p.written(p.opening(act)))


HARMFUL = {
    "addresses that start by themselves": (p.opening(LINKS["web"]), RUNS),
    "page that acts": (p.on_page(AA=p.things(O=LINKS["jump"])), RUNS),
    "document that acts": (p.in_root(AA=p.things(WC=LINKS["web"])), RUNS),
    "field that acts": (p.remark("Widget", AA=p.things(K=p.SCRIPT)), RUNS),
    "scripts by name": (
        p.in_root(Names=p.things(JavaScript=p.things(Names=ArrayObject([])))),
        RUNS,
    ),
    "films by name": (p.in_root(Names=p.things(Renditions=p.things(Names=ArrayObject([])))), RUNS),
    "form of the other kind": (p.in_root(AcroForm=p.things(XFA=ArrayObject([p.text("x")]))), RUNS),
    "base of addresses": (p.in_root(URI=p.things(Base=p.text("file:///"))), LEADS),
    "attached remark": (p.remark("FileAttachment", FS=p.things()), HIDES),
    "screen": (p.remark("Screen"), RUNS),
    "film": (p.remark("Movie"), RUNS),
    "sound": (p.remark("Sound"), RUNS),
    "model": (p.remark("3D"), RUNS),
    "rich media": (p.remark("RichMedia"), RUNS),
    "unknown remark": (p.remark("Newfangled"), RUNS),
    "link with a place of its own": (p.remark("Link", PA=p.action("Newfangled")), RUNS),
    "file": (lambda writer: writer.add_attachment("a.txt", b"x"), HIDES),
    "files in a collection": (p.in_root(Collection=p.things(View=p.text("D"))), HIDES),
    "file of the document": (p.in_root(AF=ArrayObject([p.things(EF=p.things(F=p.SCRIPT))])), HIDES),
    "file pointed at": (
        p.on_page(X=p.things(Type=NameObject("/Filespec"), F=p.text(p.UNC))),
        LEADS,
    ),
    "address as a file": (p.on_page(X=p.things(FS=NameObject("/URL"), F=p.text("x"))), LEADS),
    "content in another file": (p.with_stream(F=p.text(p.UNC)), LEADS),
    "page of another file": (p.with_stream(Ref=p.things(F=p.text(p.UNC))), LEADS),
    "embedded file that nothing names": (p.with_stream(Type=NameObject("/EmbeddedFile")), HIDES),
    "program for printers": (p.with_stream(Subtype=NameObject("/PS")), RUNS),
    "picture kept elsewhere": (p.with_stream(OPI=p.things(V=p.text("x"))), RUNS),
    "model that runs": (p.with_stream(OnInstantiate=p.text("x")), RUNS),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_harmful_things_are_refused(name: str) -> None:
    change, why = HARMFUL[name]
    with pytest.raises(Refused, match=why):
        taken(p.written(change))


@pytest.mark.parametrize("name", ["script", "file in a network", "path"])
def test_what_is_encrypted_is_looked_through_too(name: str) -> None:
    act, why = ACTIONS[name]
    with pytest.raises(Refused, match=why):
        taken(p.written(p.link(act), user_password="", owner_password="x", algorithm="AES-256"))
    plain = p.written(
        p.link(LINKS["web"]), user_password="", owner_password="x", algorithm="AES-256"
    )
    assert taken(plain)


HIDDEN = {
    "behind 25,000 others": (p.written(p.behind_decoys(25_000, p.SCRIPT)), RUNS),
    "names spelt otherwise": (
        p.of_hand(b"/OpenAction << /#53 /J#61va#53cript /J#53 (x) >>"),
        RUNS,
    ),
    "named by no table": (p.spliced(b"77 0 obj " + p.HIDDEN_SCRIPT + b" endobj"), RUNS),
    "behind the end": (p.appended(b"77 0 obj " + p.HIDDEN_SCRIPT + b" endobj"), RUNS),
    "in a comment between": (p.spliced(b"77%x\n0%y\nobj " + p.HIDDEN_SCRIPT), RUNS),
    "that can't be read": (p.spliced(b"77 0 obj << /S /JavaScript /JS (x >> endobj"), RUNS),
    "around another": (
        p.of_hand(b"", b"", b"<< /X (9 0 obj << >> endobj) /S /JavaScript /JS (x) >>"),
        RUNS,
    ),
    "in a text": (p.of_hand(b"", b"", b"<< /X (9 0 obj 42 endobj) /S /Launch /F (x) >>"), RUNS),
    "packed": (p.of_hand(b"", b"", p.packed(b"5 0 " + p.HIDDEN_SCRIPT, 1, 4)), RUNS),
    "packed, named by no table": (
        p.spliced(b"77 0 obj " + p.packed(b"5 0 " + p.HIDDEN_SCRIPT, 1, 4) + b" endobj"),
        RUNS,
    ),
    "packed, one in another": (
        p.of_hand(b"", b"", p.packed(b"5 0 6 18 << /Type /Action /S /Launch >>", 2, 9)),
        RUNS,
    ),
    "of an older version": (p.spliced(b"1 0 obj " + p.HIDDEN_SCRIPT + b" endobj"), RUNS),
    "a page and a PDF": (b"%PDF-1.7\n<html>" + p.PLAIN, "web page in one"),
    "an archive and a PDF": (
        p.PLAIN + b"PK\x05\x06" + b"\0" * 18,
        "an archive in one",
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_things_are_found(name: str) -> None:
    content, why = HIDDEN[name]
    with pytest.raises(Refused, match=f"{why}|{DAMAGED}"):
        taken(content)


def test_the_table_made_by_hand_is_a_file_that_is_taken() -> None:
    assert taken(p.of_hand(b"/OpenAction [3 0 R /Fit]", b"", b"<< /X (9 0 obj 42 endobj) >>"))
    assert taken(p.of_hand(b"", b"", p.packed(b"5 0 << /X 1 >>", 1, 4)))


@pytest.mark.parametrize(
    ("name", "limit"), [("MOST_OBJECTS", 1000), ("MOST_READ", 0), ("MOST_SECONDS", -1)]
)
def test_looking_fails_closed_at_each_limit(
    name: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = p.written(p.behind_decoys(1500, p.things(X=NumberObject(1))))
    monkeypatch.setattr(pdf_objects, "MOST_UNPACKED", 0)
    for module in ("marketplace.files.pdf_objects", "marketplace.files.pdfs"):
        monkeypatch.setattr(f"{module}.{name}", limit, raising=False)
    with pytest.raises(Refused, match=MUCH):
        taken(content)


SLOW = {
    "texts in each other": b"".join(b"%d 0 obj (" % n for n in range(5, 5_000)),
    "lists in each other": b"5 0 obj " + b"[" * 20_000,
    "objects in each other": b"".join(b"%d 0 obj << /A " % n for n in range(5, 5_000)),
    "missing ones": b"5 0 obj [" + b"<< /A 99999 0 R /Rect 1 >>" * 5_000 + b"] endobj",
    "numbers without end": b"9 " * 100_000,
    "comments without end": b"5 %x\n" * 20_000,
}


LINKED = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A 5 0 R >>"
LAUNCH = b"<< /S /Launch /F (cmd.exe) >>"
PRESSED = b"/Annots [4 0 R]"
TWICE = {
    "what a link does": p.of_hand(
        b"", PRESSED, LINKED, b"<< /S /URI /S /Launch /URI (https://a.example) >>"
    ),
    "what a link does, the other way": p.of_hand(
        b"", PRESSED, LINKED, b"<< /S /Launch /S /URI /URI (https://a.example) >>"
    ),
    "where it leads": p.of_hand(
        b"", PRESSED, LINKED, b"<< /S /URI /URI (https://a.example) /URI (file:///etc) >>"
    ),
    "its opening": p.of_hand(b"/OpenAction [3 0 R /Fit] /OpenAction << /S /Launch >>"),
    "its own acts": p.of_hand(b"", b"/AA << >> /AA << /O 4 0 R >>", LAUNCH),
    "behind what is broken": p.of_hand(
        b"",
        PRESSED,
        LINKED,
        b"<< /S /URI /URI (https://a.example) /X <zz /Next << /S /Launch >> >>",
    ),
    "packed": p.of_hand(b"", b"", p.packed(b"5 0 << /S /URI /S /Launch >>", 1, 4)),
}


WORDY = [
    b"https://example.org/Launch",
    b"https://example.org/JS/app?x=/AA",
    b"https://example.org/a_(b)/URI",
    rb"https://example.org/a_\(b\)/JavaScript",
    b"https://example.org/#2FURI",
]


@pytest.mark.parametrize("address", WORDY)
def test_an_address_may_hold_the_name_of_an_action(address: bytes) -> None:
    act = b"<< /S /URI /URI (" + address + b") >>"
    assert taken(p.of_hand(b"", PRESSED, LINKED, act))
    titled = b"<< /Title (Opening /Launch \x96 see " + address + b") " + act[3:]
    assert taken(p.of_hand(b"", PRESSED, LINKED, titled))
    assert taken(p.of_hand(b"", b"", p.packed(b"5 0 " + act, 1, 4)))


MASKED = {
    "in a remark": (b"\n/S /Launch %", b"%(\n/S /Launch %)\n"),
    "between two": (rb"\) /S /Launch /Z \(", b"/Y () /S /Launch /Z ()"),
    "bare": (b"/Launch", b"/S /Launch"),
    "in a list": (b"/Launch", b"/S [/Launch]"),
    "in more brackets": (b"x/Launch", b"/Y (x)/S /Launch"),
}


@pytest.mark.parametrize("name", MASKED)
def test_no_string_hides_what_is_said_twice(name: str) -> None:
    string, written = MASKED[name]
    act = b"<< /S /URI /URI (https://a.example) /X (" + string + b") " + written + b" >>"
    with pytest.raises(Refused):
        taken(p.of_hand(b"", PRESSED, LINKED, act))


@pytest.mark.parametrize("name", TWICE)
def test_what_is_said_twice_is_not_believed_once(name: str) -> None:
    """Programs differ in which of the two they take."""
    with pytest.raises(Refused):
        taken(TWICE[name])


@pytest.mark.parametrize(
    "called",
    [
        b"/Type /ObjStm",
        b"",
        b"/Type /XObject",
        b"/Type /X /Type /ObjStm",
        b"/Ty#70e /Obj#53tm",
    ],
)
def test_what_a_table_says_is_packed_is_unpacked_whatever_it_is_called(called: bytes) -> None:
    with pytest.raises(Refused, match=RUNS):
        taken(p.by_table({4: LINKED, 5: LAUNCH}, called, PRESSED))
    plain = {4: LINKED, 5: b"<< /S /URI /URI (https://a.example) >>"}
    assert taken(p.by_table(plain, b"/Type /ObjStm", PRESSED))


PREDICTED = b"/DecodeParms << /Predictor 15 /Columns 3 >>"
HEAVY = {
    "tables that were changed before": lambda: p.with_table(b"\x04abc" * 17_000_000, PREDICTED),
    "tables of many rows": lambda: p.with_table(
        b"\1\0\0\0\1\0" * 12_000_000, b"/Index [0 12000000]"
    ),
    "tables packed twice": lambda: p.with_table(
        zlib.compress(b"0" * 70_000_000), filters=b"[/FlateDecode /FlateDecode]"
    ),
    "objects that were changed before": lambda: p.of_hand(
        b"",
        b"",
        *[p.filled(b"\x04abc" * 7_000_000, b"/Type /ObjStm /N 1 /First 4", more=PREDICTED)] * 5,
    ),
    "bombs": lambda: p.of_hand(
        b"", b"", *[p.filled(b"0" * 74_000_000, b"/Type /ObjStm /N 1 /First 4")] * 20
    ),
    "letters for bytes": lambda: p.of_hand(
        b"",
        b"",
        b"<< /Type /ObjStm /N 1 /First 4 /Filter /ASCII85Decode /Length 9000002 >>\nstream\n"
        + b"5sdq," * 1_800_000
        + b"~>\nendstream",
    ),
    "remarks": lambda: p.of_hand(
        b"",
        b"/Annots [%b]" % (b"<< /Type /Annot /Subtype /Link /Rect [0 0 1 1] >>" * 150_000),
    ),
    "pages in circles": lambda: p.by_hand(
        p.CATALOG % b"",
        *[
            b"<< /Type /Pages /Kids [%b] /Count 1 >>" % (b"%d 0 R " % (n + 3) * 20)
            for n in range(30)
        ],
        b"<< /Type /Page >>",
    ),
    "comments": lambda: p.appended((b"5 " + b"%\n" * 19 + b" 0 ") * 150_000),
    "words": lambda: p.appended(b"5 0 obj << /AA << /X [ " * 400_000),
}


@pytest.mark.parametrize("name", HEAVY)
def test_no_large_file_takes_long(name: str) -> None:
    content = HEAVY[name]()
    begun = time.process_time()
    with contextlib.suppress(Refused):
        taken(content)
    assert time.process_time() - begun < 2 * (pdf_objects.MOST_SECONDS + 5)


@pytest.mark.parametrize("name", SLOW)
def test_no_file_takes_long(name: str) -> None:
    """A bound far above what it takes, and far below what reading without bounds takes."""
    begun = time.process_time()
    for content in (p.appended(SLOW[name]), p.spliced(SLOW[name] + b" endobj")):
        with contextlib.suppress(Refused):
            taken(content)
    assert time.process_time() - begun < 2 * (pdf_objects.MOST_SECONDS + 5)


@given(st.binary(max_size=300), st.integers(0, len(p.PLAIN)))
def test_no_bytes_break_the_check(extra: bytes, place: int) -> None:
    with contextlib.suppress(Refused):
        taken(p.PLAIN[:place] + extra + p.PLAIN[place:])


@given(
    st.sampled_from([b"5 0 obj", b"obj", b"stream\n", b"<<", b">>", b"/S", b"/JS", b"(", b")"]),
    st.integers(0, len(p.PLAIN)),
)
def test_no_words_of_a_pdf_break_it(extra: bytes, place: int) -> None:
    with contextlib.suppress(Refused):
        taken(p.PLAIN[:place] + extra + p.PLAIN[place:])
