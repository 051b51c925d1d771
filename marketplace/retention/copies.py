"""The copy that a person may have of what is held about them (UK GDPR, articles 15 and 20)."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from marketplace.retention.erasing import about, rows_of
from marketplace.retention.registry import REGISTRY, Held

Row = dict[str, Any]


def copy_of(person: Any) -> dict[str, list[Row]]:
    """Name of a kind of thing → what is held of this person in each, in plain JSON values.

    Of what they did together with others, only that they did it: an organisation's pitch is not
    one person's to take away. One query for each kind and link, however many rows.
    """
    found = {}
    for held in REGISTRY.held.values():
        rows = _rows(held, person)
        if rows:
            found[str(held.model._meta.verbose_name_plural)] = rows
    return found


def _rows(held: Held, person: Any) -> list[Row]:
    rows: list[Row] = []
    mine = about(held, person, person.email)
    texts = [text.name for text in held.texts if text.of_person]
    if mine is not None and texts:
        rows += _told(mine, "yours", texts)
    for link in held.links:
        linked = rows_of(held).filter(**{link.name: person.pk})
        rows += _told(linked, link.name, link.shows)
    for road in held.roads:
        rows += _told(rows_of(held).filter(**{road.path: person.pk}), road.path, road.shows)
    return rows


def _told(rows: models.QuerySet, role: str, names: Iterable[str]) -> list[Row]:
    role = role.replace("__", " ").replace("_", " ")
    return [{"your part": role, **row} for row in rows.order_by("pk").values("pk", *names)]
