"""Listens to what happened below, and has the documents that it touches looked at again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save, pre_delete

from challenges.awards.models import Award
from challenges.calls.models import Programme, Stage
from marketplace.activity.models import Record
from marketplace.activity.services import recorded
from marketplace.regions.models import LocalAuthority, Objective, Sector
from search.documents import kinds
from search.services import enqueue, reindex
from search.synonyms import forget_synonyms
from startups.models import Capability

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


def _addendum(record: Record) -> None:
    """A deadline may have moved."""
    stages = Stage.objects.filter(pk=record.detail["stage"])
    enqueue("call", list(stages.values_list("call_id", flat=True)))


def _organisation(record: Record) -> None:
    """A project is found by its organisation's name and place."""
    pk = int(record.thing_id)
    enqueue("organisation", [pk])
    enqueue("project", list(Award.objects.filter(organisation=pk).values_list("pk", flat=True)))


def _project(record: Record) -> None:
    enqueue("project", [int(record.thing_id)])


def _pitch(record: Record) -> None:
    """A project that came to nothing goes by other words once its pitch is erased."""
    projects = Award.objects.filter(entry__pitch=record.thing_id)
    enqueue("project", list(projects.values_list("pk", flat=True)))


def _person(record: Record) -> None:
    enqueue("person", [int(record.thing_id)])


LISTENS_TO: dict[str, Callable[[Record], None]] = {
    "calls.addendum_published": _addendum,
    "calls.approved": _call,
    "calls.cancelled": _call,
    "calls.edited": _call,
    "judging.released": _stage,
    "startups.registered": _organisation,
    "startups.updated": _organisation,
    "startups.claimed": _organisation,
    "startups.unclaimed": _organisation,
    "people.added": _person,
    "people.changed": _person,
    "people.left": _person,
    "people.returned": _person,
    "pitches.erased": _pitch,
    "awards.made": _project,
    "awards.completed": _project,
    "awards.ended": _project,
    "awards.withdrawn": _project,
    "awards.reinstated": _project,
    "awards.corrected": _project,
    "awards.resumed": _project,
}
"""Verb → which documents it may have changed."""


def receive(record: Record, **signal: Any) -> None:
    if touched := LISTENS_TO.get(record.verb):
        touched(record)


NAMED_IN: dict[type[Model], dict[str, str]] = {
    Capability: {
        "call": "wanted__capability",
        "organisation": "claims__capability",
        "person": "expertise",
    },
    LocalAuthority: {"call": "places", "organisation": "place", "project": "organisation__place"},
    Objective: {"call": "objectives", "project": "call__objectives"},
    Programme: {"call": "programme", "project": "call__programme"},
    Sector: {"call": "sectors", "organisation": "sectors", "project": "call__sectors"},
}
"""What documents carry the name of → kind of document → the lookup from its row to that thing."""


def look_again(sender: type[Model], instance: Model, created: bool = False, **signal: Any) -> None:
    """After commit, for a thing that was renamed or goes; a new one is in no document yet."""
    if created:
        return
    for kind, lookup in NAMED_IN[sender].items():
        rows = kinds()[kind].rows().filter(**{lookup: instance})
        reindex(kind, set(rows.values_list("pk", flat=True)))


def forget_names(sender: type[Model], **signal: Any) -> None:
    """A capability's other names widen searches."""
    forget_synonyms()


def plug() -> None:
    for signal in (post_save, post_delete):
        signal.connect(forget_names, sender=Capability, dispatch_uid=_ID + ".names")
    recorded.connect(receive, dispatch_uid=_ID)
    for model in NAMED_IN:
        for signal in (post_save, pre_delete):
            signal.connect(look_again, sender=model, dispatch_uid=_ID)


@contextmanager
def unplugged() -> Iterator[None]:
    """Within this, nothing that happens is indexed."""
    recorded.disconnect(dispatch_uid=_ID)
    for model in NAMED_IN:
        for signal in (post_save, pre_delete):
            signal.disconnect(sender=model, dispatch_uid=_ID)
    try:
        yield
    finally:
        plug()
