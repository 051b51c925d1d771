"""A call's legal checklist: which steps its route asks for, by when, and what is done."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone

from challenges.calls.legal.working_days import working_days_from
from challenges.calls.models import Call, CallState, LegalNote, LegalRoute, Stage
from marketplace.numbers import pounds

RULES = Path(__file__).with_name("rules.json")


@dataclass(frozen=True)
class Threshold:
    key: str
    pounds: Decimal
    text: str
    source: str


@dataclass(frozen=True)
class Step:
    """One line of the checklist; `note` is what an officer wrote when ticking it, and
    `before_release` says that decisions should not be released without it."""

    key: str
    text: str
    source: str
    due_on: date | None
    is_done: bool
    is_automatic: bool
    is_late: bool
    note: LegalNote | None = None
    comes_first: bool = False
    """Whether the law wants it before the call is advertised at all."""
    before_release: bool = False


@cache
def rules() -> dict[str, Any]:
    """The dated rules as the package ships them."""
    return json.loads(RULES.read_text(encoding="utf-8"))


def threshold(key: str, on: date) -> Threshold | None:
    """The threshold in force on a day, or None where the data has none for it."""
    for row in rules()["thresholds"]:
        if row["key"] == key and in_force(row, on):
            return Threshold(key, Decimal(row["gbp"]), row["text"], row["source"])
    return None


def legal_checklist(
    call: Call, stages: list[Stage] | None = None, *, has_notes: bool = True
) -> list[Step]:
    """The steps of a call's route, in force on the day it opens, soonest due first.

    Args:
        stages: the call's, in order, where they are at hand.
        has_notes: False where it is known that nobody has ticked a step.
    """
    stages = list(call.stages.all()) if stages is None else stages
    anchors = _anchors(call, stages)
    ticked = call.legal_notes.select_related("by") if has_notes else []
    notes = {note.key: note for note in ticked}
    found = [
        _step(row, call, stages, anchors, notes.get(row["key"]))
        for row in rules()["steps"]
        if call.legal_route in row["routes"]
        and in_force(row, anchors["opens"] or timezone.localdate())
        and _is_large_enough(row, call, anchors)
    ]
    return sorted(found, key=lambda step: (step.due_on is None, step.due_on or date.max))


def keys_of(call: Call) -> set[str]:
    """The steps that an officer may tick by hand for this call."""
    return {step.key for step in legal_checklist(call) if not step.is_automatic}


def route_warnings(call: Call) -> list[str]:
    """Where the call's money does not fit its route, as sentences for the officer."""
    stages = list(call.stages.all())
    on = _anchors(call, stages)["opens"] or timezone.localdate()
    contract, minimal = threshold("contract", on), threshold("minimal-assistance", on)
    budget, award = call.budget, call.award_limit
    found = []
    is_below = contract is not None and budget is not None and budget < contract.pounds
    if contract and budget and call.legal_route == LegalRoute.BELOW_THRESHOLD and not is_below:
        found.append(
            f"A budget of {pounds(budget)} is not below the threshold of "
            f"{pounds(contract.pounds)} ({contract.text}). {contract.source}."
        )
    if contract and budget and call.legal_route == LegalRoute.COVERED and is_below:
        found.append(
            f"A budget of {pounds(budget)} is below the threshold of {pounds(contract.pounds)}: "
            f"a below-threshold contract may do. {contract.source}."
        )
    gives = call.legal_route in (LegalRoute.GRANT, LegalRoute.PRIZE)
    if gives and minimal and award and award > minimal.pounds:
        found.append(
            f"An award of up to {pounds(award)} is more than minimal assistance allows "
            f"({pounds(minimal.pounds)}). {minimal.source}."
        )
    return found


def _step(
    row: dict[str, Any],
    call: Call,
    stages: list[Stage],
    anchors: dict[str, date | None],
    note: LegalNote | None,
) -> Step:
    condition = row.get("done_when")
    is_done = DONE_WHEN[condition](call, stages) if condition else note is not None
    due_on = _due_on(row["due"], anchors)
    return Step(
        key=row["key"],
        text=row["text"],
        source=row["source"],
        due_on=due_on,
        is_done=is_done,
        is_automatic=bool(condition),
        is_late=not is_done and due_on is not None and due_on < timezone.localdate(),
        note=note,
        comes_first=row.get("before") == "public",
        before_release=row.get("before_release", False),
    )


DONE_WHEN = {
    "approved": lambda call, stages: call.state == CallState.APPROVED,
    "released": lambda call, stages: bool(stages) and all(s.released_at for s in stages),
}


def _anchors(call: Call, stages: list[Stage]) -> dict[str, date | None]:
    if not stages:
        return {"opens": None, "closes": None, "decision": None}
    last = stages[-1]
    decided = last.released_at
    return {
        "opens": _day(stages[0].opens_at),
        "closes": _day(stages[0].closes_at),
        "decision": _day(decided) if decided else last.decision_on,
    }


def _due_on(due: dict[str, Any], anchors: dict[str, date | None]) -> date | None:
    anchor = anchors[due["anchor"]]
    if anchor is None:
        return None
    if "working_days" in due:
        return working_days_from(anchor, due["working_days"])
    return anchor + timedelta(days=due.get("days", 0))


def _is_large_enough(row: dict[str, Any], call: Call, anchors: dict[str, date | None]) -> bool:
    """Whether a step that holds from some value on holds for this call; unknown money counts.

    The value is that of one award, or the whole budget where no limit of an award is given.
    """
    key = row.get("over") or row.get("at_least")
    if key is None:
        return True
    limit = threshold(key, anchors["opens"] or timezone.localdate())
    amount = call.budget if call.award_limit is None else call.award_limit
    if limit is None or amount is None:
        return True
    return amount > limit.pounds or ("at_least" in row and amount == limit.pounds)


def in_force(row: dict[str, Any], on: date) -> bool:
    """Whether a dated rule holds on a day."""
    until = row.get("to")
    return date.fromisoformat(row["from"]) <= on and (
        until is None or on <= date.fromisoformat(until)
    )


def _day(at: datetime) -> date:
    return timezone.localdate(at)
