"""Finds text, files and links to people that no `held.py` speaks for."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import models

from marketplace.retention.registry import REGISTRY

OURS = ("marketplace", "startups", "challenges", "search", "cms")
PLAIN = (
    models.AutoField,
    models.BooleanField,
    models.DateField,
    models.DecimalField,
    models.DurationField,
    models.FloatField,
    models.IntegerField,
    models.TimeField,
    models.UUIDField,
)
"""Kinds of field that hold nobody's words; any other kind, known or not, is to be spoken for."""


@register()
def check_every_field_is_spoken_for(**kwargs: Any) -> list[CheckMessage]:
    return [Error(gap, id="retention.E001") for gap in find_gaps()]


def find_gaps() -> list[str]:
    """A sentence for each field that nobody spoke for, with the line to add, and for each line
    about a field that is not there."""
    return [gap for model in apps.get_models() for gap in _gaps_of(model)]


def _gaps_of(model: type[models.Model]) -> Iterator[str]:
    held = REGISTRY.held.get(model)
    spoken = held.spoken_for if held else set()
    for one in (*model._meta.local_fields, *model._meta.local_many_to_many):
        if one.name not in spoken and (line := _line_for(model, one)):
            where = f"{model._meta.app_config.name.replace('.', '/')}/held.py"
            yield (
                f"{model._meta.label}.{one.name}: in {where}, add to "
                f"register({model.__name__}, …) the line {line}"
            )
    for name in spoken - {one.name for one in model._meta.get_fields()}:
        yield f"{model._meta.label}.{name} is registered and is no field"


def _line_for(model: type[models.Model], one: Any) -> str:
    """The line that speaks for a field; empty if it needs none."""
    if one.is_relation:
        to_person = one.related_model is apps.get_model(settings.AUTH_USER_MODEL)
        return f'by("{one.name}"), or clears(…) if who it was need not stay' if to_person else ""
    ours = model.__module__.partition(".")[0] in OURS
    if not ours or isinstance(one, PLAIN) or one.choices:
        return ""
    return (
        f'words("{one.name}") if it is written in or about a pitch, own("{one.name}") if it is one '
        f'person’s, or else kept("{one.name}", why="…")'
    )
