"""Activity records of things that happened in the past, written with their own dates.

`activity.services.record` dates what it writes with the present moment, which is right for
everything but a story that is told afterwards. The chains that this writes verify as any other.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from marketplace.activity.models import Chain, Record
from marketplace.activity.services import digest_of

BATCH = 500


@dataclass(frozen=True)
class Event:
    at: datetime
    verb: str
    thing: models.Model
    actor: models.Model | None
    detail: dict[str, Any]


class History:
    """Collects events by chain; `write` appends them in the order of their dates."""

    def __init__(self) -> None:
        self._events: dict[str, list[Event]] = defaultdict(list)

    def add(
        self,
        verb: str,
        thing: models.Model,
        *,
        chain: str,
        at: datetime,
        actor: models.Model | None = None,
        **detail: Any,
    ) -> None:
        """As `activity.services.record`, at a moment of the past; `thing` must be saved."""
        self._events[chain].append(Event(at, verb, thing, actor, detail))

    def write(self) -> int:
        """How many records were appended."""
        records: list[Record] = []
        for key, events in self._events.items():
            # The sort is stable: what is of the same moment stays in the order it was told.
            records += _append(key, sorted(events, key=lambda event: event.at))
        Record.objects.bulk_create(records, batch_size=BATCH)
        self._events.clear()
        return len(records)


def _append(key: str, events: list[Event]) -> list[Record]:
    chain, _ = Chain.objects.get_or_create(key=key)
    records = []
    for event in events:
        record = Record(
            chain=chain,
            number=chain.length + 1,
            at=event.at,
            actor=event.actor,
            verb=event.verb,
            thing_type=event.thing._meta.label_lower,
            thing_id=str(event.thing.pk),
            detail=event.detail,
            previous=chain.head,
        )
        record.digest = digest_of(record, key)
        chain.length, chain.head = record.number, record.digest
        records.append(record)
    chain.save(update_fields=["length", "head"])
    return records
