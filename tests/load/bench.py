"""`make bench`: how long the busiest pages take, with 2,000 pitches of three scores each.

Builds a database of its own (a temporary SQLite file, or the empty database that DATABASE_URL
names), asks for each page through Django's test client, and prints the median and the 95th
percentile of 50 requests in milliseconds, with the number of queries. Exits 1 when a median is
over the limit, so that a slow page is seen.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUESTS = 50
WARM_UP = 3
LIMIT_MS = 150.0


@dataclass(frozen=True)
class Timing:
    """One page: milliseconds of each request, and the queries of one."""

    name: str
    milliseconds: list[float]
    queries: int

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.milliseconds, n=20)[-1]


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.test")
        import django

        django.setup()
        from django.core.management import call_command

        _say("migrating …")
        call_command("migrate", verbosity=0)
        from tests.load.field import build_field

        _say(f"building {options.pitches} pitches with three scores each …")
        field = build_field(pitches=options.pitches)
        timings = [_time(name, ask) for name, ask in field.pages()]
    _print(timings, options.pitches)
    return 1 if any(timing.median > LIMIT_MS for timing in timings) else 0


def _time(name: str, ask: Callable[[], Any]) -> Timing:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(WARM_UP):
        response = ask()
        if response.status_code != 200:
            raise SystemExit(f"{name}: answered {response.status_code}, not 200")
    with CaptureQueriesContext(connection) as captured:
        ask()
    milliseconds = []
    for _ in range(REQUESTS):
        start = time.perf_counter()
        ask()
        milliseconds.append((time.perf_counter() - start) * 1000)
    return Timing(name, milliseconds, len(captured))


def _print(timings: list[Timing], pitches: int) -> None:
    from django.db import connection

    print(f"\n{pitches} pitches, 3 scores each, {connection.vendor}, {REQUESTS} requests a page")
    print(f"{'page':<28}{'median ms':>11}{'p95 ms':>9}{'queries':>9}")
    for timing in timings:
        over = "  over the limit" if timing.median > LIMIT_MS else ""
        print(f"{timing.name:<28}{timing.median:>11.1f}{timing.p95:>9.1f}{timing.queries:>9}{over}")
    print(f"limit: {LIMIT_MS:.0f} ms median")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pitches", type=int, default=2000)
    return parser.parse_args()


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
