"""Rows go when their term is over, as their app registered it: a batch of each model in turn.

Safe to stop at any row and to run twice at once: what is past its term then is past it later too.
"""

import time
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from marketplace.retention.erasing import delete_rows, rows_of
from marketplace.retention.registry import REGISTRY, Held

log = structlog.get_logger(__name__)

BATCH = 1000
RUN_FOR = timedelta(minutes=20)
"""So that a run ends before the next begins; what is left over, that one takes."""


def past_term(held: Held, now: datetime) -> QuerySet | None:
    """Rows of a model whose term is over, the oldest first; None if they are kept without end."""
    span = held.term.span() if held.term else None
    if held.term is None or span is None:
        return None
    old = rows_of(held).filter(**{f"{held.term.since}__lt": now - span})
    if held.term.still_needed:
        old = old.exclude(held.term.still_needed)
    return old.order_by(held.term.since, "pk")


def forget_past_terms(now: datetime | None = None) -> dict[str, int]:
    """Delete what is past its term: the model's label → how many rows went.

    No model waits for another: each has a batch, then each has the next. One that fails is left
    for the next run, and said in the log.
    """
    now, ends_at = now or timezone.now(), time.monotonic() + RUN_FOR.total_seconds()
    waiting = [held for held in REGISTRY.held.values() if held.term]
    gone: dict[str, int] = {}
    while waiting and time.monotonic() < ends_at:
        waiting = [held for held in waiting if _forget_batch(held, now, gone)]
    return gone


def _forget_batch(held: Held, now: datetime, gone: dict[str, int]) -> bool:
    """Whether there may be more."""
    rows = past_term(held, now)
    if rows is None:
        return False
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    label = held.model._meta.label
    try:
        with transaction.atomic():
            delete_rows(rows_of(held).filter(pk__in=ids))
    except Exception:
        log.exception("rows past their term stay", model=label)
        return False
    gone[label] = gone.get(label, 0) + len(ids)
    return len(ids) == BATCH
