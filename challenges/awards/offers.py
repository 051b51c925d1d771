"""Offer a free place to the next on the reserve list; two officers sign, the team answers."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from challenges.awards.corrections import over_budget, own_until_of
from challenges.awards.lapsing import lapse_offers_of, offer_path, what_is_offered
from challenges.calls.matters import Matter, register
from challenges.calls.models import SignOff
from challenges.calls.sign_offs import propose
from challenges.judging.correcting import LEAST, Version, check_call, need_explanation, own_time
from challenges.judging.decisions import check_outcome, keep_minimums, next_stage
from challenges.judging.locks import hold_stage
from challenges.judging.models import Offer, Outcome, ReservePlace
from challenges.judging.reserve import Vacancy, passed_over, reserve_of, to_offer, vacancies
from challenges.pitches.models import Entry
from challenges.pitches.services import team_of
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import Refused, WrongState
from marketplace.numbers import pounds
from marketplace.times import moment, on_moment

OFFER_MATTER = "awards.offer"


def propose_offer(
    *,
    place: ReservePlace,
    vacated: Entry,
    until: datetime,
    reason: str,
    actor: User,
    amount: Decimal | None = None,
    skipped_why: str = "",
    explanation: str = "",
    own_until: datetime | None = None,
) -> SignOff:
    """Ask a second officer to sign the offer of a free place to one on the reserve list.

    Args:
        vacated: whose place it was; the offer is for what that was, an award or a short-listing.
        until: the team can accept before this moment.
        amount: in pounds, where it is an award.
        skipped_why: why it isn't offered to the next in order, where it isn't.
        explanation: why the awards go past the budget, where they do.
        own_until: until when it alone may hand in to the next stage, where that will have closed.

    Raises:
        NotAllowed, Refused: as `challenges.calls.sign_offs.propose`, and where it can't be
            offered: it isn't free or isn't held any more, or the order isn't kept and nobody says
            why.
    """
    content = {
        "vacated": vacated.pk,
        "until": until.isoformat(),
        "amount": None if amount is None else str(amount),
        "skipped_why": skipped_why.strip(),
        "explanation": explanation.strip(),
        "own_until": None if own_until is None else own_until.isoformat(),
    }
    return propose(matter=OFFER_MATTER, thing=place, reason=reason, actor=actor, content=content)


def _find(pk: int) -> ReservePlace:
    return ReservePlace.objects.select_related(
        "stage__call__region", "entry__pitch__organisation", "entry__stage__call__region"
    ).get(pk=pk)


def _vacancy(place: ReservePlace, content: dict[str, Any]) -> Vacancy:
    for free in vacancies(place.stage):
        if free.entry.pk == content.get("vacated"):
            return free
    raise Refused("This place isn’t free now. Load the page again.")


def _check(place: ReservePlace, content: dict[str, Any], person: User) -> None:
    now = timezone.now()
    stage = place.stage
    check_call(stage.call)
    free = _vacancy(place, content)
    until = parse_datetime(str(content.get("until")))
    if until is None or timezone.is_naive(until) or until < now + LEAST:
        raise Refused("Give the team at least a day to answer.")
    lines = reserve_of(stage, now)
    if place.pk not in [each.pk for each in to_offer(lines)]:
        raise Refused("This pitch can’t be offered a place now. Load the page again.")
    before = passed_over(place, lines)
    if before and not str(content.get("skipped_why", "")).strip():
        raise Refused(
            f"{before[0].entry.pitch.reference} is next on the list. Offer it to that one, or say "
            "why it is passed over."
        )
    to = _version(free, content)
    check_outcome(stage, to.outcome, "as on the reserve list", to.amount)
    keep_minimums(stage, {place.entry_id})
    check_next_stage(place, to, until, own_until_of(content))
    if to.amount is not None:
        past = over_budget(stage.call, place.entry, to.amount)
        need_explanation([past] if past else [], str(content.get("explanation", "")))


def check_next_stage(
    place: ReservePlace,
    to: Version,
    until: datetime,
    own_until: datetime | None,
    least: timedelta = LEAST,
) -> datetime | None:
    """Whether a team that accepts before `until` can still hand in to the next stage.

    Returns:
        Until when it alone may, where the stage will have closed; else None.

    Raises:
        WrongState: it is decided. Refused: it can't, and what to do about it.
    """
    if to.outcome != Outcome.SHORTLISTED:
        return None
    stage = next_stage(place.stage)
    if stage is None or stage.released_at is not None:
        raise WrongState("The next stage is decided, so nobody can join it.")
    if until < stage.closes_at or not stage.questions.exists():
        return None
    if own_until is None and timezone.now() < stage.closes_at:
        raise Refused(
            f"“{stage.name}” closes {on_moment(stage.closes_at)}: let the team answer before that, "
            "with time left to write, or give it time of its own."
        )
    return own_time(stage, own_until, until, least)


def _version(free: Vacancy, content: dict[str, Any]) -> Version:
    return Version.read({"outcome": free.outcome, "amount": content.get("amount")})


def _facts(sign_off: SignOff, place: ReservePlace) -> list[tuple[str, str]]:
    content = sign_off.content
    whose = Entry.objects.select_related("pitch__organisation").get(pk=content["vacated"])
    until = parse_datetime(content["until"])
    rows = [
        ("Offered to", f"{place.entry.pitch}, {place.entry.pitch.organisation}"),
        ("Place on the reserve list", str(place.rank)),
        ("The place of", f"{whose.pitch}, {whose.pitch.organisation}"),
        ("They can accept until", moment(until) if until else ""),
    ]
    if content.get("amount"):
        rows.append(("Award", pounds(Decimal(content["amount"]))))
    if own_until := own_until_of(content):
        rows.append(("May hand in to the next stage, if that has closed, until", moment(own_until)))
    if content.get("skipped_why"):
        rows.append(("Why those before it are passed over", content["skipped_why"]))
    if content.get("explanation"):
        rows.append(("Why the awards go past the budget", content["explanation"]))
    return rows


def _stands(place: ReservePlace) -> dict[str, Any]:
    offers = Offer.objects.filter(place__stage=place.stage_id).order_by("pk")
    return {
        "entry": place.entry.state,
        "rank": place.rank,
        "offers": [[offer.pk, offer.label_at()] for offer in offers],
    }


def _carry_out(sign_off: SignOff, thing: ReservePlace, signer: User) -> None:
    hold_stage(thing.stage_id)
    place = _find(thing.pk)
    content = sign_off.content
    lapse_offers_of(place)
    _check(place, content, signer)
    free = _vacancy(place, content)
    offer = Offer.objects.create(
        place=place,
        vacated=free.entry,
        outcome=free.outcome,
        amount=_version(free, content).amount,
        until=parse_datetime(content["until"]),
        skipped_why=content.get("skipped_why", ""),
        offered_by=sign_off.proposed_by,
        sign_off=sign_off,
    )
    record(
        "awards.offered",
        place.entry,
        chain=place.entry.chain,
        actor=signer,
        offer=offer.pk,
        rank=place.rank,
        outcome=offer.outcome,
        amount=str(offer.amount) if offer.amount is not None else None,
        **({"reason": offer.skipped_why} if offer.skipped_why else {}),
    )
    notify(
        team_of(place.entry),
        subject=f"A place is offered to you: {place.entry.pitch}",
        body=f"{what_is_offered(offer)}\n\nSay yes or no by {moment(offer.until)}. "
        "After that it goes to the next on the list.",
        path=offer_path(offer),
        sender=signer,
    )


register(
    Matter(
        name=OFFER_MATTER,
        title="Offer a free place to the reserve list",
        done="Offered. The team is told, and by when to answer.",
        rule="judging.run_reserve",
        find=_find,
        call_of=lambda place: place.stage.call,
        stands=_stands,
        carry_out=_carry_out,
        facts=_facts,
        path=lambda place: f"/admin/desk/stages/{place.stage_id}/reserve/",
        check=_check,
    )
)
