"""`make bench-record`: how long it takes to seal the record and to check all of it.

Builds a database of its own (a temporary SQLite file, or the empty database that DATABASE_URL
names) with many chains and one very long one, seals it, lets some of it grow and seals it again,
and prints seconds, records a second and the memory that checking takes. Exits 1 when a check is
slower than 2,000 records a second or takes more than 200 MB beyond what was there.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SLOWEST = 2000
MOST_MEMORY_MB = 200
BATCH = 2000


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
        return _measure(options)


def _measure(options: argparse.Namespace) -> int:
    from marketplace.activity.proof.checking import check
    from marketplace.activity.proof.seals import proof_of, seal_chains
    from tests.factories import RegionFactory

    thing = RegionFactory()
    _say(f"writing {options.records} records in {options.chains} chains …")
    write(thing, options.chains, options.records)
    _, first = _timed(seal_chains)
    last, one = _timed(lambda: _one_more(thing))
    _, second = _timed(seal_chains)
    _, proof = _timed(lambda: proof_of(last))
    for _ in range(options.seals):
        _one_more(thing)
        seal_chains()
    before = _memory()
    report, checked = _timed(check)
    grew = _memory() - before
    from django.db import connection

    speed = report.records / checked
    print(
        f"\n{report.records} records, {report.chains} chains, {report.seals} seals, "
        f"{connection.vendor}"
    )
    print(f"{'first seal, of all':<28}{first:>9.2f} s")
    print(f"{'seal with one new record':<28}{second:>9.3f} s")
    print(f"{'one record written':<28}{one:>9.4f} s")
    print(f"{'proof of one record':<28}{proof:>9.3f} s")
    print(f"{'check of everything':<28}{checked:>9.2f} s  {speed:,.0f} records a second")
    print(f"{'memory that it took':<28}{grew:>9.0f} MB")
    print(f"limits: {SLOWEST} records a second, {MOST_MEMORY_MB} MB; findings: {report.findings}")
    return int(bool(report.findings) or speed < SLOWEST or grew > MOST_MEMORY_MB)


def write(thing: Any, chains: int, records: int) -> None:
    """A third of all records in one chain, the others shared out."""
    from django.utils import timezone

    from marketplace.activity.models import Chain, Record
    from marketplace.activity.services import digest_of

    each = max(1, records * 2 // 3 // chains)
    at = timezone.now()
    for number in range(chains + 1):
        wanted = each if number < chains else records - each * chains
        chain = Chain.objects.create(key=f"bench:{number}")
        rows = []
        for count in range(1, wanted + 1):
            row = Record(
                chain=chain,
                number=count,
                at=at,
                verb="calls.edited",
                thing_type="regions.region",
                thing_id=str(thing.pk),
                detail={"step": count, "reason": "A sentence as officers write it, of some words."},
                previous=chain.head,
            )
            row.digest = chain.head = digest_of(row, chain.key)
            rows.append(row)
        Record.objects.bulk_create(rows, batch_size=BATCH)
        chain.length = wanted
        chain.save()


def _one_more(thing: Any) -> Any:
    from marketplace.activity.services import record

    return record("calls.edited", thing, chain="bench:0", step=0)


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    done = act()
    return done, time.perf_counter() - start


def _memory() -> float:
    """The most that this process has held, in MB (Linux counts kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--chains", type=int, default=5_000)
    parser.add_argument("--seals", type=int, default=200)
    return parser.parse_args()


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
