"""Looks at every outside part now and then, and notes in the database since when one is away.

A thread of each web process does it, so that it goes on while the queue is the part that is away;
of all processes together one looks, every `WATCH_SECONDS`. Pages only read what was noted.
"""

import platform
import threading
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections, connection, connections
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from marketplace.outages.models import Part
from marketplace.outages.probes import CLOCK, PROBES

log = structlog.get_logger(__name__)


def look() -> list[str]:
    """Look at each part that nobody has looked at lately; their names."""
    looked = []
    for name, probe in PROBES.items():
        if not probe.is_used() or not _claim(name):
            continue
        try:
            probe.ask()
        except Exception as error:
            note_failure(name, error, timezone.now())
        else:
            note_answer(name, timezone.now())
        looked.append(name)
    return looked


def clock_off() -> float:
    """By how many seconds this machine's clock differs from the database's."""
    if connection.vendor != "postgresql":
        return 0.0  # the same machine
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return abs(float(cursor.fetchone()[0]) - timezone.now().timestamp())


def look_at_clock() -> None:
    """Each machine looks at its own clock. One that is off says so and takes it back itself; what
    it said goes too when it has said nothing for a while."""
    host = platform.node()[:80]
    Part.objects.get_or_create(name=CLOCK)
    row = Part.objects.filter(pk=CLOCK)
    if clock_off() > settings.CLOCK_SECONDS:
        row.update(error=host, looked_at=Now(), away_since=Coalesce("away_since", Now()))
        return
    lately = Now() - timedelta(seconds=3 * settings.WATCH_SECONDS)
    over = Q(error=host) | Q(looked_at=None) | Q(looked_at__lt=lately)
    row.filter(over).exclude(away_since=None).update(error="", away_since=None)


def note_answer(name: str, at: datetime) -> None:
    Part.objects.update_or_create(
        name=name, defaults={"answered_at": at, "away_since": None, "error": ""}
    )


def note_failure(name: str, error: BaseException, at: datetime) -> None:
    part, _ = Part.objects.get_or_create(name=name)
    kind = type(error).__name__[:80]
    rows = Part.objects.filter(pk=part.pk)
    if part.away_since is None:
        log.warning("a part does not answer", part=name, error=kind)
        rows.filter(away_since=None).update(away_since=at, error=kind)
    elif part.error != kind:
        rows.update(error=kind)


def _claim(name: str) -> bool:
    """Whether it falls to this process to look at it now; by the database's clock, as machines
    differ."""
    Part.objects.get_or_create(name=name)
    lately = Now() - timedelta(seconds=0.9 * settings.WATCH_SECONDS)
    rows = Part.objects.filter(Q(looked_at=None) | Q(looked_at__lt=lately), pk=name)
    return bool(rows.update(looked_at=Now()))


def start(stop: threading.Event | None = None) -> threading.Thread:
    """Watch in a thread, until the process ends."""
    thread = threading.Thread(
        target=_run, args=(stop or threading.Event(),), name="watching", daemon=True
    )
    thread.start()
    return thread


def _run(stop: threading.Event) -> None:
    while not stop.wait(settings.WATCH_SECONDS):
        try:
            close_old_connections()
            look_at_clock()
            look()
        except Exception as error:  # the database itself may be what is away
            log.warning("could not look at the parts", error=type(error).__name__)
            connections.close_all()
