"""The XML of an office document, read as a stream: elements, fields and formulas; pure.

Names of elements and attributes can't be written in two ways in XML, as there are no entities
where no DOCTYPE is. So a part that holds no name which a rule knows is only checked for being
sound, which takes a hundredth of the time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.parsers import expat

from marketplace.files.office_fields import Fields
from marketplace.files.office_rules import Found

DEEPEST = 400
"""Elements in elements; LibreOffice's own limit for lists and tables is far below."""

FIELD_TEXT = ("instrText", "delInstrText")
FORMULA_TEXT = frozenset(
    {
        *("f", "definedName", "formula", "formula1", "formula2", "oldFormula"),
        *("calculatedColumnFormula", "totalsRowFormula"),
    }
)
_DELETED = ("del", "moveFrom")
_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]+)""")
_PLAIN_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


class TooMuch(Exception):
    """There is more than will be looked through."""


@dataclass
class Room:
    """How much of one document is still looked through, the workbooks in it counted with it."""

    unpacked: int
    """Bytes of all parts."""

    text: int
    """Bytes of XML."""

    elements: int
    """Of XML in which rules look at each."""

    def take(self, what: str, amount: int) -> None:
        """Raises: TooMuch."""
        left = getattr(self, what) - amount
        if left < 0:
            raise TooMuch
        setattr(self, what, left)


@dataclass(frozen=True)
class Listeners:
    """What is told of a part."""

    element: Callable[[str, dict[str, str]], None]
    """Local names; called again for attributes that share a local name."""

    formula: Callable[[str], None]
    field: Callable[[Found], None]


def read_xml(content: bytes, listeners: Listeners, room: Room, telling: re.Pattern[bytes]) -> None:
    """Read a part.

    Args:
        telling: matches the UTF-8 of each name that a listener has an interest in.

    Raises:
        TooMuch: see `Room`.
        ValueError, ExpatError: it is no XML that documents have.
    """
    room.take("text", len(content))
    is_wide = content.startswith(_WIDE)
    declared = _ENCODING.match(content)
    if not is_wide and declared and declared[1].lower() not in _PLAIN_ENCODINGS:
        raise ValueError("in letters that documents are not written in")
    _Reader(listeners, room).read(content, quietly=not is_wide and not telling.search(content))


class _Reader:
    def __init__(self, listeners: Listeners, room: Room) -> None:
        self._listeners, self._room = listeners, room
        self._left = room.elements
        self._names: dict[str, tuple[str, str]] = {}
        self._own: str | None = None
        self._depth = self._serial = self._deleted = 0
        self._foreign: list[tuple[int, int, bool]] = []
        self._kept: list[str] = []
        self._keeping = 0  # how deep the element stands whose text is kept
        self._fields = Fields(listeners.field)

    def read(self, content: bytes, *, quietly: bool) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ProcessingInstructionHandler = self._instruction
        if not quietly:
            parser.buffer_text = True
            parser.StartElementHandler = self._start
            parser.EndElementHandler = self._end
            parser.CharacterDataHandler = self._characters
        parser.Parse(content, True)
        self._fields.finish()
        self._room.elements = self._left

    def _refuse(self, *_: object) -> None:
        raise ValueError("documents have no DOCTYPE")

    def _instruction(self, target: str, text: str) -> None:
        if target.lower() in ("xml-stylesheet", "php"):
            raise ValueError("documents have no style sheets of XML")

    def _split(self, name: str) -> tuple[str, str]:
        prefix, _, local = name.rpartition(":")
        self._names[name] = prefix, local
        return prefix, local

    def _start(self, name: str, given: dict[str, str]) -> None:
        self._depth += 1
        self._left -= 1
        if self._left < 0:
            raise TooMuch
        if self._depth > DEEPEST:
            raise ValueError("too deep")
        prefix, element = self._names.get(name) or self._split(name)
        if self._own is None:
            self._own = prefix
        elif (anew := _names_anew(given)) or prefix != self._own:
            self._serial += 1
            self._foreign.append((self._depth, self._serial, anew))
        self._tell(element, given)
        if element in _DELETED:
            self._deleted += 1
        if element in FIELD_TEXT or element in FORMULA_TEXT:
            self._keeping = self._keeping or self._depth
        elif element == "fldChar":
            self._mark(prefix, given)

    def _tell(self, element: str, given: dict[str, str]) -> None:
        """Attributes without a prefix count first; where several have one local name, a program
        may read any of them."""
        rest = list(given.items())
        while True:
            told: dict[str, str] = {}
            left = []
            for key, value in sorted(rest, key=_has_prefix) if len(rest) > 1 else rest:
                local = key.rpartition(":")[2]
                if local in told:
                    left.append((key, value))
                else:
                    told[local] = value
            self._listeners.element(element, told)
            if not left:
                return
            rest = left
            self._left -= len(left)
            if self._left < 0:
                raise TooMuch

    def _mark(self, prefix: str, given: dict[str, str]) -> None:
        kinds = {value for key, value in given.items() if key.rpartition(":")[2] == "fldCharType"}
        for kind in ("begin", "separate", "end"):
            if kind in kinds:
                self._fields.mark(kind, self._place(prefix), deleted=self._deleted > 0)

    def _place(self, prefix: str) -> tuple[object, ...]:
        """What a program may leave out of what it does not know (`Fields`)."""
        above = (serial for depth, serial, anew in self._foreign if anew or depth < self._depth)
        return (prefix, *above)

    def _end(self, name: str) -> None:
        prefix, element = self._names[name]
        if self._keeping == self._depth:
            text, self._kept, self._keeping = "".join(self._kept), [], 0
            if element in FIELD_TEXT:
                is_deleted = element == "delInstrText" or self._deleted > 0
                self._fields.say(text, self._place(prefix), deleted=is_deleted)
            else:
                self._listeners.formula(text)
        if element in _DELETED:
            self._deleted -= 1
        if self._foreign and self._foreign[-1][0] == self._depth:
            self._foreign.pop()
        self._depth -= 1

    def _characters(self, text: str) -> None:
        if self._keeping:
            self._kept.append(text)


def _has_prefix(item: tuple[str, str]) -> bool:
    return ":" in item[0]


def _names_anew(given: dict[str, str]) -> bool:
    """Whether an element says anew what prefixes mean."""
    return any(key.startswith("xmlns") for key in given)
