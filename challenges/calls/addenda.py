"""The verbs of changing what was promised: extend a deadline, propose, publish, send back.

A change is a dictionary of JSON values; every key may be absent:

    {"closes_at": ISO 8601, "scores_due_at": ISO 8601, "decision_on": ISO date, "places": int,
     "questions": {question id: {"label", "guidance", "required", "max_words", "is_ask",
                                 "condition_on": question id | null,
                                 "condition_answers"}},
     "retire": [question id, …],
     "add": [{"label", "kind", "guidance", "required", "max_words", "choices", "is_ask"}, …],
     "criteria": {criterion id: {"guidance", "anchors", "weight"}},
     "reopens": true where it opens a closed stage again, see `reopen_stage`}

`challenges.calls.fairness` says which changes are fair to those who have begun.
"""

from collections.abc import Container, Iterator
from datetime import date, datetime
from typing import Any

import rules
from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from challenges.calls.checks import Finding, find_findings, findings_of_stage
from challenges.calls.differences import rulebook_differences
from challenges.calls.fairness import find_unfair
from challenges.calls.models import (
    Addendum,
    Call,
    Criterion,
    Question,
    Rulebook,
    Stage,
)
from challenges.calls.services import seal_rulebook
from challenges.calls.workflow import ADDENDUM
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import Incomplete, NotAllowed, Refused, WrongState
from marketplace.times import on_moment

Changes = dict[str, Any]

published = Signal()
"""Sent with `addendum` and `before`, the content of the rulebook until now, inside the transaction
that publishes a change."""


@transaction.atomic
def propose_addendum(
    *, stage: Stage, changes: Changes, reason: str, actor: User, clarification: str = ""
) -> Addendum:
    """Ask another officer to publish a change to a sealed stage.

    Raises:
        Refused: no reason, nothing changes, or another change waits already.
        Incomplete: changes that would be unfair to those who have begun, or that a question or
            criterion can't take; lists each.
    """
    stage = hold(stage)
    addendum = Addendum(
        stage=stage,
        changes=changes,
        reason=reason.strip(),
        clarification=clarification.strip(),
        proposed_by=actor,
    )
    _require("calls.propose_addendum", actor, addendum)
    _check(addendum)
    if stage.addenda.waiting().exists():
        raise Refused("Another change of this stage waits for approval. Decide on that one first.")
    addendum.differences = _foreseen(addendum)
    addendum.save()
    record("calls.addendum_proposed", addendum, chain=stage.call.chain, actor=actor, reason=reason)
    return addendum


@transaction.atomic
def publish_addendum(*, addendum: Addendum, actor: User) -> Addendum:
    """Make a proposed change part of the rules, as a new rulebook, and tell all who have begun.

    Raises:
        NotAllowed: whoever proposed it does not publish it.
        Incomplete: it has become unfair meanwhile: the stage has closed, say.
    """
    stage = hold(addendum.stage)
    addendum = Addendum.objects.select_related("proposed_by").get(pk=addendum.pk)
    addendum.stage = stage
    ADDENDUM.apply("publish", addendum, actor)
    _check(addendum)
    return _publish(addendum, actor)


@transaction.atomic
def return_addendum(*, addendum: Addendum, reason: str, actor: User) -> Addendum:
    """Turn a proposed change down, with a reason."""
    if not reason.strip():
        raise Refused("Say why the change is not published.")
    stage = hold(addendum.stage)
    addendum = Addendum.objects.select_related("proposed_by").get(pk=addendum.pk)
    addendum.stage = stage
    ADDENDUM.apply("return", addendum, actor)
    addendum.decided_by, addendum.return_reason = actor, reason.strip()
    addendum.save()
    record("calls.addendum_returned", addendum, chain=stage.call.chain, actor=actor, reason=reason)
    notify(
        [addendum.proposed_by],
        subject=f"Change not published: {stage.call.title}",
        body=f"{actor} sent your change of “{stage.name}” back: {reason}",
        path=f"/admin/desk/calls/{stage.call_id}/",
    )
    return addendum


@transaction.atomic
def extend_deadline(
    *,
    stage: Stage,
    closes_at: datetime,
    scores_due_at: datetime,
    decision_on: date,
    reason: str,
    actor: User,
) -> Addendum:
    """Give everyone more time, at once; all who have begun are told.

    Raises:
        NotAllowed: not an officer of the call.
        Incomplete: the stage has closed, or a date would come earlier than was promised.
    """
    stage = hold(stage)
    addendum = Addendum(
        stage=stage,
        reason=reason.strip(),
        proposed_by=actor,
        changes={
            "closes_at": closes_at.isoformat(),
            "scores_due_at": scores_due_at.isoformat(),
            "decision_on": decision_on.isoformat(),
        },
    )
    _require("calls.extend_deadline", actor, addendum)
    _check(addendum)
    if closes_at <= stage.closes_at:
        raise Refused("Choose a later closing date than the one that was promised.")
    ADDENDUM.apply("extend", addendum, actor)
    return _publish(addendum, actor)


def check_reopening(stage: Stage, changes: Changes) -> None:
    """Raises: Incomplete: dates that don't follow from each other; lists each."""
    if problems := find_unfair(stage, changes, timezone.now(), reopens=True):
        raise Incomplete("The stage can’t be opened again with these dates.", problems)


@transaction.atomic
def reopen_stage(
    *, stage: Stage, changes: Changes, reason: str, proposed_by: User, actor: User
) -> Addendum:
    """Publish new dates for a stage that has closed: after a failure of the service alone.

    `challenges.pitches.reopening` asks whether that is fair and has two officers sign; it is the
    one caller.

    Raises:
        NotAllowed: whoever proposed it does not publish it.
        Incomplete: see `check_reopening`.
    """
    stage = hold(stage)
    check_reopening(stage, changes)
    changes = {**changes, "reopens": True}
    addendum = Addendum(stage=stage, reason=reason, changes=changes, proposed_by=proposed_by)
    ADDENDUM.apply("publish", addendum, actor)
    return _publish(addendum, actor)


def hold(stage: Stage) -> Stage:
    """The stage as the database has it, held with its call until the transaction ends.

    Raises:
        WrongState: its rules are not sealed yet.
    """
    call = Call.objects.select_for_update(of=("self",), no_key=True).get(stages=stage.pk)
    found = Stage.objects.select_for_update(of=("self",), no_key=True).get(pk=stage.pk)
    found.call = call
    if found.rulebook is None:
        raise WrongState("The rules of this stage are not sealed yet: change the stage itself.")
    return found


def _require(rule: str, actor: User, addendum: Addendum) -> None:
    if not rules.has_perm(rule, actor, addendum):
        raise NotAllowed("Only officers of the call’s region can change its rules.")


def _check(addendum: Addendum) -> None:
    if not addendum.reason:
        raise Refused("Say why the rules change; applicants will read it.")
    if problems := find_unfair(addendum.stage, addendum.changes, timezone.now()):
        raise Incomplete("This change can’t be published.", problems)


def _publish(addendum: Addendum, actor: User) -> Addendum:
    before, rulebook = _enact(addendum)
    stage = addendum.stage
    addendum.rulebook, addendum.decided_by = rulebook, actor
    addendum.published_at = rulebook.sealed_at
    addendum.save()
    record(
        "calls.addendum_published",
        addendum,
        chain=stage.call.chain,
        actor=actor,
        reason=addendum.reason,
        stage=stage.pk,
        rulebook=rulebook.digest,
        extended=before.content["closes_at"] != rulebook.content["closes_at"],
    )
    published.send(sender=Addendum, addendum=addendum, before=before.content)
    return addendum


def _enact(addendum: Addendum) -> tuple[Rulebook, Rulebook]:
    """Change the stage and seal what it promises now: the rules before and after.

    Raises:
        Refused: nothing changes. Incomplete: a question or criterion can't be so.
    """
    before = addendum.stage.rulebook
    if before is None:
        raise WrongState("The rules of this stage are not sealed yet.")
    known = {finding.key for finding in findings_of_stage(addendum.stage)}
    _apply(addendum.stage, addendum.changes)
    stage = addendum.stage = Stage.objects.select_related("call").get(pk=addendum.stage_id)
    rulebook = seal_rulebook(stage, _clarifications(before, addendum))
    problems = list(_problems_in_parts(stage, before, addendum.changes))
    said = {place for place, _ in problems}
    asked = {question["id"] for question in before.content["questions"]}
    problems += [
        (place, finding.sentence)
        for finding in findings_of_stage(stage)
        if finding.stops and finding.key not in known
        if (place := _part(finding.field, asked)) not in said
    ]
    if problems:
        raise Incomplete("This change can’t be published.", problems)
    found = rulebook_differences(before.content, rulebook.content)
    if not found:
        raise Refused("Nothing would change. Change something, or add a clarification.")
    addendum.differences = [each.as_row() for each in found]
    return before, rulebook


def _foreseen(addendum: Addendum) -> list[list[str]]:
    """What it would change, in words: tried out and taken back."""
    stage = addendum.stage
    with transaction.atomic():
        _enact(addendum)
        transaction.set_rollback(True)
    addendum.stage = stage
    return addendum.differences


def _part(field: str, asked: Container[int]) -> str:
    """The question or criterion that a finding's field belongs to, or the field itself.

    Args:
        asked: ids of the questions asked before; a new one stands under "add".
    """
    kind, _, rest = field.partition("-")
    number = rest.partition("-")[0]
    if kind == "question" and int(number) not in asked:
        return "add"
    return f"{kind}-{number}" if rest else field


def findings_after(addendum: Addendum) -> list[Finding]:
    """What the checks would find of the call once a waiting change is published, and not now.

    Of the whole call, as a stage's change reaches further: to the limit that a question is held
    against, to the stage that follows. Tried out and taken back; a change that can't be published
    any more says nothing here.
    """
    stage = addendum.stage
    known = {finding.key for finding in find_findings(stage.call)}
    found: list[Finding] = []
    with transaction.atomic():
        try:
            _enact(addendum)
            found = find_findings(addendum.stage.call)
        except Refused:
            pass
        transaction.set_rollback(True)
    addendum.stage = stage
    return [finding for finding in found if finding.key not in known]


def findings_of_next(stage: Stage) -> list[Finding]:
    """What the checks say of when the stage after this one opens: this one's dates press it.

    It stops no change, as the next stage's opening can't move and more time may still be right.
    """
    following = stage.call.stages.filter(order__gt=stage.order).first()
    found = findings_of_stage(following) if following else []
    return [finding for finding in found if finding.field == "opens_at"]


def _problems_in_parts(
    stage: Stage, before: Rulebook, changes: Changes
) -> Iterator[tuple[str, str]]:
    """What is wrong with the questions and criteria that change; a new one stands under "add"."""
    known = {question["id"] for question in before.content["questions"]}
    edited = {int(pk) for pk in changes.get("questions", {})}
    for question in stage.questions.asked():
        if question.pk in edited or question.pk not in known:
            place = f"question-{question.pk}" if question.pk in known else "add"
            yield from _problems_in(question, place)
    for criterion in stage.criteria.filter(pk__in=changes.get("criteria", {})):
        yield from _problems_in(criterion, f"criterion-{criterion.pk}")


def _problems_in(part: Question | Criterion, place: str) -> Iterator[tuple[str, str]]:
    try:
        part.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        yield place, " ".join(error.messages)


def _clarifications(before: Rulebook, addendum: Addendum) -> list[str]:
    known = before.content.get("clarifications", [])
    return [*known, addendum.clarification] if addendum.clarification else known


def _apply(stage: Stage, changes: Changes) -> None:
    """Write the changes past the guards that keep promises: this is the one way to change them."""
    now = timezone.now()
    fields: dict[str, Any] = {
        name: datetime.fromisoformat(changes[name])
        for name in ("closes_at", "scores_due_at")
        if name in changes
    }
    if "decision_on" in changes:
        fields["decision_on"] = date.fromisoformat(changes["decision_on"])
    if "places" in changes:
        fields["places"] = changes["places"]
    if fields:
        Stage.objects.filter(pk=stage.pk).update(**fields)
    for pk, values in changes.get("questions", {}).items():
        stage.questions.filter(pk=pk).update(**values)
    stage.questions.filter(pk__in=changes.get("retire", [])).update(retired_at=now)
    last = stage.questions.count()
    Question.objects.bulk_create(
        Question(stage=stage, sort_order=last + place, **values)
        for place, values in enumerate(changes.get("add", []), start=1)
    )
    for pk, values in changes.get("criteria", {}).items():
        Criterion.objects.filter(stage=stage, pk=pk).update(**values)


def letter_of(addendum: Addendum) -> tuple[str, str]:
    """Subject and body of the mail to everyone who has begun."""
    stage = addendum.stage
    lines = [
        f"- {row['what']}: " + " → ".join(text for text in (row["before"], row["after"]) if text)
        for row in addendum.rows
    ]
    subject = _subject(addendum)
    body = (
        f"The rules of “{stage.name}” of “{stage.call.title}” have changed.\n\n"
        f"Why: {addendum.reason}\n\n" + "\n".join(lines) + "\n\n"
        f"The stage closes {on_moment(stage.closes_at)}. What you have written is kept. "
        "If you have submitted, your submission stands; you can change it until then."
    )
    return f"{subject}: {stage.call.title}", body


def _subject(addendum: Addendum) -> str:
    if addendum.changes.get("reopens"):
        return "Open again"
    extended = any(row["what"] == "Closes" for row in addendum.rows)
    return "More time" if extended else "Rules changed"
