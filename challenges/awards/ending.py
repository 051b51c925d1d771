"""What a cancelled call takes from those who were promised a place: offers, and reserve lists."""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone

from challenges.calls.cancelling import ends, foretells, holds
from challenges.calls.models import Call
from challenges.judging.models import Offer, OfferState, ReservePlace
from challenges.judging.workflow import OFFER
from challenges.pitches.models import EntryState
from challenges.pitches.services import team_of
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record


def _open_offers(call: Call) -> Any:
    return Offer.objects.open().filter(place__stage__call=call)


def _promised(call: Call) -> Any:
    """Places of a reserve list that still holds, or with an offer that can be answered."""
    now = timezone.now()
    holds_on = Q(held_until__gte=timezone.localdate(now)) & ~Q(
        offers__state__in=(OfferState.DECLINED, OfferState.LAPSED, OfferState.ACCEPTED)
    )
    is_offered = Q(offers__state=OfferState.OPEN, offers__until__gt=now)
    return ReservePlace.objects.filter(
        holds_on | is_offered,
        stage__call=call,
        fixed_at__isnull=False,
        entry__state=EntryState.NOT_AWARDED,
    ).distinct()


@receiver(foretells, dispatch_uid="reserve lists foretell")
def count_promised(call: Call, **signal: Any) -> list[tuple[str, str]]:
    many = _promised(call).count()
    return [("Pitches on a reserve list, whose teams are told", str(many))] if many else []


@receiver(holds, dispatch_uid="offers are held")
def hold_offers(call: Call, **signal: Any) -> None:
    list(_open_offers(call).select_for_update(of=("self",), no_key=True).order_by("pk"))


@receiver(ends, dispatch_uid="offers and reserve lists end")
def close_offers(call: Call, reason: str, actor: User, **signal: Any) -> None:
    """Nobody is asked any more to take a place that can't be given, nor waits for one."""
    promised = list(_promised(call).select_related("entry__pitch", "entry__stage__call"))
    offered = {offer.place_id for offer in _end_offers(call, actor)}
    for place in promised:
        what = (
            "the place that we offered to it can’t be taken any more"
            if place.pk in offered
            else "its reserve list has ended"
        )
        notify(
            team_of(place.entry),
            subject=f"Cancelled: {call.title}",
            body=f"“{call.title}” was cancelled. Your pitch “{place.entry.pitch}” was on the "
            f"reserve list: {what}.\n\nWhy: {reason}",
            path=place.entry.get_absolute_url(),
        )


def _end_offers(call: Call, actor: User) -> list[Offer]:
    offers = list(_open_offers(call).select_related("place__entry__stage__call").order_by("pk"))
    for offer in offers:
        OFFER.apply("cancel", offer, actor)
        offer.answered_by, offer.answered_at = actor, timezone.now()
        offer.save(update_fields=["state", "answered_by", "answered_at"])
        entry = offer.entry
        record(
            "awards.offer_taken_back",
            entry,
            chain=entry.chain,
            actor=actor,
            reason="The call was cancelled.",
        )
    return offers
