"""The tables of `marketplace.files.office`: what parts, relations and elements may be; pure."""

import re
from enum import Enum

from marketplace.files.links import is_plain_link


class Trouble(Enum):
    """Why an office file is not taken, and what its owner can do; {what} says what was found."""

    MACROS = (
        "has macros, which can do harm. Save it without them (docx, xlsx, pptx or PDF) and choose "
        "it again."
    )
    INSIDE = (
        "has another file or program inside ({what}). Take it out, or save it as a PDF, and choose "
        "that."
    )
    FETCHES = (
        "fetches something from elsewhere when it is opened: {what}. Take that out, or save it as "
        "a PDF, and choose that."
    )
    LEADS = (
        "has a link to a file or a place in a network ({what}). Links may go to web pages and "
        "e-mail addresses only: take that link out, or put the web address in its place."
    )


Found = tuple[Trouble, str]

ALLOWED_ENDINGS = frozenset(
    {
        *("", ".xml", ".rels", ".vml", ".rdf", ".xsd", ".txt", ".psmdcp"),
        *(".png", ".jpg", ".jpeg", ".jfif", ".jpe", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
        *(".emf", ".wmf", ".wdp", ".hdp", ".jxr", ".svg", ".svm", ".webp", ".ico", ".eps", ".pct"),
        *(".odttf", ".fntdata", ".ttf", ".otf"),
        *(".mp4", ".m4v", ".mov", ".avi", ".wmv", ".mpg", ".mpeg", ".webm", ".ogv"),
        *(".mp3", ".m4a", ".wav", ".wma", ".aac", ".ogg", ".mid"),
    }
)
"""Endings of the parts that documents have; programs write no others into them."""

PLAIN_BINARY = re.compile(r"(^|/)(printersettings|customproperty)\d*\.bin$|^\[trash\]/\d+\.dat$")
"""What is kept for a printer or an add-in, and what Word wiped; nothing runs it. Lower case."""

MACRO_PARTS = re.compile(
    r"(^|/)(vbaproject|vbadata|vbaprojectsignature\w*)\.\w+$|^(basic|scripts|dialogs)/|(^|/)"
    r"(macrosheets|dialogsheets|intlmacrosheets|activex|ctrlprops/\.\.)/|(^|/)customui\w*/"
)
FETCHING_PARTS = {
    "xl/connections.xml": "data of another source",
    "xl/externallinks/": "links to other workbooks",
    "xl/querytables/": "data of another source",
    "webextensions/": "an add-in",
}
"""Parts in lower case → what a program fetches for them."""

NOT_IN_DOCUMENTS = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\xd0\xcf\x11\xe0", b"MZ", b"\x7fELF"),
    *(b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MSCF", b"ITSF", b"%PDF-", b"{\\rt", b"#!"),
    *(b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"L\x00\x00\x00\x01\x14\x02"),
    *(b"FWS", b"CWS", b"ZWS"),
)
"""First bytes of archives, programs, objects and documents."""

_FORMULAS = re.compile(
    r"\|\s*'|\|[^'\s]*!|'(?:file|https?|ftp|smb):[^']*'#"
    r"|\b(?:WEBSERVICE|DDE|RTD|CALL|REGISTER|REGISTER\.ID|EXEC|SQL\.REQUEST|IMAGE|PY|IMPORTCSV"
    r"|IMPORTTEXT|IMPORTDATA|IMPORTXML|IMPORTHTML|IMPORTRANGE)\s*\(",
    re.IGNORECASE,
)
_WORDS = re.compile(r'"(?:[^"]|"")*"')
_LINKING = re.compile(r'\bHYPERLINK\s*\(\s*"((?:[^"]|"")*)"\s*[,;)]', re.IGNORECASE)


def trouble_in_formula(text: str) -> Found | None:
    """What is wrong with a formula of a sheet; what it only shows as words is left aside."""
    if _FORMULAS.search(_WORDS.sub('""', text)):
        return Trouble.FETCHES, "a formula that brings in something else"
    for address in _LINKING.findall(text):
        if not is_plain_link(address):
            return Trouble.LEADS, short(address)
    return None


_TYPES = {
    "macroenabled": (Trouble.MACROS, ""),
    "vbaproject": (Trouble.MACROS, ""),
    "office.vba": (Trouble.MACROS, ""),
    "macrosheet": (Trouble.MACROS, ""),
    "dialogsheet": (Trouble.MACROS, ""),
    "activex": (Trouble.MACROS, ""),
    "oleobject": (Trouble.INSIDE, "an object of another program"),
    "msdownload": (Trouble.INSIDE, "a program"),
    "webextension": (Trouble.FETCHES, "an add-in"),
}
_HYPERLINK = re.compile(r"/hyperlink$", re.IGNORECASE)
_OUTSIDE = {
    "attachedtemplate": "a template that lies elsewhere (in Word: choose the template “Normal”)",
    "image": "a picture that lies elsewhere (put the picture itself in)",
    "video": "a film that lies elsewhere",
    "audio": "a sound that lies elsewhere",
    "media": "a film or sound that lies elsewhere",
    "oleobject": "an object that lies elsewhere",
    "externallinkpath": "links to other workbooks",
    "frame": "a page that lies elsewhere",
    "subdocument": "a part that lies elsewhere",
    "mailmergesource": "data of another source",
    "mailmergeheadersource": "data of another source",
}
_INSIDE = {
    "oleobject": (Trouble.INSIDE, "an object of another program"),
    "package": (Trouble.INSIDE, "another document"),
    "afchunk": (Trouble.INSIDE, "another document"),
    "control": (Trouble.MACROS, ""),
    "activexcontrolbinary": (Trouble.MACROS, ""),
    "vbaproject": (Trouble.MACROS, ""),
    "wordvbadata": (Trouble.MACROS, ""),
    "xlmacrosheet": (Trouble.MACROS, ""),
    "xlintlmacrosheet": (Trouble.MACROS, ""),
    "dialogsheet": (Trouble.MACROS, ""),
    "attachedtoolbars": (Trouble.MACROS, ""),
    "extensibility": (Trouble.MACROS, ""),
    "ui/extensibility": (Trouble.MACROS, ""),
    "attachedtemplate": (Trouble.FETCHES, _OUTSIDE["attachedtemplate"]),
    "subdocument": (Trouble.INSIDE, "another document"),
    "frame": (Trouble.FETCHES, _OUTSIDE["frame"]),
    "connections": (Trouble.FETCHES, "data of another source"),
    "querytable": (Trouble.FETCHES, "data of another source"),
    "externallink": (Trouble.FETCHES, "links to other workbooks"),
    "externallinkpath": (Trouble.FETCHES, "links to other workbooks"),
    "webextension": (Trouble.FETCHES, "an add-in"),
    "webextensiontaskpanes": (Trouble.FETCHES, "an add-in"),
}
_ELEMENTS = {
    "OLEObject": (Trouble.INSIDE, "an object of another program"),
    "oleObject": (Trouble.INSIDE, "an object of another program"),
    "oleObj": (Trouble.INSIDE, "an object of another program"),
    "control": (Trouble.MACROS, ""),
    "ocx": (Trouble.MACROS, ""),
    "altChunk": (Trouble.INSIDE, "another document"),
    "subDoc": (Trouble.INSIDE, "another document"),
    "ddeLink": (Trouble.FETCHES, "data of another program"),
    "oleLink": (Trouble.FETCHES, "data of another program"),
    "mailMerge": (Trouble.FETCHES, "letters for many, with data of another source"),
    "DataMashup": (Trouble.FETCHES, "data of another source"),
    "script": (Trouble.MACROS, ""),
    "foreignObject": (Trouble.INSIDE, "a web page"),
    "iframe": (Trouble.INSIDE, "a web page"),
    "customUI": (Trouble.MACROS, ""),
    "frameset": (Trouble.FETCHES, _OUTSIDE["frame"]),
    "volType": (Trouble.FETCHES, "data of another program"),
}
TELLING = re.compile(
    rb"\b(?:src|href|action|instr|fldChar|instrText|delInstrText|f|definedName|formula[12]?"
    rb"|oldFormula|calculatedColumnFormula|totalsRowFormula|"
    + "|".join(_ELEMENTS).encode()
    + rb")\b"
)
"""A part of Word, Excel or PowerPoint with none of these names has nothing that is not taken."""

_OPEN_ELEMENTS = {
    "object-ole": (Trouble.INSIDE, "an object of another program"),
    "plugin": (Trouble.INSIDE, "a plug-in"),
    "applet": (Trouble.INSIDE, "a program"),
    "floating-frame": (Trouble.FETCHES, "a page that lies elsewhere"),
    "script": (Trouble.MACROS, ""),
    "encryption-data": (Trouble.INSIDE, "parts that are locked with a password"),
    "dde-source": (Trouble.FETCHES, "data of another program"),
    "dde-connection": (Trouble.FETCHES, "data of another program"),
    "dde-connection-decl": (Trouble.FETCHES, "data of another program"),
    "dde-link": (Trouble.FETCHES, "data of another program"),
    "database-source-sql": (Trouble.FETCHES, "data of another source"),
    "database-source-table": (Trouble.FETCHES, "data of another source"),
    "database-source-query": (Trouble.FETCHES, "data of another source"),
}
_OPEN_OUTSIDE = {
    "template": "a template that lies elsewhere",
    "image": "a picture that lies elsewhere (put the picture itself in)",
    "fill-image": "a picture that lies elsewhere (put the picture itself in)",
    "object": "an object that lies elsewhere",
    "section-source": "a part that lies elsewhere",
}
_LEAVES = re.compile(r"^\s*[a-zA-Z][a-zA-Z0-9+.-]*:|^\s*[\\/]{2}|\\")
"""A target that can't be a part, whatever is said of its mode."""

OPEN_TELLING = re.compile(
    rb"\b(?:href|formula|condition|expression|event-listener|"
    + "|".join(_OPEN_ELEMENTS).encode()
    + rb")\b"
)
"""As `TELLING`, of an OpenDocument file."""

_INSIDE_PACKAGE = re.compile(r"^(\./)?(?!/)[^:\\]*$")
_DRAWN = frozenset({"imagedata", "fill", "stroke", "image", "feImage", "use", "include", "style"})
"""Elements that draw or take in what they name; any other leads there when it is pressed."""

_OPEN_FORMULAS = ("formula", "condition", "expression")
_PRESENTER_RUNS = ("execute", "verb", "sound")
_PRESENTING = (
    *("ppaction://hlinkshowjump", "ppaction://hlinksldjump", "ppaction://noaction"),
    *("ppaction://media", "ppaction://customshow"),
)


def trouble_in_type(content_type: str) -> Found | None:
    """What is wrong with the declared type of a part."""
    low = content_type.lower()
    return next((found for word, found in _TYPES.items() if word in low), None)


def trouble_in_relation(
    kind: str, target: str, *, is_outside: bool, of_chart: bool
) -> Found | None:
    """What is wrong with one part's relation to another, or to something outside."""
    kind = kind.strip().rstrip("/")
    last = kind.rsplit("/", 1)[-1].lower()
    if not is_outside and not _LEAVES.search(target):
        if last == "package" and of_chart:
            return None  # the workbook of a chart, looked through by itself
        return _INSIDE.get(last)
    if _HYPERLINK.search(kind) or not kind:
        return None if is_plain_link(target) else (Trouble.LEADS, short(target))
    if target.strip() == "about:blank":
        return None
    return Trouble.FETCHES, _OUTSIDE.get(last, "something that lies elsewhere")


def trouble_in_element(
    element: str, given: dict[str, str], *, is_open_document: bool
) -> Found | None:
    """What is wrong with an element: its local name, its attributes by their local names."""
    if is_open_document:
        return _OPEN_ELEMENTS.get(element) or _in_open_attributes(element, given)
    if found := _ELEMENTS.get(element):
        return found
    action = given.get("action", "")
    if element.startswith("hlink") and action and not action.lower().startswith(_PRESENTING):
        return Trouble.MACROS if "macro" in action.lower() else Trouble.LEADS, short(action)
    if not _is_inside(given.get("src", "")):
        return Trouble.FETCHES, _OUTSIDE["image"]
    href = given.get("href", "")
    if href.startswith(("#", "data:image/")) or _is_inside(href):
        return None
    if element in _DRAWN:
        return Trouble.FETCHES, _OUTSIDE["image"]
    return None if is_plain_link(href) else (Trouble.LEADS, short(href))


def _in_open_attributes(element: str, given: dict[str, str]) -> Found | None:
    if element == "event-listener" and (
        "language" in given or "macro-name" in given or given.get("action") in _PRESENTER_RUNS
    ):
        return Trouble.MACROS, ""
    for name in _OPEN_FORMULAS:
        if name in given and (found := trouble_in_formula(given[name])):
            return found
    href = given.get("href", "")
    if not href or href.startswith("#"):
        return None
    if element == "a":
        return None if is_plain_link(href) else (Trouble.LEADS, short(href))
    if element == "image" and href.startswith("data:image/"):
        return None
    if not _is_inside(href):
        return Trouble.FETCHES, _OPEN_OUTSIDE.get(element, "something that lies elsewhere")
    return None


def _is_inside(place: str) -> bool:
    """Whether a place is in the document itself."""
    is_parent = place == ".."  # a chart names the document that it stands in so
    return is_parent or (bool(_INSIDE_PACKAGE.match(place)) and ".." not in place.split("/"))


def short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
