"""Sweeps take turns: a row that always fails neither stops the others nor takes their place.

Every task of the clock that goes over rows gives them to `take_turns`. A row that raises is noted
as a `Setback`, waits longer each time, and is out of the way meanwhile; one that succeeds, or has
gone, is forgotten there. One that raises because another worker was quicker, or somebody took it
away, is not due any more, and nobody's fault.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import models
from django.utils import timezone

from marketplace.activity.models import Setback

log = structlog.get_logger(__name__)

CHUNK = 200
FIRST_WAIT = timedelta(minutes=4)
LONGEST_WAIT = timedelta(hours=12)
FORGOTTEN_AFTER = timedelta(days=30)


class Halt(Exception):
    """What the whole sweep needs is away: it ends here, and no row is to blame."""


def take_turns(
    sweep: str,
    rows: models.QuerySet | Iterable[Any],
    act: Callable[[Any], Any],
    *,
    most: int | None = None,
) -> int:
    """Do `act` with each row by itself; the sum of what it returned.

    Args:
        sweep: names the sweep for ever; setbacks are kept by it.
        rows: of one model, or ids, or anything with a `pk`; a queryset is asked again of a row
            that raised.
        act: a transaction of its own, safe to do again; returns a number or a truth.
        most: how many rows at once, of those that are not waiting after a setback.
    """
    back = _waiting(sweep)
    done = failed = 0
    for row in _due(rows, back, most):
        key = _key(row)
        try:
            done += int(act(row) or 0)
        except Halt as halt:
            log.warning("a sweep was halted", sweep=sweep, why=str(halt))
            break
        except SoftTimeLimitExceeded as error:  # the row at hand may be what takes so long
            _set_back(sweep, key, error)
            raise
        except Exception as error:
            if _is_still_due(rows, key):
                log.exception("a sweep failed with a row", sweep=sweep, row=key)
                _set_back(sweep, key, error)
                failed += 1
                continue
            log.info("a row was due no more", sweep=sweep, row=key, error=type(error).__name__)
        if key in back:
            Setback.objects.filter(sweep=sweep, key=key).delete()
    if failed:
        log.warning("a sweep left rows for later", sweep=sweep, rows=failed)
    return done


def wait_after(times: int) -> timedelta:
    """How long a row is left alone that has failed so many times in a row, from 1."""
    return min(FIRST_WAIT * 2 ** min(times - 1, 12), LONGEST_WAIT)


def _waiting(sweep: str) -> dict[int, bool]:
    """Keys that have failed → whether they are to be left alone now. One query."""
    now = timezone.now()
    rows = Setback.objects.filter(sweep=sweep, at__gt=now - FORGOTTEN_AFTER)
    return {key: after > now for key, after in rows.values_list("key", "try_after")}


def _due(rows: Any, back: dict[int, bool], most: int | None) -> Iterator[Any]:
    later = [key for key, waits in back.items() if waits]
    if isinstance(rows, models.QuerySet):
        # In the query, so that those that wait take nobody's place in the batch.
        rows = rows.exclude(pk__in=later) if later else rows
        yield from rows[:most] if most else rows.iterator(chunk_size=CHUNK)
        return
    left = most
    for row in rows:
        if _key(row) in later:
            continue
        if left is not None:
            if left == 0:
                return
            left -= 1
        yield row


def _is_still_due(rows: Any, key: int) -> bool:
    """Rows that are no query can't be asked again: what fails of them counts as due."""
    return not isinstance(rows, models.QuerySet) or rows.filter(pk=key).exists()


def _key(row: Any) -> int:
    return row if isinstance(row, int) else row.pk


def _set_back(sweep: str, key: int, error: Exception) -> None:
    now = timezone.now()
    held = Setback.objects.filter(sweep=sweep, key=key).first() or Setback(sweep=sweep, key=key)
    held.times, held.at = held.times + 1, now
    held.try_after = now + wait_after(held.times)
    # The kind alone: what an error says may quote what somebody wrote.
    held.error = type(error).__name__[:80]
    held.save()
