"""A call as its approver reads it: all that is sealed, what is found, what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from challenges.calls.checks import Finding, find_findings
from challenges.calls.legal.checklist import legal_checklist
from challenges.calls.models import (
    Audience,
    Call,
    CallState,
    DecidesBy,
    QuestionKind,
    Section,
    TieBreak,
)
from challenges.calls.proposals import approvers_of, changed_since_last, content_of
from cms.page_words import digest_of, page_in_hand, words_of

DATES = (
    ("opens_at", "Opens"),
    ("questions_until", "Questions may be asked until"),
    ("closes_at", "Closes"),
    ("scores_due_at", "Panel scores until"),
)


@dataclass(frozen=True)
class Asked:
    """A finding that asks the approver's reason, with what was typed so far."""

    finding: Finding
    given: str
    is_missing: bool


def whole_call(
    call: Call, *, given: Mapping[str, str], problems: Mapping[str, str]
) -> dict[str, Any]:
    """What the page of a call's approval shows.

    Args:
        given: reasons typed so far, and `problems` what is wrong, both by a finding's key.
    """
    is_in_hand = call.state in (CallState.DRAFT, CallState.PROPOSED)
    proposals = list(call.proposals.select_related("by", "decided_by"))
    findings = find_findings(call) if is_in_hand else []
    content = content_of(call) if is_in_hand or not proposals else proposals[-1].content
    last, changes = changed_since_last(call, content) if is_in_hand else (None, [])
    page = page_in_hand(call)
    return {
        "facts": content["facts"],
        "rules": [stage_rules(stage) for stage in content["stages"]],
        "stops": [each for each in findings if each.stops],
        "asked": [
            Asked(each, given.get(each.key, ""), each.key in problems)
            for each in findings
            if each.asks
        ],
        "notes": [each for each in findings if not each.stops and not each.asks],
        "last": last,
        "changes": changes,
        "proposals": proposals,
        "approvers": approvers_of(call) if is_in_hand else [],
        "legal_steps": legal_checklist(call),
        "page": page,
        "page_words": content.get("page") or words_of(call),
        "digest": digest_of(page.specific if page else None),
    }


def stage_rules(stage: dict[str, Any]) -> dict[str, Any]:
    """A stage of a proposal's content in words, for a template."""
    content = stage["rules"]
    names = {question["id"]: question["label"] for question in content["questions"]}
    total = sum(criterion["weight"] for criterion in content["criteria"]) or 1
    return {
        "id": stage["id"],
        "order": stage["order"],
        "name": content["stage"],
        "dates": [(label, datetime.fromisoformat(content[name])) for name, label in DATES],
        "decision_on": date.fromisoformat(content["decision_on"]),
        "places": content["places"],
        "is_blind": content["blind"],
        "tie_break": TieBreak(content["tie_break"]).label,
        "decides_by": DecidesBy(content["decides_by"]).label,
        "minimum_total": content["minimum_total"],
        "conflict_rules": content["conflict_rules"],
        "questions": [_question(spec, names) for spec in content["questions"]],
        "criteria": [
            {**each, "share": round(100 * each["weight"] / total)} for each in content["criteria"]
        ],
    }


def _question(spec: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    condition = spec.get("condition")
    return {
        **spec,
        "kind_label": QuestionKind(spec["kind"]).label,
        "is_gate": spec["section"] == Section.ELIGIBILITY,
        "is_for_officers": spec["audience"] == Audience.OFFICERS,
        "after": names.get(condition["question"], "") if condition else "",
        "after_answers": condition["answers"] if condition else [],
    }
