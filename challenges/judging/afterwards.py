"""What became of a released result, in sentences for its team: corrected, on the reserve list,
offered a place, declined, an upheld appeal."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from challenges.calls.models import CallState
from challenges.judging.models import (
    Appeal,
    Correction,
    CorrectionKind,
    Offer,
    OfferState,
    ReservePlace,
)
from challenges.pitches.models import WON, Entry, EntryState
from challenges.pitches.workflow import DECIDED
from marketplace.times import moment

CLOSED = (
    "This stage is closed for your pitch, because it lost its place before. What you wrote is kept."
)
OVER = "You were on the reserve list. The call was cancelled, so the list has ended."
NO_PLACES = (OfferState.ACCEPTED, OfferState.TAKEN_BACK)


@dataclass(frozen=True)
class Afterwards:
    """`sentences` in the order in which they are read; `offer` waits for the team's answer;
    `may_decline` says that it holds a place which it could give up."""

    sentences: tuple[str, ...] = ()
    offer: Offer | None = None
    may_decline: bool = False


def afterwards_of(entry: Entry, now: datetime | None = None) -> Afterwards:
    """What its team reads beside the result; at most four queries, none before the release."""
    now = now or timezone.now()
    if entry.state == EntryState.CLOSED:
        return Afterwards((CLOSED,))
    if entry.state not in DECIDED:
        return Afterwards()
    said = [*_of_correction(entry), *_of_appeals(entry)]
    offer = None
    if entry.state == EntryState.DECLINED:
        said.append("Your organisation declined this place.")
    is_over = entry.stage.call.state == CallState.CANCELLED
    if entry.state == EntryState.NOT_AWARDED:
        place = ReservePlace.objects.filter(entry=entry, fixed_at__isnull=False).first()
        latest = Offer.objects.filter(place=place).order_by("offered_at", "pk").last()
        offer = latest if latest is not None and latest.is_open(now) else None
        if place is not None:
            said += [OVER] if is_over else _of_reserve(place, latest, now)
    return Afterwards(tuple(said), offer, entry.state in WON and not is_over)


def _of_correction(entry: Entry) -> list[str]:
    latest: Correction | None = entry.corrections.order_by("number").last()
    if latest is None or latest.kind != CorrectionKind.CORRECTED:
        return []
    return [f"Corrected on {timezone.localdate(latest.at):%-d %B %Y}: {latest.why}"]


def _of_appeals(entry: Entry) -> list[str]:
    upheld = Appeal.objects.filter(entry=entry).upheld().order_by("answered_at", "pk").last()
    if upheld is None:
        return []
    part = " in part" if upheld.state == "partly" else ""
    kind = upheld.get_kind_display().partition(":")[0].lower().removeprefix("an ")
    what = kind.removeprefix("a ")
    if upheld.carried_out_at is None:
        return [f"Your {what} was upheld{part}; the decision is being looked at again."]
    return [f"Your {what} was upheld{part}. {upheld.came_of_it}"]


def _of_reserve(place: ReservePlace, offer: Offer | None, now: datetime) -> list[str]:
    if offer is not None and offer.state not in NO_PLACES:
        if offer.is_open(now):
            return [f"A place is offered to you. Say yes or no by {moment(offer.until)}."]
        if offer.state == OfferState.DECLINED:
            return ["You declined the place that was offered to you from the reserve list."]
        return [f"A place was offered to you until {moment(offer.until)}; nobody answered."]
    if not place.is_held(timezone.localdate(now)):
        return [f"The reserve list ended on {place.held_until:%-d %B %Y}."]
    return [
        f"You are on the reserve list, in place {place.rank}, until {place.held_until:%-d %B %Y}. "
        "If a place becomes free, it is offered to the list in its order."
    ]
