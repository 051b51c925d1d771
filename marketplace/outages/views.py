"""For machines: is this process alive, and may it be given requests?"""

import threading
import time
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from marketplace.access import public
from marketplace.outages.breaker import breaker
from marketplace.outages.selectors import outages, signs
from marketplace.outages.watching import clock_off

KEPT_SECONDS = 2.0
"""An answer is given so long, however often it is asked for."""

STATEMENT_MILLISECONDS = 2000


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches no part, so it says nothing of any."""
    return HttpResponse("ok", content_type="text/plain")


@public
def readyz(request: HttpRequest) -> HttpResponse:
    """200: give it requests; 503: the database does not answer, or waits for migrations.

    What else is away is named, without addresses, and is no reason to give it none; nor is an
    activity record that does not hold.
    """
    said = readiness.now()
    status = 200 if said["ready"] else 503
    return JsonResponse(said, status=status, headers={"Cache-Control": "no-store"})


class Readiness:
    """The latest answer, worked out by one thread at a time and for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[str, Any] = {}
        self._until = 0.0
        self._is_migrated = False

    def now(self) -> dict[str, Any]:
        if time.monotonic() < self._until:
            return self._said
        # Whoever comes while it is worked out gets the answer before, if there is one.
        if not self._lock.acquire(blocking=not self._said):
            return self._said
        try:
            if time.monotonic() >= self._until:
                self._said = self._ask()
                self._until = time.monotonic() + KEPT_SECONDS
            return self._said
        finally:
            self._lock.release()

    def forget(self) -> None:
        self._said, self._until, self._is_migrated = {}, 0.0, False

    def _ask(self) -> dict[str, Any]:
        try:
            with transaction.atomic():
                _hurry()
                said = self._look()
                # The hurry ends with it, in whatever transaction this one stands.
                transaction.set_rollback(True)
                return said
        except Exception as error:
            connection.close()
            return {"ready": False, "database": "away", "error": type(error).__name__}

    def _look(self) -> dict[str, Any]:
        # First: without migrations there is nothing else to ask.
        if not self._migrated():
            return {"ready": False, "database": "ok", "migrations": "missing"}
        off = clock_off()
        away = [outage.name for outage in outages()]
        also = signs()
        if off > settings.CLOCK_SECONDS:
            return {"ready": False, "database": "ok", "clock": f"off by {off:.0f} seconds"}
        # What this process has met since anybody looked.
        met = ["redis"] if breaker("redis").is_open else []
        return {
            "ready": True,
            "database": "ok",
            "migrations": "ok",
            "away": sorted({*away, *met}),
            **also,
        }

    def _migrated(self) -> bool:
        if not self._is_migrated:
            executor = MigrationExecutor(connection)
            self._is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self._is_migrated


def _hurry() -> None:
    """A database that is there and slow counts as away; until this transaction is rolled back."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}")


readiness = Readiness()
