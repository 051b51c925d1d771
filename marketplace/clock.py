"""What is due by the clock, done inside the one process where no worker and no beat run.

The embedded default runs tasks as they are asked for, so nothing would ever start those that only
a clock starts. This runs the entries of `CELERY_BEAT_SCHEDULE`, one after the other, in a thread of
the web process. Each may safely run twice; still, of several processes only one does it.
"""

import fcntl
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

import structlog
from celery import Celery, current_app
from celery.beat import ScheduleEntry
from django.conf import settings
from django.db import connections

log = structlog.get_logger(__name__)

EVERY = 10.0
"""Seconds between two looks at what is due."""


class Clock:
    """The schedule of a Celery application, carried out by whoever calls `tick`.

    What fell due while nothing ran is not made up for: it is due again at its next time.

    Args:
        app: whose schedule and tasks.
        schedule: name → entry, as `CELERY_BEAT_SCHEDULE`; none: the application's own.
    """

    def __init__(self, app: Celery, schedule: Mapping[str, Any] | None = None) -> None:
        rows = app.conf.beat_schedule if schedule is None else schedule
        self.entries = [ScheduleEntry(name=name, app=app, **row) for name, row in rows.items()]
        self.app = app

    def tick(self) -> list[str]:
        """Run what is due; the names of what was run, whether it failed or not."""
        due = [number for number, entry in enumerate(self.entries) if entry.is_due().is_due]
        for number in due:
            entry = self.entries[number]
            self.entries[number] = entry.next()
            self._run(entry)
        return [self.entries[number].name for number in due]

    def _run(self, entry: ScheduleEntry) -> None:
        try:
            task = self.app.tasks[entry.task]
            # Eager tasks keep what they raise in their result: one must not stop the others.
            done = task.apply(args=entry.args, kwargs=entry.kwargs)
            if done.failed():
                log.error("a task of the clock failed", task=entry.task, error=str(done.result))
        except Exception:
            log.exception("a task of the clock failed", task=entry.task)
        finally:
            connections.close_all()


def start(stop: threading.Event | None = None) -> threading.Thread | None:
    """Start the clock in a thread; None where a broker is set up and so a beat runs."""
    if not settings.CELERY_TASK_ALWAYS_EAGER:
        return None
    stop = stop or threading.Event()
    thread = threading.Thread(target=_run, args=(stop,), name="clock", daemon=True)
    thread.start()
    return thread


def _run(stop: threading.Event) -> None:
    with (settings.VAR_DIR / "clock.lock").open("w") as lock:
        while not _is_mine(lock):
            if stop.wait(EVERY):
                return
        current_app.loader.import_default_modules()
        keep_time(Clock(current_app._get_current_object()), stop.wait)


def keep_time(clock: Clock, wait: Callable[[float], bool]) -> None:
    """Look at what is due until `wait` says that it is over."""
    while not wait(EVERY):
        clock.tick()


def _is_mine(lock: IO[str]) -> bool:
    """Whether this process keeps the time; the lock goes with the process that holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
