"""The real parts answer as the product needs them to. Deselect with `-m "not services"`."""

import os

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from tests.parts import require_part

pytestmark = pytest.mark.services

HOW = "run `make test-real`, or set it to the address of one"


def test_postgresql_is_new_enough_and_speaks_utf8(db: None) -> None:
    require_part("DATABASE_URL", os.environ.get("DATABASE_URL"), HOW)
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 150000
        cursor.execute("SELECT lower('ÅNGSTRÖM')")
        assert cursor.fetchone() == ("ångström",)


def test_migrations_lock_no_table_on_postgresql(db: None) -> None:
    require_part("DATABASE_URL", os.environ.get("DATABASE_URL"), HOW)
    call_command("lintmigrations", no_cache=True, quiet=["ok", "ignore"])


def test_redis_keeps_what_the_cache_is_given() -> None:
    require_part("REDIS_URL", os.environ.get("REDIS_URL"), HOW)
    assert settings.CACHES["default"]["BACKEND"].endswith("SturdyCache")
    cache.set("golden", {"thread": 1}, timeout=30)
    assert cache.get("golden") == {"thread": 1}
    assert cache.incr("count", delta=1) if cache.add("count", 1) else False
    assert cache.get("count") == 2


def test_elasticsearch_9_stems_english() -> None:
    require_part("ELASTICSEARCH_URL", os.environ.get("ELASTICSEARCH_URL"), HOW)
    from elasticsearch import Elasticsearch

    with Elasticsearch(settings.ELASTICSEARCH_URL) as client:
        assert client.info()["version"]["number"].startswith("9.")
        found = client.indices.analyze(analyzer="english", text="The loneliest challenges")
    assert [token["token"] for token in found["tokens"]] == ["loneliest", "challeng"]
