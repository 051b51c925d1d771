"""What an applicant reads after the release: the outcome, why, and what the panel said."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from challenges.judging.models import AgreedScore, AssignmentState, Decision, Outcome, Score
from challenges.judging.services.reviewing import Promise
from challenges.pitches.models import Entry


@dataclass(frozen=True)
class CriterionFeedback:
    """One criterion: `mean` of the judges' scores, 0 to `scale`, and their unsigned comments;
    `agreed` is what the panel's meeting put in place of the mean, and why."""

    name: str
    scale: int
    weight: int
    mean: Fraction | None
    comments: list[str]
    agreed: int | None = None
    agreed_why: str = ""


@dataclass(frozen=True)
class Result:
    """A released decision; `amount` in pounds for an award, else None."""

    outcome: str
    label: str
    reason: str
    feedback: str
    amount: Decimal | None
    released_at: datetime
    criteria: list[CriterionFeedback]


def released_result(entry: Entry) -> Result | None:
    """What the team of a pitch may know of its result; None until it is released."""
    try:
        decision: Decision = entry.decision
    except Decision.DoesNotExist:
        return None
    if decision.released_at is None:
        return None
    return Result(
        outcome=decision.outcome,
        label=Outcome(decision.outcome).label,
        reason=decision.reason,
        feedback=decision.feedback,
        amount=decision.amount,
        released_at=decision.told_at or decision.released_at,
        criteria=_criteria_feedback(entry),
    )


def feedback_for(entry: Entry) -> list[CriterionFeedback]:
    """Submitted reviews by criterion, in the rulebook's order; empty until it is released."""
    result = released_result(entry)
    return result.criteria if result else []


def _criteria_feedback(entry: Entry) -> list[CriterionFeedback]:
    scores = Score.objects.filter(
        assignment__entry=entry, assignment__state=AssignmentState.SUBMITTED
    )
    given = list(scores.values_list("criterion_id", "value", "comment"))
    rows = AgreedScore.objects.filter(agreement__entry=entry)
    agreed = {score.criterion_id: score for score in rows}
    return [
        _of_criterion(
            criterion,
            [row[1:] for row in given if row[0] == criterion["id"]],
            agreed.get(criterion["id"]),
        )
        for criterion in (entry.rulebook.content["criteria"] if given or agreed else [])
    ]


def _of_criterion(
    criterion: Promise, given: list[tuple[int | None, str]], agreed: AgreedScore | None
) -> CriterionFeedback:
    values = [value for value, _ in given if value is not None]
    return CriterionFeedback(
        name=criterion["name"],
        scale=criterion["scale"],
        weight=criterion["weight"],
        mean=Fraction(sum(values), len(values)) if values else None,
        # In order of their words: the same place in each list would show who is the same judge.
        comments=sorted(comment.strip() for _, comment in given if comment.strip()),
        agreed=agreed.value if agreed else None,
        agreed_why=agreed.reason if agreed else "",
    )
