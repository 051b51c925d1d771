"""Reminders before a deadline, to those who have begun, or changed, and not submitted."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from challenges.calls.models import CallState
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.services import team_of
from challenges.pitches.standing import standing_of
from marketplace.activity.services import notify_once
from marketplace.activity.sweeping import take_turns
from marketplace.times import moment

BEFORE = (timedelta(days=1), timedelta(days=3))
"""How long before the deadline, the shortest first: whoever is late for one gets the next only."""


def remind_of_drafts(now: datetime | None = None) -> int:
    """Tell each team whose text is not submitted, once for each time; of how many pitches.

    That is a draft, and what was submitted and changed since: only what was submitted counts.

    A deadline that moved is another deadline: it is reminded of anew.
    """
    now = now or timezone.now()
    last = now + BEFORE[-1]
    draft = Q(state=EntryState.DRAFT)
    changed = Q(state=EntryState.SUBMITTED) & ~Q(submitted_version=F("version"))
    waiting = (
        Entry.objects.filter(
            draft | changed,
            Q(stage__closes_at__gt=now, stage__closes_at__lte=last)
            | Q(own_until__gt=now, own_until__lte=last, stage__released_at=None),
            stage__call__state=CallState.APPROVED,
            stage__opens_at__lte=now,
        )
        .with_parties()
        .select_related("rulebook")
        .prefetch_related("answers", "attachments")
        .order_by("pk")
    )
    return take_turns("drafts", waiting, lambda entry: _remind(entry, now))


@transaction.atomic
def _remind(entry: Entry, now: datetime) -> bool:
    stage = entry.stage
    before = next(span for span in BEFORE if entry.closes_at <= now + span)
    key = f"reminder:{entry.pk}:{before.days}:{entry.closes_at.isoformat()}"
    if entry.has_unsubmitted_changes:
        key = f"{key}:changed"
        subject = f"Changed and not submitted again: {entry.pitch}"
        said = (
            f"You changed your pitch for “{stage.call.title}” after you submitted it. Submit it "
            f"again by {moment(entry.closes_at)}, or the panel reads what you submitted before."
        )
        otherwise = "If what you submitted before is to stand, you need do nothing."
    else:
        subject = f"Not submitted yet: {entry.pitch}"
        said = (
            f"Your pitch for “{stage.call.title}” is a draft. Submit it by "
            f"{moment(entry.closes_at)}; what is not submitted by then can’t be judged."
        )
        otherwise = "If you don’t want to pitch after all, you need do nothing."
    told = notify_once(
        team_of(entry),
        key=key,
        subject=subject,
        body=f"{said}\n\nHow far it is: {standing_of(entry).words}.\n\n{otherwise}",
        path=f"{entry.get_absolute_url()}write/",
    )
    return bool(told)
