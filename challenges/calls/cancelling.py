"""Ending a call without a decision: what it takes with it, who hears, and who must sign.

Floors above have things in a call that must end with it. They listen to `holds` and `ends`, which
are sent inside the transaction that cancels, and to `foretells`, which asks what would end. Nothing
here imports them.
"""

from typing import Any

from django.db import transaction
from django.dispatch import Signal

from challenges.calls.enquiries import decline
from challenges.calls.matters import Matter, register
from challenges.calls.models import (
    Addendum,
    Call,
    CallState,
    Enquiry,
    ProposalOutcome,
    SignOff,
)
from challenges.calls.proposals import close_proposal
from challenges.calls.sign_offs import close_waiting
from challenges.calls.workflow import ADDENDUM, CALL
from marketplace.accounts.models import User
from marketplace.activity.services import record
from marketplace.errors import Refused, WrongState

ends = Signal()
"""Sent with `call`, `reason` and `actor` inside the transaction that cancels a call: close what is
yours in it and tell its people. What a receiver raises stops the whole."""

holds = Signal()
"""Sent with `call` first, in the same transaction: lock the rows that you will change. Chains are
locked last, by everybody: what is locked once one is held may be held by somebody who waits for
it."""

foretells = Signal()
"""Sent with `call` before that: answer with (label, text) rows that
say what would end."""

MATTER = "calls.cancel"
NO_REASON = "Say why the call is cancelled; applicants will read it."
NEEDS_SECOND = (
    "Somebody has begun a pitch for this call, so a second officer has to sign its cancellation. "
    "Propose it instead."
)


def needs_second_officer(call: Call) -> bool:
    """Whether a pitch exists: then one person alone doesn't end it."""
    return call.pitches.exists()


def what_ends(call: Call) -> list[tuple[str, str]]:
    """What a cancellation would end and how many would be told, as (label, text) rows."""
    answers: list[tuple[Any, Any]] = foretells.send(sender=Call, call=call)
    rows = [row for _, answer in answers for row in answer]
    waiting = Enquiry.objects.waiting().filter(call=call).count()
    return [*rows, ("Questions that wait for an answer", str(waiting))]


@transaction.atomic
def cancel_call(*, call: Call, actor: User, reason: str) -> Call:
    """End a call in which nobody has begun a pitch; its page stays and says why.

    Raises:
        Refused: no reason, or there are pitches: then it takes `sign_offs.propose` with the
            matter "calls.cancel".
        NotAllowed, WrongState: see the transition “cancel”.
    """
    if not reason.strip():
        raise Refused(NO_REASON)
    call = held_call(call)
    if needs_second_officer(call):
        CALL.apply("cancel", call, actor)
        raise Refused(NEEDS_SECOND)
    return _cancel(call, actor, reason)


def held_call(call: Call) -> Call:
    """The call as the database has it now, held until the transaction ends, and with it all that
    ends with it: sign-offs before their call, as whoever signs one locks them."""
    _hold(SignOff.objects.waiting().filter(call=call))
    held = Call.objects.select_for_update(of=("self",), no_key=True).get(pk=call.pk)
    _hold(held.stages)
    _hold(Addendum.objects.waiting().filter(stage__call=held))
    _hold(Enquiry.objects.waiting().filter(call=held))
    holds.send(sender=Call, call=held)
    return held


def _hold(rows: Any) -> None:
    list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _cancel(call: Call, actor: User, reason: str, sign_off: SignOff | None = None) -> Call:
    CALL.apply("cancel", call, actor)
    _return_addenda(call, actor)  # while the call still runs: nobody changes the rules of another
    call.return_reason = reason.strip()
    call.save()
    record(
        "calls.cancelled",
        call,
        chain=call.chain,
        actor=actor,
        reason=call.return_reason,
        **({"proposed_by": sign_off.proposed_by_id} if sign_off else {}),
    )
    close_waiting(call, actor, except_for=sign_off)
    close_proposal(call, actor, ProposalOutcome.RETURNED, call.return_reason, [])
    for enquiry in Enquiry.objects.waiting().filter(call=call):
        decline(enquiry=enquiry, reason=f"The call was cancelled: {reason.strip()}", actor=actor)
    ends.send(sender=Call, call=call, reason=call.return_reason, actor=actor)
    return call


def _return_addenda(call: Call, actor: User) -> None:
    for addendum in Addendum.objects.waiting().filter(stage__call=call):
        ADDENDUM.apply("return", addendum, actor)
        addendum.decided_by, addendum.return_reason = actor, "The call was cancelled."
        addendum.save()
        record(
            "calls.addendum_returned",
            addendum,
            chain=call.chain,
            actor=actor,
            reason=addendum.return_reason,
        )


def _check(call: Call, content: dict[str, Any], person: User) -> None:
    if not CALL.allows("cancel", call, person):
        raise WrongState("This call can’t be cancelled now.")


def _stands(call: Call) -> dict[str, Any]:
    """Its state and its stages: who pitches meanwhile is told all the same."""
    released = call.stages.exclude(released_at=None).values_list("pk", flat=True)
    return {"state": call.state, "released": sorted(released)}


def _carry_out(sign_off: SignOff, call: Call, signer: User) -> Call:
    return _cancel(held_call(call), signer, sign_off.reason, sign_off)


def _find(pk: int) -> Call:
    return Call.objects.select_related("region").get(pk=pk)


def register_matter() -> None:
    register(
        Matter(
            name=MATTER,
            title="Cancel the call",
            done="The call is cancelled, and everybody in it is told.",
            rule="calls.cancel_call",
            find=_find,
            call_of=lambda call: call,
            stands=_stands,
            carry_out=_carry_out,
            check=_check,
            facts=lambda sign_off, call: (
                what_ends(call) if call.state != CallState.CANCELLED else []
            ),
            path=lambda call: f"/admin/desk/calls/{call.pk}/",
        )
    )
