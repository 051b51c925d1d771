"""A team gives up its place, or answers the offer of one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from challenges.awards import rules  # noqa: F401  registers what `allow` asks for
from challenges.awards.answering import accept_offer, decline_offer
from challenges.awards.declining import turn_down
from challenges.judging.models import Offer
from challenges.pitches.models import WON, Entry
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused


def find_won(reference: str) -> Entry:
    """The entry of a pitch that holds a place, in the latest stage where it does."""
    found = Entry.objects.filter(
        pitch__reference=reference, decision__released_at__isnull=False, state__in=WON
    )
    return (
        found.select_related("decision", "stage__call__region", "pitch__organisation")
        .order_by("-stage__order")[:1]
        .get()
    )


def find_offer(reference: str) -> Offer:
    """The latest offer to a pitch, answered or not."""
    found = Offer.objects.filter(place__entry__pitch__reference=reference)
    return (
        found.select_related(
            "place__entry__stage__call__region", "place__entry__pitch__organisation"
        )
        .order_by("-offered_at", "-pk")[:1]
        .get()
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow("awards.give_up", of=find_won)
def decline(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """Asks once more; posted, the place is free for another."""
    if request.method == "POST":
        try:
            turn_down(entry=entry, actor=request.user)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "Declined. We have told the officers of the call.")
        return redirect(entry.get_absolute_url())
    return render(request, "awards/decline.html", {"entry": entry, "decision": entry.decision})


@require_http_methods(["GET", "HEAD", "POST"])
@allow("judging.answer_offer", of=find_offer)
def offer(request: SignedInRequest, offer: Offer) -> HttpResponse:
    """What is offered and until when; yes and no are two buttons."""
    entry = offer.entry
    if request.method == "POST":
        try:
            if "accept" in request.POST:
                accept_offer(offer=offer, actor=request.user)
                messages.success(request, "Accepted. The place is yours, and your letter is here.")
            elif "decline" in request.POST:
                decline_offer(offer=offer, actor=request.user)
                messages.success(request, "Declined. It goes to the next on the list.")
            else:
                return redirect("awards:offer", reference=entry.pitch.reference)
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect(entry.get_absolute_url())
    context = {"offer": offer, "entry": entry, "is_open": offer.is_open()}
    return render(request, "awards/offer.html", context)
