"""What a PDF may hold: an allow-list, one dictionary at a time.

Sources: ISO 32000-2, 12.5 (annotations), 12.6 (actions), 7.11 (file specifications), 14.13
(associated files); OWASP's File Upload Cheat Sheet. A document may show things, lead to places
inside itself and to addresses of the web that a reader presses. Nothing starts by itself, nothing
leads to another file, and nothing stands inside it but its pages.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject, TextStringObject

from marketplace.files.links import is_plain_link


class Trouble(Enum):
    """Why a PDF is not taken, and what its owner can do; {what} says what was found."""

    RUNS = (
        "runs something when it is opened or read: {what}. Print it to a new PDF and choose that."
    )
    HIDES = "has other files inside. Save it without them, or print it to a new PDF."
    LEADS = (
        "leads to {what}. Links may go to web pages (https) and e-mail addresses only: take "
        "that link out, or print it to a new PDF."
    )


Found = tuple[Trouble, str]

PRESSED = {"/GoTo", "/URI", "/Named"}
"""Actions that a reader starts by pressing a link, and that may stand there."""

PAGES_NAMED = {
    *("/NextPage", "/PrevPage", "/FirstPage", "/LastPage"),
    *("/GoBack", "/GoForward", "/Find"),
}
_OTHER_ACTIONS = {
    "/JavaScript": "a script",
    "/ECMAScript": "a script",
    "/Launch": "a program",
    "/SubmitForm": "a form that sends what is typed in",
    "/ResetForm": "a form that empties itself",
    "/ImportData": "a form that fetches data",
    "/Rendition": "a film or sound",
    "/Movie": "a film",
    "/Sound": "a sound",
    "/RichMediaExecute": "a film or program",
    "/GoTo3DView": "a model in three dimensions",
    "/GoToDp": "a jump to a part of a document",
    "/Hide": "something that hides its parts",
    "/SetOCGState": "something that hides its parts",
    "/Trans": "a change of pages",
    "/Thread": "an article of another file",
}
_LEADING_ACTIONS = {"/GoToR": "another file", "/GoToE": "a file inside another"}

SHOWN = {
    *("/Link", "/Text", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine"),
    *("/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Caret", "/Stamp", "/Ink"),
    *("/Popup", "/Widget", "/Watermark", "/Redact", "/PrinterMark", "/TrapNet"),
}
"""Annotations that only show, or that a person fills in."""

_PLAYED = {
    "/Rendition": "a film or sound",
    "/MediaClip": "a film or sound",
    "/Sound": "a sound",
    "/Movie": "a film",
    "/Screen": "a film or sound",
    "/3D": "a model in three dimensions",
    "/U3D": "a model in three dimensions",
    "/PRC": "a model in three dimensions",
    "/RichMedia": "a film or program",
    "/RichMediaContent": "a film or program",
    "/PS": "a program for printers",
}
_RUNNING_KEYS = {
    "/JS": "a script",
    "/XFA": "a form of the XFA kind",
    "/RichMediaContent": "a film or program",
    "/OnInstantiate": "a script",
    "/OPI": "a picture of another file",
}
_TREES = {
    "/JavaScript": (Trouble.RUNS, "a script"),
    "/Renditions": (Trouble.RUNS, "a film or sound"),
    "/EmbeddedFiles": (Trouble.HIDES, ""),
    "/Collection": (Trouble.HIDES, ""),
    "/EF": (Trouble.HIDES, ""),
}
"""Keys that hold, as a dictionary, scripts or files."""

FILES = ("/Filespec", "/FileSpec", "/F", "/EmbeddedFile")


def trouble_in(each: DictionaryObject) -> Found | None:
    """What is wrong with one dictionary, those in it left aside; None if nothing is."""
    for look in (_keys, _action, _actions_of, _opening, _file, _annotation):
        if found := look(each):
            return found
    return None


def _keys(each: DictionaryObject) -> Found | None:
    for key, what in _RUNNING_KEYS.items():
        if not _is_nothing(_value(each, key)):
            return Trouble.RUNS, what
    for key, found in _TREES.items():
        value = _value(each, key)
        if _is_plain_dictionary(value) and len(value):
            return found
    extra = _value(each, "/AA")
    if _is_plain_dictionary(extra) and any(_dictionaries(extra, extra)):
        return Trouble.RUNS, "something that starts by itself"
    base = _value(each, "/URI")
    if isinstance(base, DictionaryObject) and "/Base" in base:
        return _address(_value(base, "/Base"))
    return None


def _action(each: DictionaryObject) -> Found | None:
    """An action wherever it stands, told by its kind."""
    kind = _value(each, "/S")
    if kind in _OTHER_ACTIONS and _value(each, "/Type") != "/StructElem":
        return Trouble.RUNS, _OTHER_ACTIONS[kind]
    if kind in _LEADING_ACTIONS:
        return Trouble.LEADS, _LEADING_ACTIONS[kind]
    if kind == "/URI" or (_value(each, "/Type") == "/Action" and "/URI" in each):
        return _address(_value(each, "/URI"))
    if kind == "/Named" and _value(each, "/N") not in PAGES_NAMED:
        return Trouble.RUNS, "a command of the program that shows it"
    if _value(each, "/Type") == "/Action" and kind not in PRESSED:
        return Trouble.RUNS, "an unknown action"
    return None


def _actions_of(each: DictionaryObject) -> Found | None:
    """Whatever stands where an action does must be one that may be pressed."""
    for key in ("/A", "/PA", "/Next"):
        for action in _dictionaries(each, [key]):
            is_attribute = "/O" in action  # of a tagged text: it shares the key
            if "/S" in action and not is_attribute and _value(action, "/S") not in PRESSED:
                return _action(action) or (Trouble.RUNS, "an unknown action")
    return None


def _opening(each: DictionaryObject) -> Found | None:
    """When it is opened a document may go to one of its pages, and nothing else."""
    action = _value(each, "/OpenAction")
    if isinstance(action, DictionaryObject) and _value(action, "/S") != "/GoTo":
        return Trouble.RUNS, "something that starts by itself"
    if isinstance(action, DictionaryObject) and not _is_nothing(_value(action, "/Next")):
        return Trouble.RUNS, "something that starts by itself"
    return None


def _file(each: DictionaryObject) -> Found | None:
    """A file inside, or another file that this one points at."""
    if _value(each, "/Type") == "/EmbeddedFile":
        return Trouble.HIDES, ""
    if _value(each, "/Type") in FILES or _value(each, "/FS") == "/URL":
        return Trouble.LEADS, "another file"
    outside = _value(each, "/F") if isinstance(each, StreamObject) else None
    if isinstance(outside, DictionaryObject | str):
        return Trouble.LEADS, "another file, of which it shows a part"
    reference = _value(each, "/Ref")
    if isinstance(reference, DictionaryObject) and "/F" in reference:
        return Trouble.LEADS, "another file, of which it shows a part"
    return None


def _annotation(each: DictionaryObject) -> Found | None:
    subtype, kind = _value(each, "/Subtype"), _value(each, "/Type")
    if subtype == "/FileAttachment":
        return Trouble.HIDES, ""
    for name in (subtype, kind, _value(each, "/Subtype2")):
        if name in _PLAYED:
            return Trouble.RUNS, _PLAYED[name]
    is_annotation = kind == "/Annot" or ("/Rect" in each and subtype is not None)
    if is_annotation and subtype not in SHOWN:
        return Trouble.RUNS, "an unknown kind of remark"
    return None


def _address(value: Any) -> Found | None:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str | TextStringObject) and is_plain_link(value):
        return None
    return Trouble.LEADS, "a place that is no web page"


def _value(each: DictionaryObject, key: str) -> Any:
    """A value of a dictionary, followed if it stands elsewhere; None if that is missing."""
    if key not in each:
        return None
    try:
        value = each.raw_get(key)
        return value.get_object() if value is not None else None
    except PyPdfError:
        return None


def _dictionaries(each: DictionaryObject, keys: Any) -> Iterator[DictionaryObject]:
    """The dictionaries that are values of these keys, or stand in lists that are."""
    for key in keys:
        value = _value(each, key)
        if isinstance(value, ArrayObject):
            yield from (
                found
                for item in list.__iter__(value)
                if isinstance(found := _found(item), DictionaryObject)
            )
        elif isinstance(value, DictionaryObject):
            yield value


def _found(item: Any) -> Any:
    try:
        return item.get_object()
    except PyPdfError:
        return None


def _is_plain_dictionary(value: Any) -> bool:
    return isinstance(value, DictionaryObject) and not isinstance(value, StreamObject)


def _is_nothing(value: Any) -> bool:
    return value is None or value.get_object() is None or type(value).__name__ == "NullObject"
