"""Which changes to a sealed stage are fair to those who have begun.

Nobody loses time, words or a place that they were promised; nobody who has submitted is asked
for more, or is scored by other words or weights than they were told; and once the stage has
closed nobody can raise the number of places while the scores come in.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from challenges.calls.models import Stage
from marketplace.times import day_ended_by

Problems = list[tuple[str, str]]
"""(form field, sentence)."""

WORDS_FOR = {"closes_at": "The stage", "scores_due_at": "The panel"}


def find_unfair(
    stage: Stage, changes: dict[str, Any], now: datetime, *, reopens: bool = False
) -> Problems:
    """Why `changes` (see `challenges.calls.addenda`) can't be published at `now`.

    Args:
        reopens: the stage opens again for everyone after a failure of the service, so that its
            deadline may move although it has passed.
    """
    return [
        *_of_life(stage),
        *_of_dates(stage, changes, now, reopens=reopens),
        *_of_questions(stage, changes, now),
        *_of_criteria(stage, changes, now),
    ]


def _of_life(stage: Stage) -> Iterator[tuple[str, str]]:
    if stage.released_at is not None:
        yield "", "The decisions of this stage are released, so its rules can’t change."


def _of_dates(
    stage: Stage, changes: dict[str, Any], now: datetime, *, reopens: bool
) -> Iterator[tuple[str, str]]:
    closes_at = _at(changes, "closes_at", stage.closes_at)
    scores_due_at = _at(changes, "scores_due_at", stage.scores_due_at)
    decision_on = date.fromisoformat(changes.get("decision_on", stage.decision_on.isoformat()))
    if closes_at != stage.closes_at and now >= stage.closes_at and not reopens:
        yield "closes_at", "The stage has closed. A deadline that has passed can’t be moved."
    for name, at in (("closes_at", closes_at), ("scores_due_at", scores_due_at)):
        if at < getattr(stage, name):
            yield name, f"{WORDS_FOR[name]} can’t close earlier than was promised."
    if decision_on < stage.decision_on:
        yield "decision_on", "The decision can’t come earlier than was promised."
    if scores_due_at < closes_at:
        yield "scores_due_at", "The panel must close after the stage does: move its date too."
    if decision_on < day_ended_by(scores_due_at):
        yield "decision_on", "The decision must come after the panel closes: move its date too."
    following = stage.call.stages.filter(order__gt=stage.order).first()
    if following and following.opens_at < closes_at:
        yield "closes_at", f"“{following.name}” would open before this stage closes."
    places = changes.get("places", stage.places)
    if places != stage.places and now >= stage.closes_at:
        yield "places", "The stage has closed, so the number of places can’t change."
    elif stage.places is not None and (places is None or places < stage.places):
        yield "places", "There can’t be fewer places than were promised."


def _of_questions(
    stage: Stage, changes: dict[str, Any], now: datetime
) -> Iterator[tuple[str, str]]:
    asked = {str(question.pk): question for question in stage.questions.asked()}
    edits, retired = changes.get("questions", {}), changes.get("retire", [])
    added = changes.get("add", [])
    if not edits and not retired and not added:
        return
    if now >= stage.closes_at:
        yield "", "The stage has closed, so its questions can’t change."
    somebody_in = has_submissions(stage)
    for pk, values in edits.items():
        question = asked.get(str(pk))
        if question is None:
            yield "", "One of these questions is not asked any more. Load the page again."
            continue
        limit = values.get("max_words", question.max_words)
        if _is_shorter(limit, question.max_words):
            yield f"question-{pk}", f"“{question.label}”: the word limit can’t get shorter."
        if somebody_in and values.get("required") and not question.required:
            yield f"question-{pk}", f"“{question.label}” can’t become required: {SOMEBODY_IN}"
        if somebody_in and "condition_on" in values and values.get("required", question.required):
            yield f"question-{pk}", f"“{question.label}” can’t be asked of more: {SOMEBODY_IN}"
        if somebody_in and values.get("is_ask") and not question.is_ask:
            yield f"question-{pk}", f"“{question.label}” can’t get a limit: {SOMEBODY_IN}"
    for pk in retired:
        if str(pk) not in asked:
            yield "", "One of these questions is not asked any more. Load the page again."
    for values in added:
        if somebody_in and values.get("required", True):
            yield "add", f"“{values['label']}” can’t be required: {SOMEBODY_IN}"


SOMEBODY_IN = "somebody has submitted already."


def _of_criteria(stage: Stage, changes: dict[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    edits = changes.get("criteria", {})
    if not edits:
        return
    known = {str(criterion.pk): criterion for criterion in stage.criteria.all()}
    somebody_in, has_closed = has_submissions(stage), now >= stage.closes_at
    for pk in edits:
        criterion = known.get(str(pk))
        if criterion is None:
            yield "", "One of these criteria is not in this stage. Load the page again."
        elif somebody_in:
            yield f"criterion-{pk}", f"“{criterion.name}” can’t change: {SOMEBODY_IN}"
        elif has_closed:
            yield f"criterion-{pk}", f"“{criterion.name}” can’t change: the stage has closed."


def has_submissions(stage: Stage) -> bool:
    """Whether anybody has ever submitted to this stage, withdrawn or not.

    Pitches live on the floor above: the reverse relation is there at run time, so nothing is
    imported from it.
    """
    return stage.entries.filter(submitted_at__isnull=False).exists()


def _at(changes: dict[str, Any], name: str, default: datetime) -> datetime:
    return datetime.fromisoformat(changes[name]) if name in changes else default


def _is_shorter(new: int | None, old: int | None) -> bool:
    return new is not None and (old is None or new < old)
