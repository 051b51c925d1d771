"""Puts words into every registered column of the rows that are about a pitch or a person."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import Q

from marketplace.retention.erasing import about, rows_of
from marketplace.retention.registry import REGISTRY, Held, Leaves, Stays, Text


def column(held: Held, text: Text) -> str:
    field = held.model._meta.get_field(text.name)
    return f"{held.model._meta.db_table}.{field.column}"


def columns_that_stay() -> set[str]:
    """Those of which the registry says to people that they stay, and why."""
    return {
        column(held, text)
        for held in REGISTRY.held.values()
        for text in held.texts
        if isinstance(text.why, Stays)
    }


def rows_about(held: Held, person: Any) -> models.QuerySet | None:
    """What goes with a person's account, or is emptied with it."""
    rows = about(held, person, person.email)
    wanted = Q(pk__in=rows.values("pk")) if rows is not None else Q()
    for link in held.links:
        if link.leaves is Leaves.ROW:
            wanted |= Q(**{link.name: person.pk})
    return rows_of(held).filter(wanted) if wanted else None


def plant(rows: models.QuerySet, texts: Iterable[Text], words: str) -> set[str]:
    """Write the words into these fields of each row; the names of those that took them."""
    texts, took = list(texts), set()
    for row in rows:
        for text in texts:
            field = row._meta.get_field(text.name)
            if _fits(field, words):
                value = _as_of(field, getattr(row, text.name), words)
                rows.model._base_manager.filter(pk=row.pk).update(**{text.name: value})
                took.add(text.name)
    return took


def _fits(field: Any, words: str) -> bool:
    if isinstance(field, models.JSONField):
        return True
    return not field.unique and len(words) <= (field.max_length or 10**6)


def _as_of(field: Any, now: Any, words: str) -> Any:
    if not isinstance(field, models.JSONField):
        return words
    if isinstance(now, dict):
        return {**now, "zq": [words]}
    return [*now, words] if isinstance(now, list) else words


def held_with(*names: str) -> Iterator[tuple[Held, list[Text]]]:
    """Models that have texts with one of these properties, and those texts."""
    for held in REGISTRY.held.values():
        texts = [text for text in held.texts if any(getattr(text, name) for name in names)]
        if texts:
            yield held, texts
