"""What Word, Excel, PowerPoint and OpenDocument files may hold: an allow-list, part by part.

Sources: ECMA-376 part 2 (relationships), [MS-OFFMACRO2], ODF 1.3 part 3, OWASP's File Upload
Cheat Sheet. Text, pictures, films, charts with their workbooks and plain links pass. Macros,
programs, objects of other programs, and whatever a program would fetch from elsewhere don't.
"""

import posixpath
import re
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from marketplace.errors import Refused
from marketplace.files.office_rules import (
    ALLOWED_ENDINGS,
    FETCHING_PARTS,
    FIELDS,
    FORMULAS,
    MACRO_PARTS,
    NOT_IN_DOCUMENTS,
    PLAIN_BINARY,
    Trouble,
    trouble_in_element,
    trouble_in_relation,
    trouble_in_type,
)

MOST_XML = 48 * 1024 * 1024
"""Bytes of all XML of a document; a novel has two."""

DEEPEST = 400
"""Elements in elements; LibreOffice's own limit for lists and tables is far below."""

_XML = re.compile(r"\.(xml|rels|vml|svg|rdf|xsd)$", re.IGNORECASE)
_STARTS_AS_XML = re.compile(rb"^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
_PAGE = re.compile(rb"^\s*<(!doctype|html|script|\?php|hta:)", re.IGNORECASE)
_FIELD_TEXT = ("instrText", "delInstrText")
_FORMULA_TEXT = ("f", "definedName", "formula", "formula1", "formula2", "oldFormula")
_EMBEDDED = re.compile(r"(^|/)embeddings/", re.IGNORECASE)
_OF_A_CHART = re.compile(r"(^|/)charts/_rels/[^/]+\.rels$", re.IGNORECASE)


class Looker:
    """Looks at the parts of one document, one after the other.

    Raises from `look` and `workbooks`:
        Refused: the document holds what is not taken.
    """

    def __init__(self, shown: str, *, is_open_document: bool) -> None:
        self._shown = shown
        self._is_open = is_open_document
        self._room = MOST_XML
        self._embedded: dict[str, bytes] = {}
        self._of_charts: set[str] = set()

    def look(self, name: str, content: bytes) -> None:
        """One part: `name` in the archive, `content` unpacked."""
        low = name.lower()
        if MACRO_PARTS.search(low):
            self.refuse(Trouble.MACROS, "")
        if what := next((what for place, what in FETCHING_PARTS.items() if place in low), ""):
            self.refuse(Trouble.FETCHES, what)
        if not self._is_open and _EMBEDDED.search(name) and low.endswith(".xlsx"):
            self._embedded[low] = content
            return
        ending = posixpath.splitext(low)[1]
        is_odd = ending not in ALLOWED_ENDINGS and not PLAIN_BINARY.search(low)
        if is_odd or (not self._is_open and _EMBEDDED.search(name)):
            self.refuse(Trouble.INSIDE, posixpath.basename(name))
        if content.startswith(NOT_IN_DOCUMENTS) or _PAGE.match(content[:200]):
            self.refuse(Trouble.INSIDE, posixpath.basename(name))
        if _XML.search(low) or _STARTS_AS_XML.match(content[:64]):
            self._look_at_xml(name, content)

    def workbooks(self) -> list[tuple[str, bytes]]:
        """The workbooks of charts, still to be looked through as documents."""
        for name in self._embedded.keys() - self._of_charts:
            self.refuse(Trouble.INSIDE, posixpath.basename(name))
        return list(self._embedded.items())

    def refuse(self, trouble: Trouble, what: str) -> None:
        said = trouble.value.replace("{what}", what).replace(" ()", "")
        raise Refused(f"“{self._shown}” {said}")

    def _look_at_xml(self, name: str, content: bytes) -> None:
        self._room -= len(content)
        if self._room < 0:
            raise Refused(
                f"“{self._shown}” has too much text in it to be looked through. Divide it, or "
                "save it as a PDF, and choose that."
            )
        if not content.strip():
            return
        reader = _Reader(self._element_of(name), self._text)
        try:
            reader.read(content)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise Refused(
                f"“{self._shown}” is damaged: it can’t be opened. Save it again and choose it "
                "again."
            ) from error
        if reader.has_doctype:
            self.refuse(Trouble.INSIDE, "a definition of its own")

    def _element_of(self, name: str) -> Callable[[str, dict[str, str]], None]:
        if name.lower().endswith(".rels"):
            return lambda element, given: self._relation(name, element, given)
        if name == "[Content_Types].xml":
            return lambda element, given: self._type(given)
        return self._element

    def _element(self, element: str, given: dict[str, str]) -> None:
        if found := trouble_in_element(element, given, is_open_document=self._is_open):
            self.refuse(*found)

    def _type(self, given: dict[str, str]) -> None:
        if found := trouble_in_type(given.get("ContentType", "")):
            self.refuse(*found)

    def _relation(self, part: str, element: str, given: dict[str, str]) -> None:
        if element != "Relationship":
            return
        kind, target = given.get("Type", ""), given.get("Target", "")
        is_outside = given.get("TargetMode", "").strip().lower() == "external"
        is_of_chart = bool(_OF_A_CHART.search(part))
        if found := trouble_in_relation(kind, target, is_outside=is_outside, of_chart=is_of_chart):
            self.refuse(*found)
        if is_of_chart and not is_outside:
            folder = posixpath.dirname(posixpath.dirname(part))
            whole = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            self._of_charts.add(whole.lower())

    def _text(self, element: str, text: str) -> None:
        if element in _FIELD_TEXT and FIELDS.search(text):
            self.refuse(Trouble.FETCHES, "a field that brings in something else")
        if element in _FORMULA_TEXT and FORMULAS.search(text):
            self.refuse(Trouble.FETCHES, "a formula that brings in something else")


class _Reader:
    """One part of XML, read as a stream: its elements, and the text of fields and formulas."""

    def __init__(
        self,
        on_element: Callable[[str, dict[str, str]], None],
        on_text: Callable[[str, str], None],
    ) -> None:
        self.has_doctype = False
        self._on_element, self._on_text = on_element, on_text
        self._depth = 0
        self._kept: list[str] | None = None
        # A field’s words may stand in many pieces, with their looks between them.
        self._field: list[str] = []

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.Parse(content, True)
        self._on_text("instrText", "".join(self._field))

    def _doctype(self, *_: Any) -> None:
        self.has_doctype = True
        raise ValueError("documents have no DOCTYPE")

    def _start(self, name: str, given: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError("too deep")
        element = name.rsplit(":", 1)[-1]
        plain = {key.rsplit(":", 1)[-1]: value for key, value in given.items()}
        self._on_element(element, plain)
        if element == "fldChar" and plain.get("fldCharType") == "begin":
            self._field.append("\n")
        elif element in _FIELD_TEXT or element in _FORMULA_TEXT:
            self._kept = []

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._kept is None:
            return
        element = name.rsplit(":", 1)[-1]
        if element in _FIELD_TEXT:
            self._field += self._kept
            self._kept = None
        elif element in _FORMULA_TEXT:
            self._on_text(element, "".join(self._kept))
            self._kept = None

    def _characters(self, text: str) -> None:
        if self._kept is not None:
            self._kept.append(text)
