"""One judge's review of one pitch: save it, hand it in, change it until the panel closes."""

from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from challenges.judging.locks import hold_review, require
from challenges.judging.models import Assignment, AssignmentState, Recommendation, Score
from challenges.judging.ranking import kept_figures
from challenges.judging.workflow import ASSIGNMENT
from marketplace.accounts.models import User
from marketplace.activity.services import record
from marketplace.errors import EditConflict, Incomplete, Refused, TooLate
from marketplace.times import on_moment

Scores = Mapping[int, tuple[int | None, str]]
"""Criterion id → (whole number from 0 to its scale or None, comment)."""

Promise = dict[str, Any]
"""A criterion as the rulebook sealed it: id, name, guidance, weight, scale."""


@transaction.atomic
def save_review(
    *,
    assignment: Assignment,
    scores: Scores,
    recommendation: str,
    comment: str,
    version: int,
    actor: User,
) -> Assignment:
    """Keep a judge's review as far as it has come; one that was submitted is a draft again.

    Args:
        version: the review's version when the judge's copy was loaded.

    Raises:
        NotAllowed, TooLate, EditConflict; Refused for a score that is off its scale.
    """
    assignment = _open_review(assignment, actor)
    if assignment.version != version:
        raise EditConflict(
            "This review was changed in another window since you opened it. "
            "Nothing was overwritten: compare the two and choose."
        )
    if recommendation not in {"", *Recommendation.values}:
        raise Refused("Choose one of the recommendations.")
    if assignment.state == AssignmentState.SUBMITTED:
        ASSIGNMENT.apply("reopen", assignment, actor)
        assignment.forget_figures()
    criteria = {criterion["id"]: criterion for criterion in promised_criteria(assignment)}
    for pk, (value, remark) in scores.items():
        if pk not in criteria:
            raise Refused("One of these criteria isn’t part of this stage. Load the page again.")
        _keep_score(assignment, criteria[pk], value, remark)
    assignment.recommendation, assignment.comment = recommendation, comment
    assignment.version += 1
    assignment.save()
    return assignment


@transaction.atomic
def submit_review(*, assignment: Assignment, actor: User) -> Assignment:
    """Hand a review in; the judge may return to it until the panel closes.

    Raises:
        Incomplete: a criterion has no score or no comment, there is no recommendation, or it is
            out of scope and nothing says why.
    """
    assignment = _open_review(assignment, actor)
    criteria = promised_criteria(assignment)
    given = {score.criterion_id: score for score in assignment.scores.all()}
    if problems := _missing(assignment, criteria, given):
        raise Incomplete("Your review isn’t complete.", problems)
    ASSIGNMENT.apply("submit", assignment, actor)
    values = [cast(int, given[criterion["id"]].value) for criterion in criteria]
    weights = [criterion["weight"] for criterion in criteria]
    scales = [criterion["scale"] for criterion in criteria]
    figures = kept_figures(values, weights, scales)
    for name, figure in figures.items():
        setattr(assignment, name, figure)
    assignment.submitted_at = timezone.now()
    assignment.save()
    record(
        "judging.scored",
        assignment,
        chain=assignment.entry.stage.call.chain,
        actor=actor,
        total=str(assignment.total),
    )
    return assignment


@transaction.atomic
def resubmit_review(
    *,
    assignment: Assignment,
    scores: Scores,
    recommendation: str,
    comment: str,
    version: int,
    actor: User,
) -> Assignment:
    """Change a review and hand it in, or leave it as it was.

    A review that counts already keeps counting if what replaces it isn't complete.

    Raises:
        As `save_review` and `submit_review`.
    """
    saved = save_review(
        assignment=assignment,
        scores=scores,
        recommendation=recommendation,
        comment=comment,
        version=version,
        actor=actor,
    )
    return submit_review(assignment=saved, actor=actor)


def promised_criteria(assignment: Assignment) -> list[Promise]:
    """The criteria that the pitch was written for: those of its sealed rulebook, in order."""
    return assignment.entry.rulebook.content["criteria"]


def _missing(
    assignment: Assignment, criteria: list[Promise], given: Mapping[int, Score]
) -> list[tuple[str, str]]:
    problems = []
    for criterion in criteria:
        pk, name = criterion["id"], criterion["name"]
        score = given.get(pk)
        if score is None or score.value is None:
            problems.append((f"score_{pk}", f"Score “{name}”."))
        if score is None or not score.comment.strip():
            problems.append((f"comment_{pk}", f"Say why, for “{name}”."))
    if not assignment.recommendation:
        problems.append(("recommendation", "Choose what you recommend."))
    if assignment.recommendation == Recommendation.SCOPE and not assignment.comment.strip():
        problems.append(("comment", "Say to the panel why it is out of scope."))
    return problems


def _keep_score(
    assignment: Assignment, criterion: Promise, value: int | None, comment: str
) -> None:
    if value is not None and not 0 <= value <= criterion["scale"]:
        raise Refused(f"Score “{criterion['name']}” from 0 to {criterion['scale']}.")
    Score.objects.update_or_create(
        assignment=assignment,
        criterion_id=criterion["id"],
        defaults={"value": value, "comment": comment},
    )


def _open_review(assignment: Assignment, actor: User) -> Assignment:
    """The review, held, if this judge may score it at this moment."""
    assignment = hold_review(assignment)
    require("judging.score_entry", actor, assignment)
    if refusal := why_closed(assignment):
        raise TooLate(refusal)
    return assignment


def why_closed(assignment: Assignment) -> str:
    """Why no score is taken now, as a sentence; empty while scores are taken."""
    stage = assignment.entry.stage
    calibration = getattr(assignment.member.panel, "calibration", None)
    if calibration is not None and calibration.is_open:
        return "The panel is practising on sample pitches first: scoring starts when that is done."
    if getattr(stage, "meeting", None) is not None:
        return "The panel’s meeting has begun, so scores stay as they are."
    if stage.takes_scores():
        return ""
    if stage.released_at is not None:
        return f"The decisions of this stage were released {on_moment(stage.released_at)}."
    if timezone.now() < stage.closes_at:
        return f"Scoring starts when the call closes, {on_moment(stage.closes_at)}."
    return f"The panel closed {on_moment(stage.scores_due_at)}."
