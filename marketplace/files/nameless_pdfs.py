"""A PDF without author, programs, history, signatures and hidden files; its pages stay."""

import io
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject

from marketplace.errors import Refused
from marketplace.files.pictures_inside import without_description

MOST_OBJECTS = 200_000

DESCRIBING = ("/Metadata", "/PieceInfo", "/Author", "/EF", "/AF", "/RF")
"""Keys that go wherever they stand: XMP, what programs keep for themselves, files inside."""

OF_THE_WHOLE = ("/Perms", "/DSS", "/Legal", "/Collection")
OF_A_SIGNATURE = (
    "/Name",
    "/ContactInfo",
    "/Location",
    "/Reason",
    "/Cert",
    "/Contents",
    "/Prop_Build",
)
UNREADABLE = (
    PyPdfError,
    DependencyError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    NotImplementedError,
    RecursionError,
    OSError,
)
"""What pypdf raises for files that are cut off, locked or made to break it."""


def nameless_pdf(file: Any) -> bytes:
    """The pages, links, forms and remarks of a PDF; no remark says whose it is.

    Raises:
        Refused: it can't be read, or is too large to be gone through.
    """
    content = file.read()
    if b"obj" not in content:
        return content  # not one object: nothing that could describe it, and no reader opens it
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        writer = PdfWriter(clone_from=reader)
        writer.pdf_header = "%PDF-1.7"
        if len(writer._objects) > MOST_OBJECTS:
            raise Refused("It is too large to be gone through.")
        _clean(writer)
        made = _only_what_is_reached(writer)
        if len(PdfReader(io.BytesIO(made)).pages) != len(reader.pages):
            raise Refused("It is damaged.")
    except UNREADABLE as error:
        raise Refused("It is damaged or locked.") from error
    return made


def _only_what_is_reached(writer: PdfWriter) -> bytes:
    """The file without what nothing points at any more: it would still stand in there."""
    whole, made = io.BytesIO(), io.BytesIO()
    writer.write(whole)
    anew = PdfWriter(clone_from=PdfReader(whole))
    anew.pdf_header = writer.pdf_header
    anew.metadata = None
    anew.write(made)
    return made.getvalue()


def _clean(writer: PdfWriter) -> None:
    root = writer.root_object
    for key in OF_THE_WHOLE:
        root.pop(key, None)
    names = root.get("/Names")
    if names is not None:
        names.get_object().pop("/EmbeddedFiles", None)
    writer.metadata = None
    writer._ID = None
    for each in writer._objects:
        if isinstance(each, DictionaryObject):
            _clean_dictionary(each, set())


def _clean_dictionary(each: DictionaryObject, above: set[int]) -> None:
    """One dictionary and those that stand directly in it."""
    if id(each) in above:
        return
    for key in DESCRIBING:
        each.pop(key, None)
    if _is_remark(each):
        each.pop("/T", None)
    if each.get("/FT") == "/Sig":
        each.pop("/V", None)
    if each.get("/Type") in ("/Sig", "/DocTimeStamp"):
        for key in OF_A_SIGNATURE:
            each.pop(key, None)
    if each.get("/Type") in ("/Filespec", "/F"):
        _hide_path(each)
    if isinstance(each, StreamObject) and each.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        each._data = without_description(each._data)
    for value in _within(each):
        _clean_dictionary(value, above | {id(each)})


def _within(each: DictionaryObject) -> list[DictionaryObject]:
    values = [each.raw_get(key) for key in each]
    lists = [item for value in values if isinstance(value, list) for item in value]
    return [value for value in [*values, *lists] if isinstance(value, DictionaryObject)]


def _is_remark(each: DictionaryObject) -> bool:
    """A note, highlight or stamp, of which /T is its author; of a form's field it is the name."""
    return "/Rect" in each and "/Subtype" in each and each.get("/Subtype") != "/Widget"


def _hide_path(each: DictionaryObject) -> None:
    """The path of another file, which often has a person's or firm's name in it."""
    for key in ("/F", "/UF", "/DOS", "/Mac", "/Unix", "/Desc"):
        if key in each:
            each[NameObject(key)] = TextStringObject("file")
