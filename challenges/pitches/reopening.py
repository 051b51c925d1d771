"""Opening a stage again for everyone, after the service failed before its deadline.

The one exception to “a deadline that has passed can’t be moved”: two officers, a public reason,
the same extra time for all, and only while nobody has read what was submitted.
"""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from challenges.calls import addenda
from challenges.calls.matters import Matter, register
from challenges.calls.models import Call, CallState, SignOff, Stage
from challenges.calls.sign_offs import propose
from challenges.pitches.changed_rules import carry_over, hold_under_way
from challenges.pitches.models import Entry, EntryState
from marketplace.accounts.models import User
from marketplace.errors import Refused, TooLate, WrongState
from marketplace.times import moment, on_moment

MATTER = "pitches.reopen"


def propose_reopening(
    *,
    stage: Stage,
    failed_from: datetime,
    failed_until: datetime,
    closes_at: datetime,
    scores_due_at: datetime,
    decision_on: date,
    reason: str,
    actor: User,
) -> SignOff:
    """Ask a second officer to open a closed stage again for everyone.

    Args:
        failed_from, failed_until: when the service failed; published with the reason.
        closes_at, scores_due_at, decision_on: the new dates, for all.
        reason: what failed, in words that applicants read.

    Raises:
        NotAllowed: no officer of the call.
        Refused and its kinds: see `why_not`; or the dates don't follow from each other.
    """
    return propose(
        matter=MATTER,
        thing=stage,
        reason=reason,
        actor=actor,
        content={
            "failed_from": failed_from.isoformat(),
            "failed_until": failed_until.isoformat(),
            "closes_at": closes_at.isoformat(),
            "scores_due_at": scores_due_at.isoformat(),
            "decision_on": decision_on.isoformat(),
        },
    )


def why_not(stage: Stage, now: datetime | None = None) -> str | None:
    """Why a stage can't be opened again, or None where it could be."""
    now = now or timezone.now()
    if stage.call.state != CallState.APPROVED:
        return "This call isn’t running."
    if now < stage.closes_at:
        return "This stage has not closed: give everyone more time instead."
    if stage.released_at is not None:
        return "The decisions of this stage are released."
    if stage.first_read_at is not None:
        return (
            f"Somebody first read a submission on {moment(stage.first_read_at)}. From then on more "
            "time would be unfair: what was read could guide what is written."
        )
    if _has_begun_judging(stage):
        return "The panel has begun to score or decide."
    return None


def _has_begun_judging(stage: Stage) -> bool:
    """Scores and decisions live on the floor above, which the database knows by name."""
    entries = stage.entries
    return (
        entries.filter(assignments__state="submitted").exists()
        or entries.filter(decision__isnull=False).exists()
    )


def _check(stage: Stage, content: dict[str, Any], person: User) -> None:
    if reason := why_not(stage):
        raise WrongState(reason)
    failed = [datetime.fromisoformat(content[name]) for name in ("failed_from", "failed_until")]
    if not failed[0] < failed[1]:
        raise Refused("The failure must end after it began.")
    if failed[0] >= stage.closes_at:
        raise Refused(
            f"The failure began after the stage had closed, {on_moment(stage.closes_at)}, so it "
            "kept nobody from submitting."
        )
    if failed[1] > timezone.now():
        raise Refused("Say when the failure ended: it can’t be in the future.")
    closes_at = datetime.fromisoformat(content["closes_at"])
    if closes_at <= timezone.now():
        raise TooLate("Choose a new deadline in the future.")
    addenda.check_reopening(stage, _changes(content))


def _changes(content: dict[str, Any]) -> addenda.Changes:
    return {name: content[name] for name in ("closes_at", "scores_due_at", "decision_on")}


def _stands(stage: Stage) -> dict[str, Any]:
    return {
        "closes_at": stage.closes_at.isoformat(),
        "released": stage.released_at is not None,
        "read": stage.first_read_at is not None,
        "state": stage.call.state,
    }


def _carry_out(sign_off: SignOff, stage: Stage, signer: User) -> None:
    hold_under_way(stage)
    _check(stage, sign_off.content, signer)
    content = sign_off.content
    failed = " to ".join(
        moment(datetime.fromisoformat(content[name])) for name in ("failed_from", "failed_until")
    )
    addendum = addenda.reopen_stage(
        stage=stage,
        changes=_changes(content),
        reason=f"The service failed from {failed}. {sign_off.reason}",
        proposed_by=sign_off.proposed_by,
        actor=signer,
    )
    carry_over(addendum)


def _facts(sign_off: SignOff, stage: Stage) -> list[tuple[str, str]]:
    at = {
        name: datetime.fromisoformat(value)
        for name, value in sign_off.content.items()
        if name != "decision_on"
    }
    states = list(
        Entry.objects.filter(stage=stage, state__in=(EntryState.DRAFT, EntryState.SUBMITTED))
        .order_by()
        .values_list("state", flat=True)
    )
    return [
        ("Stage", stage.name),
        ("The service failed", f"{moment(at['failed_from'])} to {moment(at['failed_until'])}"),
        ("Closed", moment(stage.closes_at)),
        ("Would close anew", moment(at["closes_at"])),
        ("Panel would close", moment(at["scores_due_at"])),
        (
            "Decision by",
            f"{date.fromisoformat(sign_off.content['decision_on']):%-d %B %Y}",
        ),
        ("Drafts that missed the deadline", str(states.count(EntryState.DRAFT))),
        ("Submitted, and open to change again", str(states.count(EntryState.SUBMITTED))),
    ]


def _find(pk: int) -> Stage:
    return Stage.objects.select_related("call__region").get(pk=pk)


def _call_of(stage: Stage) -> Call:
    return stage.call


def register_matter() -> None:
    register(
        Matter(
            name=MATTER,
            title="Open the stage again for everyone",
            done="The stage is open again, and everyone who has begun is told.",
            rule="calls.propose_addendum",
            find=_find,
            call_of=_call_of,
            stands=_stands,
            carry_out=_carry_out,
            check=_check,
            facts=_facts,
            path=lambda stage: f"/admin/desk/calls/{stage.call_id}/",
        )
    )
