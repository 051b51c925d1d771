"""The verbs on a call: propose, approve, return; `cancelling` has the one that ends it."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from challenges.calls.cancelling import cancel_call
from challenges.calls.models import DISCRETE, Call, Rulebook, Stage
from challenges.calls.owning import working_owner
from challenges.calls.rulebook import rulebook_content
from challenges.calls.workflow import CALL
from marketplace.accounts.models import User
from marketplace.activity.chain import sha256
from marketplace.activity.services import notify, record
from marketplace.errors import Incomplete, Refused

__all__ = [
    "approve_call",
    "cancel_call",
    "find_problems",
    "propose_call",
    "record_edit",
    "return_call",
    "seal_rulebook",
]


def find_problems(call: Call) -> list[tuple[str, str]]:
    """What stands between a call and its approval, as (place, sentence)."""
    problems = []
    stages = list(call.stages.all())
    if not call.objectives.exists():
        problems.append(("objectives", "Choose at least one objective that the call serves."))
    if not call.legal_route:
        problems.append(("legal_route", "Choose the legal route."))
    if not stages:
        problems.append(("stages", "Add a stage with its dates."))
    for stage in stages:
        problems += _stage_problems(stage)
    for earlier, later in zip(stages, stages[1:], strict=False):
        if later.opens_at < earlier.closes_at:
            problems.append(
                (f"stage-{later.pk}", f"“{later.name}” opens before “{earlier.name}” closes.")
            )
    return problems


def _stage_problems(stage: Stage) -> list[tuple[str, str]]:
    place, problems = f"stage-{stage.pk}", []
    is_entered = stage.order == 1 or stage.call.is_rolling
    if is_entered and not stage.questions.exists():
        problems.append((place, f"Add at least one question to “{stage.name}”."))
    problems += [(place, text) for text in _condition_problems(stage)]
    if not stage.criteria.exists():
        problems.append((place, f"Add at least one criterion to “{stage.name}”."))
    return problems


def _condition_problems(stage: Stage) -> list[str]:
    """Conditions that name no earlier question with answers that can be listed."""
    questions = list(stage.questions.order_by("sort_order", "pk"))
    problems = []
    for place, question in enumerate(questions, start=1):
        on = question.condition_on
        if on is None or question.retired_at:
            continue
        if on >= place or questions[on - 1].kind not in DISCRETE:
            problems.append(
                f"“{question.label}” is asked after question {on} of “{stage.name}”, which is not "
                "an earlier question with choices."
            )
            continue
        known = {text.casefold() for text in questions[on - 1].answer_list}
        given = [line.strip() for line in question.condition_answers.splitlines() if line.strip()]
        if unknown := [text for text in given if text.casefold() not in known]:
            problems.append(
                f"“{question.label}” waits for the answer “{unknown[0]}”, which question {on} of "
                f"“{stage.name}” does not have."
            )
    return problems


@transaction.atomic
def propose_call(*, call: Call, actor: User) -> Call:
    """Send a call to another officer for approval.

    Raises:
        Incomplete: something that applicants must be told is missing.
    """
    call = _locked(call)
    CALL.apply("propose", call, actor)
    if problems := find_problems(call):
        raise Incomplete("The call isn’t ready to be approved.", problems)
    call.proposed_by, call.return_reason = actor, ""
    call.save()
    record("calls.proposed", call, chain=call.chain, actor=actor)
    return call


@transaction.atomic
def approve_call(*, call: Call, actor: User) -> Call:
    """Approve: every stage's promises are sealed, and from then on the clock decides."""
    call = _locked(call)
    CALL.apply("approve", call, actor)
    if problems := find_problems(call):
        raise Incomplete("The call isn’t ready to be approved.", problems)
    call.approved_by, call.approved_at = actor, timezone.now()
    call.save()
    digests = {stage.order: seal_rulebook(stage).digest for stage in call.stages.all()}
    record("calls.approved", call, chain=call.chain, actor=actor, rulebooks=digests)
    notify(
        _who_sent(call, call.proposed_by),
        subject=f"Approved: {call.title}",
        body=f"{actor} approved “{call.title}”. It opens and closes by its dates.",
        path=f"/admin/desk/calls/{call.pk}/",
    )
    return call


@transaction.atomic
def return_call(*, call: Call, actor: User, reason: str) -> Call:
    """Send a proposed call back to be worked on, with a reason."""
    if not reason.strip():
        raise Refused("Say what needs to change.")
    call = _locked(call)
    proposer = call.proposed_by
    CALL.apply("return", call, actor)
    call.return_reason = reason
    call.save()
    record("calls.returned", call, chain=call.chain, actor=actor, reason=reason)
    notify(
        _who_sent(call, proposer),
        subject=f"Changes wanted: {call.title}",
        body=f"{actor} sent “{call.title}” back: {reason}",
        path=f"/admin/desk/calls/{call.pk}/",
    )
    return call


def record_edit(*, call: Call, actor: User, changed: list[str]) -> None:
    """Note an edit made in a form; call it in the form's transaction."""
    record("calls.edited", call, chain=call.chain, actor=actor, changed=sorted(changed))


def seal_rulebook(stage: Stage, clarifications: Sequence[str] = ()) -> Rulebook:
    """Freeze what applicants to this stage are promised, as the next numbered version."""
    content = rulebook_content(stage, clarifications)
    return Rulebook.objects.create(
        stage=stage, number=stage.rulebooks.count() + 1, content=content, digest=sha256(content)
    )


def _who_sent(call: Call, proposer: User | None) -> set[User]:
    """Who hears what becomes of a proposed call: its owner by now, beside whoever sent it."""
    return {person for person in (proposer, working_owner(call)) if person is not None}


def _locked(call: Call) -> Call:
    """The call as the database has it now, held until the transaction ends."""
    return Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
