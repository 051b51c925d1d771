"""A team answers an offer; an officer may take back one that nobody has answered."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from challenges.awards.corrections import lock_for_answer, own_until_of, send_letter
from challenges.awards.lapsing import tell_of_answer
from challenges.awards.offers import check_next_stage
from challenges.awards.services import award_follows
from challenges.judging.correcting import Version, change_decision, check_call
from challenges.judging.models import CorrectionKind, Offer, OfferState, ReservePlace
from challenges.judging.workflow import OFFER
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.services import team_of
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import Refused, TooLate, WrongState
from marketplace.times import moment


@transaction.atomic
def accept_offer(*, offer: Offer, actor: User) -> Entry:
    """Say yes: the award is made, or the place in the next stage, and the new letter goes out.

    Raises:
        NotAllowed: not of the organisation that leads the pitch.
        TooLate: its time is over. WrongState: it is answered or taken back already.
        Refused: the call was cancelled, or the next stage has closed meanwhile.
    """
    offer, entry = _open_offer(offer)
    to = _accepted(offer, entry)
    if entry.state != EntryState.NOT_AWARDED:
        raise WrongState("This pitch has its place already.")
    own_until = _own_until(offer, to)
    _answer("accept", offer, actor)
    change_decision(
        entry=entry,
        to=to,
        event=f"take-up-{to.outcome}",
        kind=CorrectionKind.TAKEN_UP,
        why=to.reason,
        sign_off=offer.sign_off,
        actor=actor,
        own_until=own_until,
    )
    award_follows(decision=entry.decision, before_amount=None, why=to.reason, actor=actor)
    send_letter(entry, offer.offered_by)
    tell_of_answer(offer, "Accepted", "It has the place now, and its letter.")
    return entry


def _own_until(offer: Offer, to: Version) -> datetime | None:
    """Until when the team alone may hand in to a next stage that has closed, as was signed.

    Raises:
        WrongState: that stage is decided. Refused: it has closed, and no time was given.
    """
    given = own_until_of(offer.sign_off.content)
    try:
        return check_next_stage(offer.place, to, timezone.now(), given, least=timedelta(0))
    except WrongState:
        raise
    except Refused as refused:  # says what an officer can do, and the team reads this
        raise Refused(
            "The next stage has closed meanwhile, so this place can’t be taken as it was offered. "
            "Write to us: it can be offered again, with time of your own."
        ) from refused


def _accepted(offer: Offer, entry: Entry) -> Version:
    return Version(
        outcome=offer.outcome,
        reason=f"A place became free, and it was number {offer.place.rank} on the reserve list.",
        feedback=entry.decision.feedback,
        amount=offer.amount,
    )


@transaction.atomic
def decline_offer(*, offer: Offer, actor: User) -> Offer:
    """Say no: it goes to the next on the list. Raises: as `accept_offer`."""
    offer, _ = _open_offer(offer)
    _answer("decline", offer, actor)
    record("awards.offer_declined", offer.entry, chain=offer.entry.chain, actor=actor)
    notify(
        team_of(offer.entry),
        subject=f"You declined a place: {offer.entry.pitch}",
        body=f"{actor} declined the place that was offered to “{offer.entry.pitch}”. It goes to "
        "the next on the reserve list.",
        path=offer.entry.get_absolute_url(),
    )
    tell_of_answer(offer, "Declined", "Offer it to the next on the list.")
    return offer


@transaction.atomic
def take_back_offer(*, offer: Offer, reason: str, actor: User) -> Offer:
    """Take an unanswered offer back: it was a mistake. The pitch stays on the list, in its place.

    Raises:
        NotAllowed: no officer who may decide this stage. Refused: no reason.
        WrongState, TooLate: it is answered, or its time is over.
    """
    if not reason.strip():
        raise Refused("Say why it is taken back: the team reads it.")
    offer, _ = _open_offer(offer, ended_calls=True)
    _answer("take-back", offer, actor)
    entry = offer.entry
    record("awards.offer_taken_back", entry, chain=entry.chain, actor=actor, reason=reason.strip())
    notify(
        team_of(entry),
        subject=f"An offer is taken back: {entry.pitch}",
        body=f"We offered a place to “{entry.pitch}”, and have to take it back.\n\n"
        f"Why: {reason.strip()}\n\nYour place on the reserve list stays.",
        path=entry.get_absolute_url(),
    )
    return offer


def _open_offer(offer: Offer, *, ended_calls: bool = False) -> tuple[Offer, Entry]:
    """The offer and its entry, held, and still to be answered."""
    place = ReservePlace.objects.select_related("entry").get(pk=offer.place_id)
    entry = lock_for_answer(place.entry)
    offer = (
        Offer.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "place__entry__pitch__organisation",
            "place__entry__stage__call__region",
            "place__stage__call__region",
            "sign_off__proposed_by",
            "sign_off__answered_by",
        )
        .get(pk=offer.pk)
    )
    if not ended_calls:
        check_call(entry.stage.call)
    if offer.state == OfferState.OPEN and not offer.is_open():
        raise TooLate(f"This could be answered until {moment(offer.until)}.")
    return offer, entry


def _answer(event: str, offer: Offer, actor: User) -> None:
    OFFER.apply(event, offer, actor)
    offer.answered_by, offer.answered_at = actor, timezone.now()
    offer.save(update_fields=["state", "answered_by", "answered_at"])
