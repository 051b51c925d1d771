"""What an applicant reads after the release: the outcome, why, and what the panel said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from challenges.judging.models import AgreedScore, AssignmentState, Decision, Outcome, Score
from challenges.judging.services.reviewing import Promise
from challenges.pitches.models import Entry
from marketplace.rounding import places_to_tell, plain


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
    minimum: int | None = None
    """The lowest mean that can win, by the sealed rules."""

    @property
    def mean_said(self) -> str:
        """The mean as people read it: a 3.96 doesn't look like the minimum of 4 that it misses."""
        if self.mean is None:
            return ""
        return plain(self.mean, places_to_tell((self.mean, self.minimum)))


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
        criteria=criteria_of([entry])[entry.pk],
    )


def feedback_for(entry: Entry) -> list[CriterionFeedback]:
    """Submitted reviews by criterion, in the rulebook's order; empty until it is released."""
    result = released_result(entry)
    return result.criteria if result else []


def criteria_of(entries: Iterable[Entry]) -> dict[int, list[CriterionFeedback]]:
    """Entry → what the panel said of it by criterion; as many queries for one as for hundreds.

    It asks nothing of a release: who may read it is the caller's to know.
    """
    entries = list(entries)
    given: dict[int, list[tuple[int, int | None, str]]] = {}
    scores = Score.objects.filter(
        assignment__entry__in=entries, assignment__state=AssignmentState.SUBMITTED
    )
    columns = ("assignment__entry", "criterion", "value", "comment")
    for entry, criterion, value, comment in scores.values_list(*columns):
        given.setdefault(entry, []).append((criterion, value, comment))
    agreed: dict[int, dict[int, AgreedScore]] = {}
    rows = AgreedScore.objects.filter(agreement__entry__in=entries).select_related("agreement")
    for score in rows:
        agreed.setdefault(score.agreement.entry_id, {})[score.criterion_id] = score
    return {
        entry.pk: _by_criterion(entry, given.get(entry.pk, []), agreed.get(entry.pk, {}))
        for entry in entries
    }


def _by_criterion(
    entry: Entry, given: list[tuple[int, int | None, str]], agreed: dict[int, AgreedScore]
) -> list[CriterionFeedback]:
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
        minimum=criterion.get("minimum"),
    )
