"""The reserve list of a stage: who is next when a place becomes free.

Officers put pitches on it before the release; the release fixes its order. Offers are made in
`challenges.awards.offers`, because a place may be an award.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from challenges.calls.draw import draw_order
from challenges.calls.models import CallState, Stage
from challenges.judging.decisions import STOP_FIRST
from challenges.judging.locks import hold_stage, require
from challenges.judging.models import (
    Correction,
    CorrectionKind,
    Decision,
    Offer,
    OfferState,
    Outcome,
    Release,
    ReleaseState,
    ReservePlace,
)
from challenges.judging.table import Table, digests_of, table_of
from challenges.pitches.models import Entry, EntryState
from marketplace.accounts.models import User
from marketplace.activity.services import record
from marketplace.errors import Refused, TooLate

FORWARD = (Outcome.SHORTLISTED, Outcome.AWARDED)
WAITING, NOT_TOLD = "Waiting", "Waiting, and its letter is held back"


@dataclass(frozen=True)
class Vacancy:
    """A place that a released decision gave and that is free again: whose it was, what it is
    (short-listed or awarded), and why it is free, in words."""

    entry: Entry
    outcome: str
    why: str


@dataclass(frozen=True)
class Line:
    """One pitch on the list: `state` in words, `offer` the latest made to it."""

    place: ReservePlace
    state: str
    offer: Offer | None


def reserve_order(stage: Stage, entries: Iterable[int], table: Table | None = None) -> list[int]:
    """Entry ids in the order of the ranking; those still level after the sealed tie-break, by
    the sealed draw. Those without a place come last, drawn among themselves."""
    wanted = set(entries)
    table = table or table_of(stage)
    rows = [row for row in table.standings if row.entry in wanted]
    drawn = draw_order(stage.draw_secret, digests_of(stage), [row.reference for row in rows])
    lots = {reference: number for number, reference in enumerate(drawn)}
    last = len(table.standings) + 1
    rows.sort(key=lambda row: (row.place or last, lots[row.reference]))
    return [row.entry for row in rows]


@transaction.atomic
def keep_reserve(
    *,
    stage: Stage,
    entries: Sequence[Entry],
    actor: User,
    held_until: date | None = None,
    why: str = "",
) -> list[ReservePlace]:
    """Put these pitches on the reserve list, in place of whatever list there was; none: no list.

    Args:
        entries: in the wanted order, if `why` says why it differs from the ranking; else in any.
        held_until: the last day on which a place may be offered.

    Raises:
        NotAllowed: no officer who may decide this stage.
        TooLate: its decisions are released, and with them the list.
        Refused: a signed release waits, a pitch that isn't marked “not awarded”, or no day that is
            still to come.
    """
    stage = hold_stage(stage.pk)
    require("judging.run_reserve", actor, stage)
    if stage.released_at is not None:
        raise TooLate("The order of the reserve list is fixed since the release.")
    if Release.objects.waiting().of(stage).exists():
        raise Refused(STOP_FIRST)
    ids = list(dict.fromkeys(entry.pk for entry in entries))
    marked = Decision.objects.filter(
        entry__in=ids,
        entry__stage=stage,
        entry__state=EntryState.SUBMITTED,
        outcome=Outcome.NOT_AWARDED,
    )
    if marked.count() != len(ids):
        raise Refused("Only pitches that are marked “not awarded” can be on the reserve list.")
    if ids and (held_until is None or held_until < timezone.localdate()):
        raise Refused("Say until when the list is held: a day that is still to come.")
    ReservePlace.objects.filter(stage=stage).delete()
    order = ids if why.strip() else reserve_order(stage, ids)
    places = ReservePlace.objects.bulk_create(
        ReservePlace(
            stage=stage,
            entry_id=pk,
            rank=rank,
            held_until=held_until,
            why=why.strip(),
            put_by=actor,
        )
        for rank, pk in enumerate(order, start=1)
    )
    record(
        "judging.reserve_kept",
        stage,
        chain=stage.call.chain,
        actor=actor,
        entries=order,
        held_until=held_until.isoformat() if held_until else None,
        **({"reason": why.strip()} if why.strip() else {}),
    )
    return places


def fix_reserve(stage: Stage, table: Table, now: datetime) -> list[ReservePlace]:
    """Fix the list's order at the release, inside its transaction; who was marked otherwise or
    withdrew since is left out."""
    places = list(ReservePlace.objects.filter(stage=stage).order_by("rank"))
    if not places:
        return []
    standing = set(
        Decision.objects.filter(
            entry__stage=stage, entry__state=EntryState.SUBMITTED, outcome=Outcome.NOT_AWARDED
        ).values_list("entry", flat=True)
    )
    kept = [place for place in places if place.entry_id in standing]
    if not any(place.why for place in kept):
        order = reserve_order(stage, [place.entry_id for place in kept], table)
        kept.sort(key=lambda place: order.index(place.entry_id))
    ReservePlace.objects.filter(stage=stage).delete()
    for rank, place in enumerate(kept, start=1):
        place.pk, place.rank, place.fixed_at = None, rank, now
    ReservePlace.objects.bulk_create(kept)
    record(
        "judging.reserve_fixed",
        stage,
        chain=stage.call.chain,
        entries=[place.entry_id for place in kept],
    )
    return kept


def reserve_of(stage: Stage, now: datetime | None = None) -> list[Line]:
    """The list in its order, each with where it stands; two queries."""
    now = now or timezone.now()
    places = list(
        ReservePlace.objects.filter(stage=stage)
        .select_related("entry__pitch__organisation", "entry__stage", "stage__call")
        .order_by("rank")
    )
    offers: dict[int, Offer] = {}
    for offer in Offer.objects.filter(place__in=places).order_by("offered_at", "pk"):
        offers[offer.place_id] = offer
    return [
        Line(place, _state_of(place, offers.get(place.pk), now), offers.get(place.pk))
        for place in places
    ]


def _state_of(place: ReservePlace, offer: Offer | None, now: datetime) -> str:
    if offer is not None and offer.state != OfferState.TAKEN_BACK:
        return offer.label_at(now)
    if place.fixed_at is None:
        return "On the list from the release on"
    if place.stage.call.state == CallState.CANCELLED:
        return "The call was cancelled"
    if place.entry.state == EntryState.SUBMITTED:
        return NOT_TOLD
    if place.entry.state in (EntryState.SHORTLISTED, EntryState.AWARDED):
        return "Has a place already"
    if place.entry.state != EntryState.NOT_AWARDED or place.entry.pitch.erased_at:
        return "No longer in the competition"
    if not place.is_held(timezone.localdate(now)):
        return "The list has ended"
    return WAITING


def waiting(stage: Stage, now: datetime | None = None) -> list[ReservePlace]:
    """Whom a free place may be offered to, in order."""
    return to_offer(reserve_of(stage, now))


def to_offer(lines: Iterable[Line]) -> list[ReservePlace]:
    """As `waiting`, of a list that is read already."""
    return [line.place for line in lines if line.state == WAITING]


def passed_over(place: ReservePlace, lines: Iterable[Line]) -> list[ReservePlace]:
    """Who stands before it on its list and has had no offer yet, in order: those as well that
    can't have one before their held letter is sent."""
    waits = [line.place for line in lines if line.state in (WAITING, NOT_TOLD)]
    return [each for each in waits if each.rank < place.rank]


def vacancies(stage: Stage, now: datetime | None = None) -> list[Vacancy]:
    """Places that are free: given up, lost by a correction, left in the next stage, or withdrawn
    from while the release waited; and not offered to anybody, or offered in vain."""
    now = now or timezone.now()
    # Not the latest correction: one after it may have changed words alone.
    latest = Correction.objects.filter(
        entry=OuterRef("pk"), kind=CorrectionKind.CORRECTED, before_outcome__in=FORWARD
    ).order_by("-number")
    left = Entry.objects.filter(pitch=OuterRef("pitch"), stage__order__gt=OuterRef("stage__order"))
    taken = Offer.objects.binding(now).filter(vacated__stage=stage)
    told = Q(decision__released_at__isnull=False)
    rows = (
        Entry.objects.filter(stage=stage, stage__released_at__isnull=False)
        .exclude(pk__in=taken.values("vacated"))
        .annotate(
            lost=Subquery(latest.values("before_outcome")[:1]),
            next_state=Subquery(left.order_by("stage__order").values("state")[:1]),
        )
        .filter(
            told & Q(state=EntryState.DECLINED)
            | told & Q(Exists(_gave_place()), state=EntryState.NOT_AWARDED, lost__in=FORWARD)
            | told & Q(state=EntryState.SHORTLISTED, next_state=EntryState.WITHDRAWN)
            | ~told & Q(state=EntryState.WITHDRAWN, decision__outcome__in=FORWARD)
        )
        .select_related("pitch__organisation", "decision", "stage__call")
        .order_by("pitch__reference")
    )
    return [_vacancy(entry) for entry in _were_given(stage, list(rows))]


def _gave_place() -> Any:
    """For an entry that was corrected: the release, or an offer, gave it a place. One that a
    correction added is gone when that is corrected away, and free for nobody."""
    by_release, by_offer = Q(number=1, before_outcome__in=FORWARD), Q(kind=CorrectionKind.TAKEN_UP)
    return Correction.objects.filter(by_release | by_offer, entry=OuterRef("pk"))


def frees_place(entry: Entry) -> bool:
    """Whether the place that this entry holds becomes free once it is corrected away."""
    made = list(entry.corrections.values_list("number", "before_outcome", "kind"))
    return not made or any(
        (number == 1 and before in FORWARD) or kind == CorrectionKind.TAKEN_UP
        for number, before, kind in made
    )


def _were_given(stage: Stage, found: list[Entry]) -> list[Entry]:
    """Without those whose team had withdrawn before the release was proposed: what had been
    marked for them by then, the officers gave to others."""
    if all(entry.state != EntryState.WITHDRAWN for entry in found):
        return found
    done = Release.objects.of(stage).filter(state=ReleaseState.DONE).select_related("sign_off")
    signed = {key for release in done for key in release.sign_off.content["entries"]}
    return [
        entry for entry in found if entry.state != EntryState.WITHDRAWN or str(entry.pk) in signed
    ]


def _vacancy(entry: Entry) -> Vacancy:
    if entry.state == EntryState.WITHDRAWN:
        return Vacancy(
            entry, entry.decision.outcome, "its organisation withdrew while the release waited"
        )
    if entry.state == EntryState.DECLINED:
        return Vacancy(entry, entry.decision.outcome, "its organisation declined it")
    if entry.state == EntryState.SHORTLISTED:
        return Vacancy(entry, Outcome.SHORTLISTED, "its organisation withdrew in the next stage")
    return Vacancy(entry, entry.lost, "its decision was corrected")  # type: ignore[attr-defined]
