"""Reminders before a deadline, to those who have begun and not submitted."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from challenges.calls.models import CallState
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.services import team_of
from marketplace.activity.services import notify_once
from marketplace.times import moment

BEFORE = (timedelta(days=1), timedelta(days=3))
"""How long before the deadline, the shortest first: whoever is late for one gets the next only."""


def remind_of_drafts(now: datetime | None = None) -> int:
    """Tell each team with a draft, once for each time; how many pitches were reminded of.

    A deadline that moved is another deadline: it is reminded of anew.
    """
    now = now or timezone.now()
    drafts = (
        Entry.objects.filter(
            state=EntryState.DRAFT,
            stage__call__state=CallState.APPROVED,
            stage__opens_at__lte=now,
            stage__closes_at__gt=now,
            stage__closes_at__lte=now + BEFORE[-1],
        )
        .with_parties()
        .order_by("pk")
    )
    return sum(_remind(entry, now) for entry in drafts.iterator(chunk_size=500))


@transaction.atomic
def _remind(entry: Entry, now: datetime) -> bool:
    stage = entry.stage
    before = next(each for each in BEFORE if stage.closes_at <= now + each)
    key = f"reminder:{entry.pk}:{before.days}:{stage.closes_at.isoformat()}"
    told = notify_once(
        team_of(entry),
        key=key,
        subject=f"Not submitted yet: {entry.pitch}",
        body=(
            f"Your pitch for “{stage.call.title}” is a draft. Submit it by "
            f"{moment(stage.closes_at)}; what is not submitted by then can’t be judged.\n\n"
            "If you don’t want to pitch after all, you need do nothing."
        ),
        path=f"{entry.get_absolute_url()}write/",
    )
    return bool(told)
