"""What a person at the terminal sees: a line per step, and one clear line for trouble."""

import errno
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

TICK = 1.0
"""Seconds between two refreshes of a running step's clock."""


class Trouble(Exception):
    """Something the person can put right; `str(error)` says what happened and what to do."""


def say(text: str = "") -> None:
    """Progress goes to standard error, so that output meant for other programs stays clean."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a long step, count its seconds, and leave one line with the total."""
    started = time.monotonic()
    finished = threading.Event()
    live = sys.stderr.isatty()

    def line(ending: str) -> str:
        return f"  {name} … {time.monotonic() - started:.0f} s{ending}"

    def tick() -> None:
        while not finished.wait(TICK):
            print(f"\r{line('')}", end="", file=sys.stderr, flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    if live:
        ticker.start()
    else:
        say(f"  {name} …")
    try:
        yield
    finally:
        finished.set()
        if live:
            ticker.join()
    say(f"\r{line('')}" if live else line(""))


def explain(error: OSError) -> str:
    """One line for an error of the operating system that a newcomer can meet."""
    where = error.filename or "this folder"
    if error.errno == errno.ENOSPC:
        return f"The disk is full (writing {where}). Free about 1 GB, then run the command again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"Not allowed to write {where}. Make the folder yours "
            "(for example: sudo chown -R $USER .), then run the command again."
        )
    return f"{error.strerror or error} ({where}). Put that right, then run the command again."
