"""What Word, Excel, PowerPoint and OpenDocument files may hold: an allow-list, part by part.

Sources: ECMA-376 part 2 (relationships), [MS-OFFMACRO2], ODF 1.3 part 3, OWASP's File Upload
Cheat Sheet. Text, pictures, films, charts with their workbooks and plain links pass. Macros,
programs, objects of other programs, and whatever a program would fetch from elsewhere don't.
"""

import posixpath
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import unquote
from xml.parsers import expat

from marketplace.errors import Refused
from marketplace.files.office_fields import trouble_in_field
from marketplace.files.office_rules import (
    ALLOWED_ENDINGS,
    FETCHING_PARTS,
    MACRO_PARTS,
    NOT_IN_DOCUMENTS,
    OPEN_TELLING,
    PLAIN_BINARY,
    TELLING,
    Found,
    Trouble,
    trouble_in_element,
    trouble_in_formula,
    trouble_in_relation,
    trouble_in_type,
)
from marketplace.files.office_xml import Listeners, Room, read_xml

_XML = re.compile(r"\.(xml|rels|vml|svg|rdf|xsd)$", re.IGNORECASE)
_STARTS_AS_XML = re.compile(rb"^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
_PAGE = re.compile(rb"^\s*<(!doctype|html|script|\?php|hta:)", re.IGNORECASE)
_EMBEDDED = re.compile(r"(^|/)embeddings/", re.IGNORECASE)
_OF_A_CHART = re.compile(r"(^|/)charts/_rels/[^/]+\.rels$", re.IGNORECASE)
_DATA = re.compile(r"^customxml/(?!.*\.rels$)", re.IGNORECASE)
"""Data that a document carries along; what it names, nothing fetches."""

_ANYTHING = re.compile(rb"")
CONTENT_TYPES_PART = "[content_types].xml"


class Looker:
    """Looks at the parts of one document, one after the other.

    Raises from `look` and `workbooks`:
        Refused: the document holds what is not taken.
        TooMuch: there is more of it than is looked through.
    """

    def __init__(self, shown: str, room: Room, *, is_open_document: bool) -> None:
        self._shown = shown
        self._is_open = is_open_document
        self._room = room
        self._embedded: dict[str, bytes] = {}
        self._of_charts: set[str] = set()

    def look(self, name: str, content: bytes) -> None:
        """One part: `name` in the archive, `content` unpacked."""
        name = unquote(name)  # as programs read it (ECMA-376 part 2, 6.2.2)
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
        if not content.strip():
            return
        try:
            listeners, telling = self._listeners(name)
            read_xml(content, listeners, self._room, telling)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise Refused(
                f"“{self._shown}” is damaged: it can’t be opened. Save it again and choose it "
                "again."
            ) from error

    def _listeners(self, name: str) -> tuple[Listeners, re.Pattern[bytes]]:
        low, telling = name.lower(), OPEN_TELLING if self._is_open else TELLING
        element: Callable[[str, dict[str, str]], None] = self._element
        if low.endswith(".rels"):
            element, telling = partial(self._relation, name), _ANYTHING
        elif low == CONTENT_TYPES_PART:
            element, telling = self._type, _ANYTHING
        elif _DATA.match(low):
            element = self._carried
        return Listeners(element, self._formula, self._say), telling

    def _say(self, found: Found | None) -> None:
        if found:
            self.refuse(*found)

    def _element(self, element: str, given: dict[str, str]) -> None:
        self._say(trouble_in_element(element, given, is_open_document=self._is_open))
        if element == "fldSimple":
            self._say(trouble_in_field(given.get("instr", "")))

    def _carried(self, element: str, given: dict[str, str]) -> None:
        self._element(element, {})

    def _formula(self, text: str) -> None:
        self._say(trouble_in_formula(text))

    def _type(self, element: str, given: dict[str, str]) -> None:
        self._say(trouble_in_type(given.get("ContentType", "")))

    def _relation(self, part: str, element: str, given: dict[str, str]) -> None:
        if element != "Relationship":
            return
        kind, target = given.get("Type", ""), given.get("Target", "")
        is_outside = given.get("TargetMode", "").strip().lower() == "external"
        is_of_chart = bool(_OF_A_CHART.search(part))
        self._say(trouble_in_relation(kind, target, is_outside=is_outside, of_chart=is_of_chart))
        if is_of_chart and not is_outside:
            folder = posixpath.dirname(posixpath.dirname(part))
            whole = posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")
            self._of_charts.add(whole.lower())
