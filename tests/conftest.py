"""Fixtures for every test: the database, files, a browser."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from marketplace.outages.breaker import forget_all
from search import get_backend
from tests.databases import use_copy_of_template

pytest_plugins = ["tests.browsers"]

# A busy machine makes no example wrong: how long one takes decides nothing.
hypothesis_settings.register_profile(
    "any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("any speed")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """A migrated database of this process's own, on whatever `DATABASE_URL` names."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            use_copy_of_template(tmp_path_factory.mktemp("database") / "test.sqlite3")
            made = None
        else:
            made = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        if made:
            _end_other_sessions()
        connection.close()
        if made:
            teardown_databases(made, verbosity=0)


def _end_other_sessions() -> None:
    """A live server's thread may still hold one; PostgreSQL drops no database in use."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True, scope="session")
def _own_files() -> Iterator[None]:
    """Uploads of tests stay in a folder of this process's own, and go with it."""
    yield
    shutil.rmtree(settings.TEST_DIR, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def _own_indices(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Elasticsearch indices of tests carry this process's prefix, and go with it.

    One is made first: until it is there, searches fall back on the database.
    """
    if not settings.ELASTICSEARCH_URL:
        yield
        return
    from elasticsearch import Elasticsearch

    request.getfixturevalue("django_db_setup")
    with django_db_blocker.unblock():
        get_backend().index([])
    yield
    with Elasticsearch(settings.ELASTICSEARCH_URL) as client:
        for name in client.indices.get(index=f"{settings.ELASTICSEARCH_INDEX_PREFIX}*"):
            client.indices.delete(index=name)


@pytest.fixture(autouse=True)
def _as_just_started() -> Iterator[None]:
    """Nothing cached, and no part that failed another test is left alone."""
    yield
    cache.clear()
    forget_all()


@pytest.fixture(autouse=True)
def _rules_as_they_were() -> Iterator[None]:
    """A test that turns a rule of the database off for its connection turns it on again: else
    whatever runs after it in this process proves nothing."""
    yield
    if connection.vendor != "sqlite" or connection.connection is None:
        return
    for rule, wanted in (("ignore_check_constraints", 0), ("foreign_keys", 1)):
        with suppress(sqlite3.ProgrammingError):  # closed: the next one begins anew
            row = connection.connection.execute(f"PRAGMA {rule}").fetchone()
            assert row == (wanted,), f"PRAGMA {rule} is left at {row}"


@pytest.fixture(autouse=True)
def _forget_seals() -> Iterator[None]:
    """Seals that were kept outside a database which is gone say that its record was changed."""
    yield
    Path(settings.RECORD_KEPT_SEALS_FILE).unlink(missing_ok=True)


def pytest_report_header() -> list[str]:
    """Say which parts are real in this run; addresses may carry passwords, so none is shown."""
    names = {"DATABASE_URL": "SQLite", "REDIS_URL": "memory", "ELASTICSEARCH_URL": "embedded"}
    kinds = [
        f"{name}: {'set' if os.environ.get(name) else f'not set ({default})'}"
        for name, default in names.items()
    ]
    return [", ".join(kinds)]
