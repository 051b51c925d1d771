"""What unsuccessful applicants wrote leaves on schedule; numbers, decisions and receipts stay.

UK GDPR, article 5(1)(e): kept no longer than its purpose needs. How long is the operator's to say
(`PITCH_RETENTION_DAYS`; 0 keeps everything); letters and the privacy page name it.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from challenges.judging.models import Appeal, AppealState, Offer, ReservePlace
from challenges.pitches.models import Entry, EntryState, Pitch
from challenges.pitches.services import team_of
from marketplace.activity.services import notify, record
from marketplace.activity.sweeping import take_turns
from marketplace.retention.erasing import erase_pitch

WARNED = timedelta(days=30)
"""How long before it a team hears that what it wrote will be erased."""

CAME_TO_NOTHING = (
    EntryState.NOT_AWARDED,
    EntryState.WITHDRAWN,
    EntryState.DRAFT,
    EntryState.CLOSED,
    EntryState.DECLINED,
    EntryState.CANCELLED,
)
BATCH = 500


def kept_for() -> timedelta | None:
    """How long what unsuccessful applicants wrote is kept; None: without end."""
    days = settings.PITCH_RETENTION_DAYS
    return timedelta(days=days) if days > 0 else None


def kept_until(released_at: datetime) -> date | None:
    span = kept_for()
    return timezone.localdate(released_at + span) if span else None


def ended_before(moment: datetime) -> QuerySet[Pitch]:
    """Pitches that came to nothing, whose last stage was over before then, and that nobody has
    come back about; annotates `ended_at`."""
    latest = Entry.objects.filter(pitch=OuterRef("pk")).order_by("-stage__order")
    return (
        Pitch.objects.filter(erased_at=None)
        .annotate(
            outcome=Subquery(latest.values("state")[:1]),
            ended_at=Max(Coalesce("entries__stage__released_at", "entries__stage__closes_at")),
        )
        .filter(outcome__in=CAME_TO_NOTHING, ended_at__lt=moment)
        .exclude(Exists(Appeal.objects.filter(entry__pitch=OuterRef("pk"), state=AppealState.OPEN)))
        .exclude(Exists(Appeal.objects.filter(entry__pitch=OuterRef("pk")).to_carry_out()))
        .exclude(
            Exists(
                ReservePlace.objects.filter(
                    entry__pitch=OuterRef("pk"), held_until__gte=timezone.localdate(moment)
                )
            )
        )
        .exclude(Exists(Offer.objects.open().filter(place__entry__pitch=OuterRef("pk"))))
        .exclude(Exists(Entry.objects.filter(pitch=OuterRef("pk"), state=EntryState.AWARDED)))
        .order_by("pk")
    )


def warn_of_erasure(now: datetime | None = None) -> int:
    """Tell each team once, `WARNED` before what it wrote goes; how many pitches were told of."""
    span = kept_for()
    if span is None:
        return 0
    now = now or timezone.now()
    due = ended_before(now - span + WARNED).filter(erasure_warned_at=None)

    def warn(pitch: Pitch) -> bool:
        ended_at: datetime = pitch.ended_at  # type: ignore[attr-defined]
        return _warn(pitch.pk, max(ended_at + span, now + WARNED), now)

    return take_turns("erasure-warnings", due, warn, most=BATCH)


@transaction.atomic
def _warn(pk: int, on: datetime, now: datetime) -> bool:
    pitch = Pitch.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if pitch.erasure_warned_at is not None:
        return False
    entry = pitch.entries.select_related("pitch").latest("stage__order")
    notify(
        team_of(entry),
        subject=f"What you wrote will be erased: {pitch}",
        body=(
            f"Your pitch “{pitch}” was not taken forward. We erase what you wrote in it, its files "
            f"and the panel’s comments on {timezone.localdate(on):%-d %B %Y}; its result stays.\n\n"
            "Keep a copy before then: the pitch’s page has it as a PDF and as plain text."
        ),
        path=entry.get_absolute_url(),
    )
    pitch.erasure_warned_at = now
    pitch.save(update_fields=["erasure_warned_at"])
    return True


def erase_old_pitches(now: datetime | None = None) -> int:
    """Erase what is past its time, of teams that were warned in time; how many pitches. Safe to
    run twice at once."""
    span = kept_for()
    if span is None:
        return 0
    now = now or timezone.now()
    due = ended_before(now - span).filter(erasure_warned_at__lte=now - WARNED)
    return take_turns("erasures", due, lambda pitch: erase(pitch.pk), most=BATCH)


@transaction.atomic
def erase(pk: int) -> bool:
    """Take every word and file of a pitch out, and what was said about it; False if it is done.

    What those are, each app says in its `held.py`, messages that quote them included.
    Scores, totals, outcomes, reasons, digests of submissions and the activity record stay: who
    won and why can still be shown.
    """
    pitch = Pitch.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if pitch.erased_at is not None:
        return False
    erase_pitch(pk)
    pitch.refresh_from_db()
    pitch.erased_at = timezone.now()
    pitch.save(update_fields=["erased_at"])
    record("pitches.erased", pitch, chain=f"call:{pitch.call_id}")
    return True
