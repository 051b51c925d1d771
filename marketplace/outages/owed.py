"""Tasks that must be done, whatever becomes of the message that asks for them.

`hand_over` keeps a row in the transaction that wants the task, so that the two stand or fall
together; after commit a worker is told. A message that no broker took, that a broker lost, or whose
worker was killed is found by the sweep. A task is done at least once, so it must be safe to do
again. Where rows of an app's own say what waits (mail, scans, index), no such row is needed.
"""

from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from celery import Task, current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from marketplace.outages.models import OwedTask

log = structlog.get_logger(__name__)

FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=12)
GRACE = timedelta(minutes=1)
"""Beyond the longest that a task may run, before its worker is taken for lost."""


def hand_over(task: Task, *given: Any, or_here: bool = False) -> OwedTask:
    """Have a worker do this after commit; call it inside the transaction that wants it done.

    Args:
        task: a shared task; its name is kept, so a renamed one must still answer to the old.
        given: JSON values; ids, not words.
        or_here: do it at once in this process if no queue takes it, because somebody waits.
    """
    owed = OwedTask.objects.create(task=task.name, given=list(given))
    transaction.on_commit(partial(_hand_on, owed.pk, or_here=or_here), robust=True)
    return owed


def tell_worker(task: Task, *given: Any) -> None:
    """Ask a worker for this after commit; for tasks that a sweep of their own finds again."""
    transaction.on_commit(partial(_is_told, task, *given), robust=True)


def _is_told(task: Task, *given: Any) -> bool:
    try:
        task.delay(*given)
    except OperationalError:
        log.warning("left for the sweep: no queue took it", task=task.name)
        return False
    return True


def _hand_on(pk: int, *, or_here: bool) -> None:
    from marketplace.outages import tasks

    if not _is_told(tasks.carry_out, pk) and or_here:
        carry_out(pk)


def carry_out(pk: int) -> bool:
    """Do one owed task, unless it is done, waits or is in another worker's hands; whether it was.

    Raises:
        Exception: whatever the task raises; its row stays for the sweep, longer each time.
    """
    now = timezone.now()
    free = OwedTask.objects.filter(Q(not_before=None) | Q(not_before__lte=now), pk=pk)
    if not free.update(not_before=now + timedelta(seconds=settings.LONGEST_TASK) + GRACE):
        return False
    row = OwedTask.objects.get(pk=pk)
    try:
        current_app.tasks[row.task](*row.given)
    except BaseException:
        row.tries += 1
        row.not_before = timezone.now() + wait_after(row.tries)
        row.save(update_fields=["tries", "not_before"])
        raise
    row.delete()
    return True


def sweep() -> int:
    """Do what no worker has begun in time, the oldest first; how many were done."""
    now = timezone.now()
    late = Q(not_before=None, asked_at__lt=now - timedelta(seconds=settings.SWEEP_AFTER_SECONDS))
    rows = OwedTask.objects.filter(late | Q(not_before__lte=now)).order_by("asked_at", "pk")
    done = 0
    for pk, task in rows.values_list("pk", "task"):
        try:
            done += carry_out(pk)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("an owed task failed", task=task, owed=pk)
    return done


def wait_after(tries: int) -> timedelta:
    """How long a task waits that has failed so many times, from 1."""
    return min(FIRST_WAIT * 2 ** min(tries - 1, 12), LONGEST_WAIT)
