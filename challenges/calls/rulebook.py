"""What a sealed rulebook holds, and how the rest of the product reads it back.

Content is plain JSON, so that its digest can be checked by anyone with a SHA-256 tool:

    {"call": reference, "stage": name, "opens_at": ISO 8601, "closes_at": …, "scores_due_at": …,
     "decision_on": ISO date, "places": int | null, "blind": bool, "tie_break": str,
     "questions": [{"id", "kind", "label", "guidance", "required", "max_words", "choices",
                    "identifies"}, …],
     "criteria": [{"id", "name", "guidance", "weight", "scale"}, …]}
"""

from datetime import UTC
from typing import Any

from challenges.calls.models import Stage


def rulebook_content(stage: Stage) -> dict[str, Any]:
    return {
        "call": stage.call.reference,
        "stage": stage.name,
        "opens_at": stage.opens_at.astimezone(UTC).isoformat(),
        "closes_at": stage.closes_at.astimezone(UTC).isoformat(),
        "scores_due_at": stage.scores_due_at.astimezone(UTC).isoformat(),
        "decision_on": stage.decision_on.isoformat(),
        "places": stage.places,
        "blind": stage.is_blind,
        "tie_break": stage.tie_break,
        "questions": [question.spec() for question in stage.questions.all()],
        "criteria": [criterion.spec() for criterion in stage.criteria.all()],
    }
