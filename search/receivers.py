"""Listens to what happened below, and has the documents that it touches looked at again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from challenges.awards.models import Award
from challenges.calls.models import Stage
from marketplace.activity.models import Record
from marketplace.activity.services import recorded
from search.services import enqueue

_ID = "search"


def _call(record: Record) -> None:
    """A call's filters are those of its projects too."""
    pk = int(record.thing_id)
    enqueue("call", [pk])
    enqueue("project", list(Award.objects.filter(call=pk).values_list("pk", flat=True)))


def _stage(record: Record) -> None:
    enqueue(
        "call", list(Stage.objects.filter(pk=record.thing_id).values_list("call_id", flat=True))
    )


def _organisation(record: Record) -> None:
    """A project is found by its organisation's name and place."""
    pk = int(record.thing_id)
    enqueue("organisation", [pk])
    enqueue("project", list(Award.objects.filter(organisation=pk).values_list("pk", flat=True)))


def _project(record: Record) -> None:
    enqueue("project", [int(record.thing_id)])


LISTENS_TO: dict[str, Callable[[Record], None]] = {
    "calls.approved": _call,
    "calls.cancelled": _call,
    "calls.edited": _call,
    "judging.released": _stage,
    "startups.registered": _organisation,
    "startups.updated": _organisation,
    "startups.claimed": _organisation,
    "startups.unclaimed": _organisation,
    "awards.made": _project,
    "awards.completed": _project,
    "awards.ended": _project,
}
"""Verb → which documents it may have changed."""


def receive(record: Record, **signal: Any) -> None:
    if touched := LISTENS_TO.get(record.verb):
        touched(record)


def plug() -> None:
    recorded.connect(receive, dispatch_uid=_ID)


@contextmanager
def unplugged() -> Iterator[None]:
    """Within this, nothing that happens is indexed."""
    recorded.disconnect(dispatch_uid=_ID)
    try:
        yield
    finally:
        plug()
