"""Looks through the whole database, as somebody would who wants to find what was erased."""

from collections.abc import Iterator

from django.apps import apps


def places_of(*marks: str) -> set[str]:
    """“app.Model.field” for each field in any row that has one of these words, in any case."""
    return {where for where, text in _texts() if any(mark.lower() in text for mark in marks)}


def _texts() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        fields = [one.attname for one in model._meta.local_concrete_fields]
        for row in model._base_manager.values_list(*fields):
            for name, value in zip(fields, row, strict=True):
                yield f"{model._meta.label}.{name}", str(value).lower()
