"""What both sides say of a match, and the officer's word to a start-up that fits."""

from typing import Any

import rules
from django.db import transaction
from django.utils import timezone

from challenges.calls.models import Call
from challenges.pitches.parts import people_of
from marketplace.accounts.models import User
from marketplace.activity.models import Record
from marketplace.activity.services import notify_once, record
from marketplace.errors import NotAllowed, Refused, TooLate
from marketplace.times import on_moment
from search.models import Opinion, Side
from search.scoring import WEIGHTS_VERSION
from startups.models import Organisation

GOOD, IRRELEVANT, NONE = "good", "irrelevant", "none"
CHOICES = (GOOD, IRRELEVANT, NONE)
INVITED = "search.invited"


@transaction.atomic
def give_opinion(
    *, call: Call, organisation: Organisation, side: str, opinion: str, actor: User
) -> None:
    """Say that a match is good or not relevant, or take back what was said.

    The other side is never shown it.

    Raises:
        NotAllowed: not an officer of the call, or not on the organisation's team.
        Refused: none of `CHOICES`.
    """
    thing = call if side == Side.CALL else organisation
    _require(f"search.match_{side}", actor, thing)
    if opinion not in CHOICES:
        raise Refused("Choose whether it is a good match or not relevant.")
    if opinion == NONE:
        Opinion.objects.filter(call=call, organisation=organisation, side=side).delete()
    else:
        Opinion.objects.update_or_create(
            call=call,
            organisation=organisation,
            side=side,
            defaults={
                "is_good": opinion == GOOD,
                "by": actor,
                "weights_version": WEIGHTS_VERSION,
                "at": timezone.now(),
            },
        )
    chain = call.chain if side == Side.CALL else f"organisation:{organisation.pk}"
    record("search.match_judged", thing, chain=chain, actor=actor, opinion=opinion)


@transaction.atomic
def invite_to_apply(*, call: Call, organisation: Organisation, actor: User) -> int:
    """Write to an organisation's team that an open call may suit it; how many were told.

    Everyone may apply all the same: an invitation gives no advantage, and is on record.

    Raises:
        NotAllowed: not an officer of the call.
        TooLate: the call is not open.
        Refused: they were invited before, or show no profile to the public.
    """
    _require("search.match_call", actor, call)
    is_open = Call.objects.open().filter(page__live=True).select_related("region")
    if (found := is_open.filter(pk=call.pk).first()) is None:
        raise TooLate("Only to an open call can somebody be invited.")
    if not organisation.is_public:
        raise Refused(f"{organisation} shows no profile to the public.")
    if organisation.pk in invited_to(call):
        raise Refused(f"{organisation} has been invited already.")
    record(INVITED, call, chain=call.chain, actor=actor, organisation=organisation.pk)
    told = notify_once(
        people_of(organisation),
        key=f"invited:{call.pk}:{organisation.pk}",
        subject=f"A call that may suit {organisation}: {call.title}",
        body=(
            f"An officer of {found.region} thinks that “{call.title}” may suit {organisation}.\n\n"
            f"It closes {on_moment(found.closes_at)}. Everyone may apply; being told of it gives "
            "no advantage when pitches are judged."
        ),
        path=f"/calls/{call.reference}/",
    )
    return len(told)


def invited_to(call: Call) -> dict[int, Any]:
    """Organisation id → when it was invited."""
    found = Record.objects.filter(chain__key=call.chain, verb=INVITED).order_by("number")
    return {entry.detail["organisation"]: entry.at for entry in found}


def _require(rule: str, actor: User, thing: Any) -> None:
    if not rules.has_perm(rule, actor, thing):
        raise NotAllowed("You can’t do this for somebody else’s call or organisation.")
