"""The fields of Word: what one says, from pieces that stand apart; pure.

A field's words may be cut into pieces at any letter, stand in fields that stand in each other, and
be mixed with words that Word leaves out: deleted ones, those of a branch that it does not take, and
those in elements that it may ignore. Sources: ECMA-376 part 1, 17.16; part 3 (markup
compatibility).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from marketplace.files.links import is_plain_link
from marketplace.files.office_rules import Found, Trouble, short

FETCHED = (Trouble.FETCHES, "a field that brings in something else")

_FETCHING = re.compile(
    r"\s*(?:DDE|DDEAUTO|IMPORT|INCLUDE|INCLUDETEXT|DATABASE|LINK|EMBED|RD)\b", re.IGNORECASE
)
_PICTURE = re.compile(r"\s*INCLUDEPICTURE\b", re.IGNORECASE)
_LINK = re.compile(r"\s*HYPERLINK\b", re.IGNORECASE)
_ARGUMENT = re.compile(r'\s*(?:"([^"]*)"|“([^”]*)”|([^\s"\\]\S*|\\\\\S*))')
_ELSEWHERE = re.compile(r"^[\\/]|\\\\|//|^(?!cid:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)

Place = tuple[object, ...]
"""Which elements something stands in that a program may leave out, and whether it was deleted."""


def trouble_in_field(text: str) -> Found | None:
    """What is wrong with what a field says."""
    if _FETCHING.match(text):
        return FETCHED
    if found := _PICTURE.match(text):
        return FETCHED if _ELSEWHERE.search(_argument(text, found.end())) else None
    if found := _LINK.match(text):
        address = _argument(text, found.end())
        if not is_plain_link(address):
            return Trouble.LEADS, short(address)
    return None


def _argument(text: str, at: int) -> str:
    """The first argument behind the name of a field; "" if there is none, or a switch."""
    found = _ARGUMENT.match(text, at)
    return next((group for group in found.groups() if group), "").strip() if found else ""


@dataclass
class _Code:
    """The words of one field, up to where what it shows begins; or between two fields."""

    place: Place | None
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    """Its words, and whether they were deleted."""

    is_over: bool = False


class Fields:
    """The fields of one part, told as its elements come; `report` is called for each trouble."""

    def __init__(self, report: Callable[[Found], None]) -> None:
        self._report = report
        self._open = [_Code(None)]

    def mark(self, kind: str, place: Place, *, deleted: bool) -> None:
        """A field begins, goes over to what it shows ("separate"), or ends."""
        where = (*place, deleted)
        top = self._open[-1]
        if kind == "begin":
            if top.place is not None and not top.is_over and not _said(top, (True, False)):
                self._report(FETCHED)  # its very name would be worked out
            self._open.append(_Code(where))
        elif top.place is None:
            self._look(top)
        elif where != top.place:
            self._report(FETCHED)  # one program ends it here, and another doesn't
        elif kind == "separate":
            self._look(top)
            top.is_over = True
        elif kind == "end":
            self._look(self._open.pop())

    def say(self, text: str, place: Place, *, deleted: bool) -> None:
        code = self._open[-1]
        if code.place is not None and place != code.place[:-1]:
            self._report(FETCHED)  # one program reads these words, and another doesn't
        code.pieces.append((text, deleted))

    def finish(self) -> None:
        while self._open:
            self._look(self._open.pop())

    def _look(self, code: _Code) -> None:
        """As all of it says, and as what was deleted or was not says by itself."""
        for wanted in ((True, False), (False,), (True,)):
            if found := trouble_in_field(_said(code, wanted)):
                self._report(found)
        code.pieces.clear()


def _said(code: _Code, wanted: tuple[bool, ...]) -> str:
    return "".join(text for text, deleted in code.pieces if deleted in wanted).strip()
