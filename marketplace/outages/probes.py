"""How each outside part is asked whether it is there, and what it means to people if it is not."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection


@dataclass(frozen=True)
class Probe:
    """One part.

    `is_used`: whether this installation has it. `ask` raises whatever goes wrong, within the limits
    of `settings/time_limits.py`. `means` is one sentence for officers.
    """

    label: str
    is_used: Callable[[], bool]
    ask: Callable[[], object]
    means: str


def _redis() -> None:
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    seconds = settings.REDIS_TIMEOUT
    with Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=seconds,
        socket_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
    ) as client:
        # One that is full or read-only answers a PING, and takes nothing.
        client.set("cache:probe", 1, ex=60)


def _search() -> None:
    from elasticsearch import Elasticsearch

    seconds = settings.SEARCH_TIMEOUT
    url = settings.ELASTICSEARCH_URL
    with Elasticsearch(url, request_timeout=seconds, max_retries=0) as client:
        client.info()


def _mail() -> None:
    with get_connection():  # greets, and signs in where it must
        pass


def _scanner() -> None:
    """Speaks as the scanner does: `PING`, `PONG` (clamd(8))."""
    where, seconds = urlsplit(settings.CLAMD_URL), settings.SCANNER_PING_TIMEOUT
    if where.scheme == "unix":
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(seconds)
        link.connect(where.path)
    else:
        link = socket.create_connection((where.hostname or "", where.port or 3310), seconds)
    with link:
        link.sendall(b"nPING\n")
        if not link.recv(8).startswith(b"PONG"):
            raise OSError("the scanner did not answer as one")


def _storage() -> None:
    from django.core.files.storage import storages

    storages["private"].exists("probe")


def _is_smtp() -> bool:
    return str(settings.EMAIL_BACKEND).endswith("smtp.EmailBackend")


PROBES: dict[str, Probe] = {
    "redis": Probe(
        "Queue and cache (Redis)",
        lambda: bool(settings.REDIS_URL),
        _redis,
        "The site works, slower. Mail and search wait, and catch up by themselves.",
    ),
    "search": Probe(
        "Search index (Elasticsearch)",
        lambda: bool(settings.ELASTICSEARCH_URL),
        _search,
        "Search is served from the database. The index catches up by itself.",
    ),
    "mail": Probe(
        "Mail server",
        _is_smtp,
        _mail,
        "Mail waits and is sent by itself when the server is back. Codes to sign up wait too.",
    ),
    "scanner": Probe(
        "Virus scanner (ClamAV)",
        lambda: bool(settings.CLAMD_URL),
        _scanner,
        "Pitches can be submitted. Nobody can open new files until they have been scanned.",
    ),
    "storage": Probe(
        "Store of applicants’ files",
        lambda: "s3" in str(settings.STORAGES["private"]),
        _storage,
        "Files can be neither added nor opened. Pitches without new files can be submitted.",
    ),
}

WORK = "work"
WORK_LABEL = "Background work"
WORK_MEANS = (
    "Reminders, signed releases, mail and search wait until a worker and the clock run again."
)

CLOCK = "clock"
CLOCK_LABEL = "The clock of a machine of this site"
CLOCK_MEANS = "It differs from the database’s, so that machine is given no requests. Set its clock."
