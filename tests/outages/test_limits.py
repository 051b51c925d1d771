"""Whatever opens a connection has a time limit, and what comes later must have one too."""

import ast
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import clamd
import pytest
from django.conf import settings as project
from django.core.mail import get_connection
from django.db import OperationalError, connection, connections

from challenges.pitches import scanning
from marketplace.outages import probes
from marketplace.outages.cache import SturdyCache
from marketplace.settings import time_limits
from search.backends.elastic import ElasticBackend
from tests.chaos.links import PASSES, SILENT, Link
from tests.outages.test_tasks import sources
from tests.parts import require_part

OPENS = {
    *("socket", "ssl", "asyncio", "http.client", "smtplib", "ftplib", "imaplib", "poplib"),
    *("telnetlib", "xmlrpc", "urllib.request", "requests", "httpx", "aiohttp", "urllib3"),
    *("redis", "kombu", "boto3", "botocore", "clamd", "elasticsearch", "elastic_transport"),
    *("psycopg", "stripe", "websockets", "paramiko", "grpc", "subprocess"),
}
"""Libraries that speak to something outside this process, or start a program."""

LIMITED = {
    "challenges/pitches/scanning.py": "clamd: SCANNER_TIMEOUT",
    "marketplace/activity/proof/guards.py": "psycopg: its words for a name in SQL only",
    "marketplace/activity/outbox.py": "smtplib's errors; EMAIL_TIMEOUT in Django's back end",
    "marketplace/celery.py": "kombu's errors; BROKER_TIMEOUT in the transport's options",
    "marketplace/files/object_store.py": "botocore: STORAGE_TIMEOUT, by `storage_options`",
    "marketplace/outages/apps.py": "socket: the default of all others",
    "marketplace/outages/cache.py": "redis: REDIS_TIMEOUT",
    "marketplace/outages/failures.py": "errors only",
    "marketplace/outages/owed.py": "errors only",
    "marketplace/outages/probes.py": "each its part's own",
    "marketplace/settings/time_limits.py": "botocore's Config, from the table",
    "search/backends/elastic.py": "elasticsearch: SEARCH_TIMEOUT, SEARCH_WRITE_TIMEOUT",
    "search/backends/elastic_queries.py": "builds queries, sends none",
    "search/backends/paired.py": "errors only",
    "search/management/commands/search_check.py": "errors only",
    "search/management/commands/search_evaluate.py": "errors only",
    "search/management/commands/search_rebuild.py": "errors only",
    "search/services.py": "errors only",
}
"""File → what limits the connections that it opens. Whoever adds one says so here, with the name
of its limit in `marketplace/settings/time_limits.py`."""


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse((project.BASE_DIR / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module or ""} | {f"{node.module}.{name.name}" for name in node.names}
    return {name for name in found if any(name == o or name.startswith(f"{o}.") for o in OPENS)}


def test_whatever_opens_a_connection_is_in_the_list() -> None:
    opening = {str(path) for path in sources() if imported(path)}
    assert opening - LIMITED.keys() == set(), "say what limits these"
    assert LIMITED.keys() - opening == set(), "these open none any more"


def test_what_names_no_limit_has_one() -> None:
    assert socket.getdefaulttimeout() == project.SOCKET_TIMEOUT > 0


def test_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert get_connection().timeout == project.EMAIL_TIMEOUT > 0


def test_redis(settings: Any) -> None:
    settings.REDIS_TIMEOUT = 0.7
    cache = SturdyCache("redis://127.0.0.1:9/0", {})
    ways = cache.redis._cache.get_client().connection_pool.connection_kwargs
    assert ways["socket_connect_timeout"] == ways["socket_timeout"] == 0.7
    assert ways["retry"]._retries == 0


@pytest.mark.parametrize("kind", [time_limits.WEB, time_limits.WORKER, time_limits.COMMAND])
def test_the_queue(kind: str) -> None:
    ways = time_limits.broker_options(kind)
    assert 0 < ways["socket_connect_timeout"] <= ways["socket_timeout"] <= 30
    assert ways["visibility_timeout"] > time_limits.LONGEST_TASK


def test_elasticsearch() -> None:
    backend = ElasticBackend("http://127.0.0.1:9", "limits")
    for client, seconds in (
        (backend.client, project.SEARCH_TIMEOUT),
        (backend.writer, project.SEARCH_WRITE_TIMEOUT),
        (backend.rebuilder, project.SEARCH_REBUILD_TIMEOUT),
    ):
        assert client._request_timeout == seconds or seconds == project.SEARCH_TIMEOUT
    assert backend.client._max_retries == 0


def test_the_scanner(settings: Any) -> None:
    for url in ("tcp://127.0.0.1:9", "unix:///run/nowhere"):
        settings.CLAMD_URL = url
        scanner = scanning._scanner()
        assert isinstance(scanner, clamd.ClamdNetworkSocket)
        assert scanner.timeout == project.SCANNER_TIMEOUT > 0


def test_the_object_store() -> None:
    ways = time_limits.storage_options()["client_config"]
    assert ways.connect_timeout == time_limits.STORAGE_CONNECT_TIMEOUT
    assert ways.read_timeout == time_limits.STORAGE_TIMEOUT
    assert ways.retries["total_max_attempts"] == 2


@pytest.mark.parametrize("kind", [time_limits.WEB, time_limits.WORKER])
def test_the_database_by_kind_of_process(kind: str) -> None:
    ways = time_limits.database_options(kind)
    assert ways["connect_timeout"]
    assert ways["tcp_user_timeout"]
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        assert f"-c {name}=" in ways["options"]
        assert f"-c {name}=0" not in ways["options"]


def test_a_command_may_take_long_but_not_keep_others_waiting() -> None:
    options = time_limits.database_options(time_limits.COMMAND)["options"]
    assert "-c statement_timeout=0" in options
    assert "-c lock_timeout=0" not in options


@pytest.mark.parametrize(
    ("program", "said", "kind"),
    [
        ("/srv/.venv/bin/celery", "", "worker"),
        ("/srv/celery/__main__.py", "", "worker"),
        ("manage.py", "", "command"),
        ("gunicorn", "web", "web"),
        ("celery", "web", "web"),
    ],
)
def test_what_kind_of_process_this_is(
    monkeypatch: pytest.MonkeyPatch, program: str, said: str, kind: str
) -> None:
    monkeypatch.setattr("sys.argv", [program])
    monkeypatch.setenv("PROCESS_KIND", said)
    assert time_limits.process_kind() == kind


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_postgresql_takes_the_limits() -> None:
    require_part("PostgreSQL", connection.vendor == "postgresql", "run `make test-real`")
    import psycopg

    ways = {**time_limits.database_options(time_limits.WEB)}
    ways["options"] = ways["options"].replace("statement_timeout=15000", "statement_timeout=200")
    where = connection.get_connection_params()
    for name in ("context", "prepare_threshold", "cursor_factory", "server_side_binding"):
        where.pop(name, None)
    link = psycopg.connect(**{**where, **ways})
    with link, pytest.raises(psycopg.errors.QueryCanceled):
        link.execute("SELECT pg_sleep(5)")


def test_every_part_that_is_watched_says_what_it_means() -> None:
    for probe in probes.PROBES.values():
        assert probe.label
        assert probe.means.endswith(".")


@pytest.mark.services
@pytest.mark.django_db
def test_a_database_that_falls_silent_is_waited_for_no_longer(settings: Any) -> None:
    require_part("PostgreSQL", connection.vendor == "postgresql", "run `make test-real`")
    settings.DATABASE_REPLY_SECONDS = 1.0
    place = connection.settings_dict
    link = Link((place["HOST"], int(place["PORT"] or 5432)))
    through = connections.create_connection("default")
    through.settings_dict = {**place, "HOST": "127.0.0.1", "PORT": link.port}
    try:
        with through.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
        link.set(SILENT)
        began = time.monotonic()
        with pytest.raises(OperationalError), through.cursor() as cursor:
            cursor.execute("SELECT 1")
        assert 1 <= time.monotonic() - began < 3
        link.set(PASSES)
        through.close_if_unusable_or_obsolete()
        with through.cursor() as cursor:
            cursor.execute("SELECT 2")
            assert cursor.fetchone() == (2,)
    finally:
        through.close()
        link.close()


@pytest.mark.parametrize("kind", [time_limits.WEB, time_limits.WORKER, time_limits.COMMAND])
def test_a_reply_is_waited_for_longer_than_a_statement_may_take(kind: str) -> None:
    statement = time_limits.DATABASE_SECONDS[kind][0]
    seconds = time_limits.reply_seconds(kind)
    assert seconds > statement if statement else seconds == 0


@pytest.mark.parametrize("given", ["", "web"])
def test_what_gunicorn_serves_has_the_limits_of_the_web(given: str) -> None:
    """A compose file passes on an empty variable where nobody has set it."""
    code = "import os, marketplace.wsgi; print(os.environ['PROCESS_KIND'])"
    env = {
        **os.environ,
        "PROCESS_KIND": given,
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project.BASE_DIR, env=env, capture_output=True, text=True
    )
    assert done.stdout.split()[-1:] == ["web"], done.stderr
