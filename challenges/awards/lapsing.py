"""What the clock does to offers and to the reserve list; who hears of it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from challenges.calls.models import CallState
from challenges.judging.locks import hold_stage
from challenges.judging.models import Offer, OfferState, ReservePlace
from challenges.judging.services.conflicts import officers_of
from challenges.judging.workflow import OFFER
from challenges.pitches.models import EntryState
from challenges.pitches.services import team_of
from marketplace.activity.services import notify, notify_once, record
from marketplace.activity.sweeping import take_turns
from marketplace.numbers import pounds
from marketplace.times import moment

SOON = timedelta(days=2)


def what_is_offered(offer: Offer) -> str:
    entry = offer.entry
    what = (
        f"An award of {pounds(offer.amount)} has become free"
        if offer.amount is not None
        else "A short-listed place has become free"
    )
    return (
        f"{what} in “{entry.stage.call.title}”. Your pitch “{entry.pitch}” is next on the reserve "
        "list, so we offer it to you."
    )


def offer_path(offer: Offer) -> str:
    return f"/projects/pitches/{offer.entry.pitch.reference}/offer/"


def tell_of_answer(offer: Offer, what: str, then: str) -> None:
    entry = offer.entry
    notify(
        officers_of(entry.stage),
        subject=f"{what}: the place offered to {entry.pitch}",
        body=f"{entry.pitch.organisation}, number {offer.place.rank} on the reserve list of "
        f"“{entry.stage.call.title}”. {then}",
        path=f"/admin/desk/stages/{entry.stage_id}/reserve/",
    )


def lapse_offers_of(place: ReservePlace, now: datetime | None = None) -> int:
    """Note that the offers of a stage whose time is over have lapsed; how many. The stage is
    held; teams and officers are told once each."""
    now = now or timezone.now()
    over = Offer.objects.open().filter(place__stage=place.stage_id, until__lte=now)
    found = list(
        over.select_for_update(of=("self",), no_key=True).select_related(
            "place__entry__pitch__organisation", "place__entry__stage__call"
        )
    )
    for offer in found:
        _lapse(offer)
    return len(found)


def _lapse(offer: Offer) -> None:
    OFFER.apply("lapse", offer, None)
    offer.answered_at = offer.until
    offer.save(update_fields=["state", "answered_at"])
    entry = offer.entry
    record("awards.offer_lapsed", entry, chain=entry.chain, offer=offer.pk)
    notify(
        team_of(entry),
        subject=f"The time to answer is over: {entry.pitch}",
        body=f"The place that was offered to “{entry.pitch}” could be accepted until "
        f"{moment(offer.until)}. It goes to the next on the reserve list.",
        path=entry.get_absolute_url(),
    )
    tell_of_answer(offer, "Not answered", "Offer it to the next on the list.")


def watch_offers(now: datetime | None = None) -> int:
    """Lapse what is over, remind of what is nearly over; how many. Safe to run twice."""
    now = now or timezone.now()
    over = Offer.objects.open().filter(until__lte=now)
    places = ReservePlace.objects.filter(offers__in=over).order_by("stage", "pk")
    done = take_turns("offers:over", places, lambda place: _lapse_held(place, now))
    soon = Offer.objects.open().filter(until__gt=now, until__lte=now + SOON)
    nearly = soon.select_related("place__entry__pitch", "place__entry__stage__call")
    return done + take_turns("offers:soon", nearly, _remind)


@transaction.atomic
def _lapse_held(place: ReservePlace, now: datetime) -> int:
    hold_stage(place.stage_id)
    return lapse_offers_of(place, now)


@transaction.atomic
def _remind(offer: Offer) -> int:
    return len(
        notify_once(
            team_of(offer.entry),
            key=f"offer:{offer.pk}:soon",
            subject=f"Answer by {moment(offer.until)}: {offer.entry.pitch}",
            body=f"{what_is_offered(offer)}\n\nSay yes or no by {moment(offer.until)}.",
            path=offer_path(offer),
        )
    )


def tell_ended_lists(now: datetime | None = None) -> int:
    """Tell each team whose reserve list has ended without a place for it, once."""
    today = timezone.localdate(now)
    ended = ReservePlace.objects.filter(
        fixed_at__isnull=False,
        held_until__lt=today,
        held_until__gte=today - timedelta(days=14),
        entry__state=EntryState.NOT_AWARDED,
        stage__call__state=CallState.APPROVED,  # else they heard when it was cancelled
    ).exclude(offers__state__in=(OfferState.OPEN, OfferState.DECLINED, OfferState.LAPSED))
    return take_turns(
        "ended-lists", ended.select_related("entry__pitch", "entry__stage__call"), _tell_ended
    )


@transaction.atomic
def _tell_ended(place: ReservePlace) -> int:
    return len(
        notify_once(
            team_of(place.entry),
            key=f"reserve:{place.entry_id}:ended",
            subject=f"The reserve list has ended: {place.entry.pitch}",
            body=f"No place became free in “{place.entry.stage.call.title}” by "
            f"{place.held_until:%-d %B %Y}, so the reserve list has ended. Thank you for waiting.",
            path=place.entry.get_absolute_url(),
        )
    )
