"""The lines that apps write about their models, and where they are kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from django.db import models
from django.db.models import Q

To = str | None | Callable[[Any], Any]
"""What an erased field says from then on; a function is given the row and returns it."""


class Leaves(Enum):
    """What becomes of a link to a person whose account is deleted."""

    STAYS = "points at the emptied account"
    CLEARED = "is emptied"
    ROW = "goes with its row"


@dataclass(frozen=True)
class Stays:
    """What of a person stays when their account is deleted, and why, as they read it before."""

    what: str
    why: str


@dataclass(frozen=True)
class Text:
    """Words, numbers in JSON, or a file's name, in one field.

    `why` is why it stays: a `Stays` if somebody's words may be in it. `loses_names`: whatever
    else becomes of it, an erased pitch's title and a deleted person's name are taken out.
    """

    name: str
    of_pitch: bool = False
    of_person: bool = False
    to: To = ""
    why: str | Stays = ""
    loses_names: bool = False


@dataclass(frozen=True)
class Link:
    """A field that names a person; `shows` is what their copy tells of the row."""

    name: str
    leaves: Leaves = Leaves.STAYS
    shows: tuple[str, ...] = ()
    with_pitch: bool = False


@dataclass(frozen=True)
class Through:
    """A road from the row to a person over other rows, for their copy alone."""

    path: str
    shows: tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """How long rows stay.

    `since` is the field with the moment from which `span` is counted; `span` gives None for rows
    that are kept without end. `still_needed` filters those that stay however old they are.
    """

    since: str
    span: Callable[[], timedelta | None]
    still_needed: Q = field(default_factory=Q)


@dataclass(frozen=True)
class Held:
    """All that was said of one model.

    `pitch`, `call` and `person` are look-ups from a row to the id of the pitch, call or person
    that it is about; `address` is its field with somebody's e-mail address.
    """

    model: type[models.Model]
    texts: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()
    roads: tuple[Through, ...] = ()
    pitch: str = ""
    call: str = ""
    person: str = ""
    address: str = ""
    goes_with_pitch: bool = False
    goes_with_address: bool = False
    term: Term | None = None

    @property
    def spoken_for(self) -> set[str]:
        return {text.name for text in self.texts} | {link.name for link in self.links}


@dataclass(frozen=True)
class Reason:
    """Why an account can't be deleted yet, and the page where that is put right."""

    text: str
    path: str = ""


@dataclass
class _Registry:
    held: dict[type[models.Model], Held] = field(default_factory=dict)
    before_pitch: list[Callable[[int], None]] = field(default_factory=list)
    before_person: list[Callable[[Any], None]] = field(default_factory=list)
    held_for_person: list[Callable[[Any], None]] = field(default_factory=list)
    reasons: list[Callable[[Any], Iterable[Reason]]] = field(default_factory=list)


REGISTRY = _Registry()

Spec = Text | Link | Through


def words(*names: str, to: To = "", loses_names: bool = False) -> list[Text]:
    """Written in or about a pitch: goes, or says `to`, when the pitch is erased."""
    return [Text(name, of_pitch=True, to=to, loses_names=loses_names) for name in names]


def own(*names: str, to: To = "") -> list[Text]:
    """Says who somebody is, or is theirs alone: in their copy; says `to` once they have gone."""
    return [Text(name, of_person=True, to=to) for name in names]


def kept(*names: str, why: str | Stays) -> list[Text]:
    """Stays, and why."""
    return [Text(name, why=why) for name in names]


def said(*names: str, why: str | Stays) -> list[Text]:
    """Free words that stay, and why: without the title of a pitch that is erased, and without
    the name and address of somebody whose account is deleted."""
    return [Text(name, why=why, loses_names=True) for name in names]


def by(*names: str, shows: Iterable[str] = (), leaves: Leaves = Leaves.STAYS) -> list[Link]:
    """Links to a person. What they did stays, without their name, unless `leaves` says more."""
    return [Link(name, leaves=leaves, shows=tuple(shows)) for name in names]


def clears(*names: str, shows: Iterable[str] = ()) -> list[Link]:
    """Links to a person that are emptied with the account, or with the pitch of their row."""
    shown = tuple(shows)
    return [Link(name, leaves=Leaves.CLEARED, shows=shown, with_pitch=True) for name in names]


def through(path: str, *shows: str) -> list[Through]:
    """What of a row is in the copy of the person whom a look-up leads to."""
    return [Through(path, shows)]


def register(model: type[models.Model], *lines: Iterable[Spec], **roads: Any) -> None:
    """Say what a model holds: one of the functions above for each of its fields.

    Args:
        roads: `pitch`, `call`, `person`, `address`, `goes_with_pitch`, `goes_with_address` and
            `term` of `Held`.
    """
    specs = [spec for line in lines for spec in line]
    REGISTRY.held[model] = Held(
        model,
        texts=tuple(spec for spec in specs if isinstance(spec, Text)),
        links=tuple(spec for spec in specs if isinstance(spec, Link)),
        roads=tuple(spec for spec in specs if isinstance(spec, Through)),
        **roads,
    )


def with_pitch(act: Callable[[int], None]) -> Callable[[int], None]:
    """Call this with a pitch's id before its words are erased, in the same transaction."""
    REGISTRY.before_pitch.append(act)
    return act


def with_person(act: Callable[[Any], None]) -> Callable[[Any], None]:
    """Call this with a person before their account is emptied, in the same transaction."""
    REGISTRY.before_person.append(act)
    return act


def held_for_person(hold: Callable[[Any], None]) -> Callable[[Any], None]:
    """Call this with a person before anything of them is changed: lock what `with_person` of the
    same app will change, so that chains of records are locked after it."""
    REGISTRY.held_for_person.append(hold)
    return hold


def stays_for(
    find: Callable[[Any], Iterable[Reason]],
) -> Callable[[Any], Iterable[Reason]]:
    """Ask this why a person's account can't be deleted yet."""
    REGISTRY.reasons.append(find)
    return find


def what_stays() -> list[Stays]:
    """What of a person stays when their account is deleted, each once."""
    texts = (text for held in REGISTRY.held.values() for text in held.texts)
    return list(dict.fromkeys(text.why for text in texts if isinstance(text.why, Stays)))
