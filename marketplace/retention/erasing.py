"""Erase by what is registered. Call these inside a transaction."""

from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from marketplace.retention.registry import REGISTRY, Held, Leaves, Reason, Text


def erase_pitch(pk: int) -> None:
    """Every word and file that is registered as a pitch's; rows that are nothing else go."""
    for act in REGISTRY.before_pitch:
        act(pk)
    for held in _from_the_top():
        if not held.pitch:
            continue
        rows = rows_of(held).filter(**{held.pitch: pk})
        if held.goes_with_pitch:
            delete_rows(rows)
            continue
        _blank(rows, [text for text in held.texts if text.of_pitch])
        cleared = [link.name for link in held.links if link.with_pitch]
        if cleared:
            rows.update(**dict.fromkeys(cleared))


def reasons_to_stay(person: Any) -> list[Reason]:
    """Why this account can't be deleted yet; empty if it can."""
    return [reason for find in REGISTRY.reasons for reason in find(person)]


def hold_for_person(person: Any) -> None:
    """Lock what changes with a person's account, the upper floors' rows first."""
    for hold in reversed(REGISTRY.held_for_person):
        hold(person)


def erase_person(person: Any) -> None:
    """Every trace that is registered as a person's; what they did stays, without their name."""
    # The upper floors first, as below: what they say to others is looked at by those below.
    for act in reversed(REGISTRY.before_person):
        act(person)
    email = person.email
    for held in _from_the_top():
        mine = about(held, person, email)
        if mine is not None and held.goes_with_address:
            delete_rows(mine)
        elif mine is not None:
            _blank(mine, [text for text in held.texts if text.of_person])
        for link in held.links:
            _let_go(held, link.name, link.leaves, person)


def about(held: Held, person: Any, email: str) -> "models.QuerySet | None":
    """Rows about this person, by a link or by their address; None if a model has none."""
    wanted = Q(**{held.person: person.pk}) if held.person else Q()
    if held.address:
        wanted |= Q(**{f"{held.address}__iexact": email})
    return rows_of(held).filter(wanted) if wanted else None


def names_of(person: Any) -> set[str]:
    """Every name under which a person stands in a register, their account’s among them."""
    names: set[str] = set()
    for held in REGISTRY.held.values():
        rows = about(held, person, person.email)
        if rows is not None and any(text.name == "name" and text.of_person for text in held.texts):
            names.update(rows.values_list("name", flat=True))
    return names


def rows_of(held: Held) -> models.QuerySet:
    return held.model._base_manager.all()


def delete_rows(rows: models.QuerySet) -> None:
    """Rows now, their files once that is certain; what a crash leaves, the sweep of orphans takes.

    The ids first: a database deletes no rows that it finds over a join.
    """
    fields = [one for one in rows.model._meta.concrete_fields if isinstance(one, models.FileField)]
    names = {
        one: list(rows.exclude(**{one.name: ""}).values_list(one.name, flat=True)) for one in fields
    }
    rows_by_id(rows).delete()
    for one, stored in names.items():
        for name in filter(None, stored):
            transaction.on_commit(partial(one.storage.delete, name), robust=True)


def rows_by_id(rows: models.QuerySet) -> models.QuerySet:
    return rows.model._base_manager.filter(pk__in=list(rows.values_list("pk", flat=True)))


def _from_the_top() -> list[Held]:
    """The upper floors first: their rows point at those below."""
    return list(reversed(REGISTRY.held.values()))


def _let_go(held: Held, name: str, leaves: Leaves, person: Any) -> None:
    rows = rows_of(held).filter(**{name: person.pk})
    if leaves is Leaves.ROW:
        delete_rows(rows)
    elif leaves is Leaves.CLEARED:
        rows.update(**{name: None})


def _blank(rows: models.QuerySet, texts: list[Text]) -> None:
    # By their ids: what is blanked may be what they are found by.
    rows = rows_by_id(rows)
    plain = [text for text in texts if not callable(text.to)]
    worked_out = [text for text in texts if callable(text.to)]
    if worked_out:
        for row in rows.iterator():
            for text in worked_out:
                setattr(row, text.name, text.to(row))  # type: ignore[operator,misc]
            row.save(update_fields=[text.name for text in worked_out])
    for text in plain:
        # An empty answer is not one that was erased; a name is never left empty.
        filled = rows.exclude(**{text.name: ""}) if text.of_pitch and text.to else rows
        filled.update(**{text.name: text.to})
