"""What a sealed rulebook holds, and how the rest of the product reads it back.

Content is plain JSON, so that its digest can be checked by anyone with a SHA-256 tool:

    {"call": reference, "stage": name, "opens_at": ISO 8601, "questions_until": …, "closes_at": …,
     "scores_due_at": …, "decision_on": ISO date, "places": int | null, "blind": bool,
     "tie_break": str, "decides_by": str, "minimum_total": int | null, "conflict_rules": text,
     "draw_commitment": SHA-256 of the draw's secret,
     "questions": [{"id", "kind", "label", "guidance", "required", "max_words", "choices",
                    "identifies", "section", "audience", "weight", "unit", "acceptable",
                    "refusal", "condition": {"question", "answers"} | null, "wanted"?,
                    "is_ask"?, "most"?: pounds as text | null}, …],
     "criteria": [{"id", "name", "guidance", "weight", "scale", "anchors", "minimum"}, …],
     "clarifications": [text, …]}

A rulebook is never rewritten, so an older one may lack keys: read those with a default.
"""

from collections.abc import Sequence
from typing import Any

from challenges.calls.models import Section, Stage


def rulebook_content(stage: Stage, clarifications: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "call": stage.call.reference,
        **stage.promises(),
        "questions": _in_order([question.spec() for question in stage.questions.asked()]),
        "criteria": [criterion.spec() for criterion in stage.criteria.all()],
        "clarifications": list(clarifications),
    }


def _in_order(specs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who may apply is asked first, so that nobody writes in vain."""
    return sorted(specs, key=lambda spec: spec["section"] != Section.ELIGIBILITY)
