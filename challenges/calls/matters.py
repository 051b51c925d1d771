"""What can be done only by two officers: each app registers its matters here.

A matter is one kind of act (release a stage's decisions, cancel a call with pitches in it).
`challenges.calls.sign_offs` proposes, signs and sends back; the matter says who may, what must
hold, and what is then done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from challenges.calls.models import Call, SignOff
from marketplace.accounts.models import User


def _nothing(*args: Any) -> None:
    """For a matter that asks nothing more than its rule."""


@dataclass(frozen=True)
class Matter:
    """One kind of act that takes two officers.

    Attributes:
        name: "app.act", for ever: "judging.release".
        title: what would be done, as a heading: "Release the decisions".
        done: said to the signer when it is done: "Released. Every applicant is told."
        rule: registered permission over the thing that proposer and signer both need.
        find: id → the thing, with what the other functions read; raises its DoesNotExist.
        call_of: thing → its call.
        stands: thing → JSON value of all that the signer relies on; where it differs from what
            the proposer saw, nobody signs.
        carry_out: (sign-off, thing, signer), inside the signing transaction; locks what it
            changes and raises `Refused` where it can't be done.
        check: (thing, content, person) → raises `Refused` where it could not be done now; asked
            at proposal and, by `carry_out`'s own locks, again at signing.
        facts: (sign-off, thing) → (label, text) rows that the signer reads.
        path: (thing) → address of the desk's page about it, for mails and the way back.
    """

    name: str
    title: str
    done: str
    rule: str
    find: Callable[[int], Any]
    call_of: Callable[[Any], Call]
    stands: Callable[[Any], Any]
    carry_out: Callable[[SignOff, Any, User], Any]
    facts: Callable[[SignOff, Any], Sequence[tuple[str, str]]]
    path: Callable[[Any], str]
    check: Callable[[Any, dict[str, Any], User], None] = _nothing


_MATTERS: dict[str, Matter] = {}


def register(matter: Matter) -> Matter:
    """Make a matter known; call it where the app is made ready.

    Raises:
        ValueError: another matter has this name.
    """
    if _MATTERS.get(matter.name, matter) is not matter:
        raise ValueError(f"two matters are called {matter.name!r}")
    _MATTERS[matter.name] = matter
    return matter


def matter_of(name: str) -> Matter:
    """Raises: KeyError: no such matter is registered."""
    return _MATTERS[name]


def thing_of(sign_off: SignOff) -> models.Model:
    return matter_of(sign_off.matter).find(sign_off.thing_id)
