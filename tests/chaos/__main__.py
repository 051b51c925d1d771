"""`make chaos`: every part taken away while people rush, and what becomes of it, as a table.

    make chaos                                        every fault, then some at once
    make chaos ARGS=--slice                           those that a check of two minutes plays
    make chaos ARGS="redis-silent,mail-refusing"      these, in this order
    make chaos ARGS="redis-silent+index-deleted"      at once
    make chaos ARGS=--list                            what there is

Real parts: gunicorn with production's settings, a Celery worker and its clock, PostgreSQL, Redis,
Elasticsearch, a mail server, ClamAV. Each round a crew saves, attaches and submits, others sign up,
change their profile and look at pages, while the fault is made and mended. Exits 1 unless nothing
is lost, no page but those concerned fails, and all has caught up by itself. What the site logged in
a run that broke something is kept in the folder that `CHAOS_LOGS` names.
"""

import argparse
import faulthandler
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence

from tests.chaos import faults
from tests.chaos.parts import Parts, prepare
from tests.load.crowd import say


def main() -> int:
    options = _options()
    if options.list:
        print("\n".join(faults.FAULTS))
        return 0
    wanted = _wanted(options)
    # Told to end, it ends what it has started too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    parts = Parts()
    try:
        say("Starting the parts …")
        parts.start()
        return run(parts, wanted)
    finally:
        parts.stop()


def run(parts: Parts, wanted: Sequence[Sequence[faults.Fault]]) -> int:
    prepare(parts)
    from django.core.management import call_command
    from django.db import connections

    from tests.chaos import rounds

    can = [each for each in wanted if all(fault.can(parts) for fault in each)]
    world = rounds.make_world(len(can) + 1)
    call_command("search_rebuild", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    parts.start_site()
    for each in wanted:
        if each not in can:
            say(f"left out, as it can't be played here: {'+'.join(f.name for f in each)}")
    print(f"{'fault':<34}{'served':>7}{'put off':>8}{'slowest':>9}{'kept':>8}{'caught up':>11}")
    began, bad = time.monotonic(), 0
    for each in can:
        found = rounds.play(parts, world, each)
        kept = f"{found.kept}/{len(found.crew)}"
        print(
            f"{found.name:<34}{found.served:>7}{found.put_off:>8}{found.slowest:>7.1f} s"
            f"{kept:>8}{found.caught_up:>9.1f} s",
            "" if not found.problems else "  BROKEN",
            flush=True,
        )
        for problem in found.problems:
            print(f"    {problem}")
        bad += bool(found.problems)
    connections.close_all()
    print(f"{len(can)} rounds in {time.monotonic() - began:.0f} s")
    print(f"{bad} of them broke something" if bad else "nothing lost, all caught up by itself")
    if bad and (kept_in := os.environ.get("CHAOS_LOGS")):
        for log in ("web.log", "worker.log", "beat.log"):
            shutil.copy(parts.folder / log, kept_in)
    return 1 if bad else 0


def _wanted(options: argparse.Namespace) -> list[list[faults.Fault]]:
    if options.orders:
        # First without one: what the machine takes by itself.
        return faults.orders(",".join(["none", *options.orders]))
    if options.slice:
        return faults.orders(",".join(faults.SLICE))
    return faults.orders(",".join([*faults.FAULTS, *faults.PAIRS]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("orders", nargs="*", help="faults: commas between, + for at once")
    parser.add_argument("--slice", action="store_true", help="a run of two minutes")
    parser.add_argument("--list", action="store_true", help="name the faults and end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
