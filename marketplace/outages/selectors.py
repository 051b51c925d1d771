"""What is away, since when, and what that means."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from marketplace.outages.models import Part
from marketplace.outages.probes import (
    CLOCK,
    CLOCK_LABEL,
    CLOCK_MEANS,
    PROBES,
    WORK,
    WORK_LABEL,
    WORK_MEANS,
)

NO_SIGN = timedelta(minutes=5)
"""Without a sign for so long, nothing does the background work; it gives one each minute."""


SIGNS: dict[str, Callable[[], str]] = {}
"""Name → what a floor above says for machines in a few words, or nothing if all is well."""


def signs() -> dict[str, str]:
    """What is not well, of all that is registered."""
    return {name: words for name, ask in SIGNS.items() if (words := ask())}


@dataclass(frozen=True)
class Outage:
    """One part that is away; `name` is for machines, `label`, `how` and `means` for people."""

    name: str
    label: str
    since: datetime
    means: str
    how: str = "away"


def outages(now: datetime | None = None) -> list[Outage]:
    """What is away, in the order of `PROBES`; one query."""
    rows = {part.name: part for part in Part.objects.all()}
    found = [
        Outage(name, probe.label, row.away_since, probe.means)
        for name, probe in PROBES.items()
        if (row := rows.get(name)) and row.away_since and probe.is_used()
    ]
    work = rows.get(WORK)
    if work and work.answered_at and work.answered_at < (now or timezone.now()) - NO_SIGN:
        found.append(Outage(WORK, WORK_LABEL, work.answered_at, WORK_MEANS))
    clock = rows.get(CLOCK)
    if clock and clock.away_since:
        found.append(Outage(CLOCK, CLOCK_LABEL, clock.away_since, CLOCK_MEANS, "is off"))
    return found
