"""Looks through the whole database, as somebody would who wants to find what was erased."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection


def places_of(*marks: str) -> set[str]:
    """“app.Model.field” for each field in any row that has one of these words, in any case."""
    return {where for where, text in _texts() if any(mark.lower() in text for mark in marks)}


def _texts() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        fields = [one.attname for one in model._meta.local_concrete_fields]
        for row in model._base_manager.values_list(*fields):
            for name, value in zip(fields, row, strict=True):
                yield f"{model._meta.label}.{name}", str(value).lower()


def columns_with(*marks: str) -> set[str]:
    """“table.column” for each column of any table, a model's or not, that has one of these words.

    Tables of the search box and of many-to-many links too; sessions are read.
    """
    return {where for where, text in _raw() if any(mark.lower() in text for mark in marks)}


def _raw() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute("SELECT * FROM " + connection.ops.quote_name(table))  # noqa: S608
            names = [each[0] for each in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    yield f"{table}.{name}", _words(f"{table}.{name}", value).lower()


def _words(where: str, value: Any) -> str:
    if where == "django_session.session_data":
        return str(SessionStore().decode(value))
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
