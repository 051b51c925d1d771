"""Which rows an act locks, in which order: seen at Django's querysets, so on any database.

SQLite drops FOR UPDATE, so statements say nothing there. Three strengths, as PostgreSQL has them:

* WHOLE: FOR UPDATE, DELETE; keeps out everybody, rows that come to point at it too.
* ROW: FOR NO KEY UPDATE, UPDATE; keeps out WHOLE and ROW.
* KEY: what a new row that points at this one takes, when the transaction ends, as Django's foreign
  keys are checked then; keeps out WHOLE.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from django.db import models, transaction
from django.db.models.query import QuerySet
from django.db.models.signals import post_save, pre_delete

KEY, ROW, WHOLE = 1, 2, 3

Label = Callable[[models.Model], str]


@dataclass(frozen=True)
class Lock:
    """`rows` are the ids that were locked by one statement, so in one order."""

    on: str
    strength: int
    rows: frozenset[Any] = frozenset()

    def keeps_out(self, other: "Lock") -> bool:
        return self.on == other.on and {self.strength, other.strength} not in ({KEY}, {KEY, ROW})

    def __str__(self) -> str:
        return f"{self.on}{'?kw'[self.strength - 1]}"


@dataclass
class Trace:
    """The locks of one act, in order; a row that is held as strongly already is not locked anew.

    `loose` are kinds of rows of which several were locked at once in no order.
    """

    label: Label
    locks: list[Lock] = field(default_factory=list)
    at_end: list[Lock] = field(default_factory=list)
    loose: set[str] = field(default_factory=set)

    def note(self, rows: Iterable[models.Model], strength: int, *, ordered: bool = True) -> None:
        fresh = [row for row in rows if not self._has(row, strength)]
        for name in dict.fromkeys(map(self.label, fresh)):
            ids = frozenset(row.pk for row in fresh if self.label(row) == name)
            self.locks.append(Lock(name, strength, ids))
            if len(ids) > 1 and not ordered:
                self.loose.add(name)

    def _has(self, row: models.Model, strength: int) -> bool:
        name = self.label(row)
        return any(
            held.on == name and held.strength >= strength and row.pk in held.rows
            for held in self.locks
        )

    def note_parents(self, row: models.Model) -> None:
        for each in row._meta.concrete_fields:
            parent = each.related_model if isinstance(each, models.ForeignKey) else None
            if parent is not None and getattr(row, each.attname) is not None:
                pointed = parent._base_manager.filter(pk=getattr(row, each.attname)).first()
                if pointed is not None:
                    self.at_end.append(Lock(self.label(pointed), KEY))

    def all(self) -> list[Lock]:
        return self.locks + list(dict.fromkeys(self.at_end))


@contextmanager
def recorded(label: Label) -> Iterator[Trace]:
    """What is locked inside; undone at the end, so that the next act finds the same rows."""
    trace = Trace(label)

    def fetch_all(self: QuerySet) -> None:
        fresh = self._result_cache is None
        _fetch_all(self)
        if fresh and self.query.select_for_update:
            rows = [row for row in self._result_cache or [] if isinstance(row, models.Model)]
            strength = ROW if self.query.select_for_no_key_update else WHOLE
            trace.note(rows, strength, ordered=bool(self.query.order_by))

    def update(self: QuerySet, **values: Any) -> int:
        rows = self.model._base_manager.filter(pk__in=list(self.values_list("pk", flat=True)))
        trace.note(rows, ROW, ordered=False)
        return _update(self, **values)

    def bulk_create(self: QuerySet, rows: Any, *args: Any, **kwargs: Any) -> Any:
        rows = list(rows)
        made = _bulk_create(self, rows, *args, **kwargs)
        for row in rows:
            trace.note_parents(row)
        return made

    def saved(instance: models.Model, created: bool, **signal: Any) -> None:
        if not created:
            for table in reversed(instance._meta.get_parent_list()):
                trace.note([table(pk=instance.pk)], ROW)  # written before its own
            trace.note([instance], ROW)
        trace.note_parents(instance)

    def deleted(instance: models.Model, **signal: Any) -> None:
        trace.note([instance], WHOLE)

    _fetch_all, _update, _bulk_create = QuerySet._fetch_all, QuerySet.update, QuerySet.bulk_create
    post_save.connect(saved, weak=False, dispatch_uid="locks")
    pre_delete.connect(deleted, weak=False, dispatch_uid="locks")
    try:
        with (
            mock.patch.object(QuerySet, "_fetch_all", fetch_all),
            mock.patch.object(QuerySet, "update", update),
            mock.patch.object(QuerySet, "bulk_create", bulk_create),
            transaction.atomic(),
        ):
            yield trace
            transaction.set_rollback(True)
    finally:
        post_save.disconnect(dispatch_uid="locks")
        pre_delete.disconnect(dispatch_uid="locks")


def rings(one: list[Lock], other: list[Lock], gates: set[str]) -> list[tuple[Lock, Lock]]:
    """Pairs that `one` takes in this order and `other` the other way round: each could hold what
    the other waits for.

    Args:
        gates: what there is one row of; two acts that both hold it first are never under way at
            once.
    """
    found = []
    for at, first in enumerate(one):
        for then, second in enumerate(one[at + 1 :], at + 1):
            for held, theirs in enumerate(other):
                if first.on == second.on or not theirs.keeps_out(second):
                    continue
                for wanted in range(held + 1, len(other)):
                    if not other[wanted].keeps_out(first):
                        continue
                    if not _share_a_gate(one[:then], other[:wanted], gates):
                        found.append((first, second))
    return list(dict.fromkeys(found))


def _share_a_gate(one: list[Lock], other: list[Lock], gates: set[str]) -> bool:
    """Whether both would hold what only one can hold, so that they never come so far at once."""
    return any(ours.on in gates and ours.keeps_out(theirs) for ours in one for theirs in other)
