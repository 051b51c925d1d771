"""The life of a thing as one table of transitions.

Every app that owns a thing with states has a `workflow.py` with one `Workflow` in it: read
it to see every state, what moves a thing on, and which rule says who may do it. Services
call `Workflow.apply` inside their transaction; nothing else writes a state field.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import rules
from django.db import models

from marketplace.errors import NotAllowed, WrongState


@dataclass(frozen=True)
class Transition:
    """One row: `event` takes a thing from any of `sources` to `target`, if `rule` allows."""

    event: str
    sources: frozenset[str]
    target: str
    rule: str
    """Name of a rule registered with `rules.add_perm`; predicates take (person, thing)."""


def transition(event: str, sources: Iterable[str], target: str, rule: str) -> Transition:
    return Transition(event, frozenset(sources), target, rule)


class Workflow:
    """A table of transitions over one state field of a model.

    Args:
        name: what the thing is called in messages ("call", "pitch").
        field: the model field that holds the state.
        states: the choices of that field.
        transitions: the rows of the table; an event may have only one row per source.
    """

    def __init__(
        self,
        name: str,
        *,
        states: type[models.TextChoices],
        transitions: Iterable[Transition],
        field: str = "state",
    ) -> None:
        self.name = name
        self.states = states
        self.field = field
        self.transitions = tuple(transitions)
        self._by_event_and_source: dict[tuple[str, str], Transition] = {}
        for row in self.transitions:
            for source in row.sources:
                if (row.event, source) in self._by_event_and_source:
                    raise ValueError(f"{name}: two rows for {row.event!r} from {source!r}")
                self._by_event_and_source[row.event, source] = row

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.event for row in self.transitions))

    def find(self, event: str, state: str) -> Transition | None:
        """The row for `event` from `state`, or None where the table has none."""
        if event not in self.events:
            raise KeyError(f"{self.name} has no event {event!r}")
        return self._by_event_and_source.get((event, state))

    def allows(self, event: str, thing: models.Model, person: Any) -> bool:
        """Whether `person` may do `event` to `thing` as it stands now."""
        row = self.find(event, getattr(thing, self.field))
        return row is not None and rules.has_perm(row.rule, person, thing)

    def apply(self, event: str, thing: models.Model, person: Any) -> Transition:
        """Move `thing` on; the caller saves it in its own transaction.

        Raises:
            WrongState: the table has no such move from the present state.
            NotAllowed: the row's rule does not let this person do it.
        """
        state = getattr(thing, self.field)
        row = self.find(event, state)
        if row is None:
            label = self.states(state).label.lower()
            raise WrongState(f"This {self.name} is {label}, so that can’t be done to it now.")
        if not rules.has_perm(row.rule, person, thing):
            raise NotAllowed(f"You can’t do that to this {self.name}.")
        setattr(thing, self.field, row.target)
        return row
