"""The verbs on a call: propose, approve, return; `cancelling` has the one that ends it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from challenges.calls.cancelling import cancel_call
from challenges.calls.checks import find_findings
from challenges.calls.models import Call, ProposalOutcome, Rulebook, Stage
from challenges.calls.owning import working_owner
from challenges.calls.proposals import approvers_of, close_proposal, keep_proposal
from challenges.calls.rulebook import rulebook_content
from challenges.calls.workflow import CALL
from marketplace.accounts.models import User
from marketplace.activity.chain import sha256
from marketplace.activity.services import notify, record
from marketplace.errors import EditConflict, Incomplete, Refused

__all__ = [
    "approve_call",
    "cancel_call",
    "find_problems",
    "propose_call",
    "record_edit",
    "return_call",
    "seal_rulebook",
]


def find_problems(call: Call, now: datetime | None = None) -> list[tuple[str, str]]:
    """What stands between a call and its approval, as (place, sentence)."""
    return [(each.place, each.sentence) for each in find_findings(call, now) if each.stops]


@transaction.atomic
def propose_call(*, call: Call, actor: User, comment: str = "") -> Call:
    """Send a call to another officer for approval; what it would seal is kept as it is now.

    Args:
        comment: for whoever approves it.

    Raises:
        Incomplete: something that applicants must be told is missing.
    """
    call = _locked(call)
    CALL.apply("propose", call, actor)
    if problems := find_problems(call):
        raise Incomplete("The call isn’t ready to be approved.", problems)
    call.proposed_by, call.return_reason = actor, ""
    call.save()
    keep_proposal(call, actor, comment)
    record("calls.proposed", call, chain=call.chain, actor=actor)
    said = f"\n\n{comment.strip()}" if comment.strip() else ""
    notify(
        approvers_of(call),
        subject=f"To approve: {call.title}"[:200],
        body=f"{actor} sent “{call.title}” for approval. Read all that it seals.{said}",
        path=f"/admin/desk/calls/{call.pk}/approve/",
    )
    return call


@transaction.atomic
def approve_call(
    *,
    call: Call,
    actor: User,
    reasons: Mapping[str, str] | None = None,
    comment: str = "",
    proposal: int | None = None,
) -> Call:
    """Approve: every stage's promises are sealed, and from then on the clock decides.

    Args:
        reasons: why it is approved all the same, by the key of each finding that asks.
        comment: kept with the approval; the proposer reads it.
        proposal: number of the sending that the approver read, if they read one.

    Raises:
        Incomplete: something stops it, or asks a reason that was not given; lists each.
        EditConflict: it was sent back and sent again since the approver read it.
    """
    call = _locked(call)
    CALL.apply("approve", call, actor)
    if proposal is not None and proposal != call.proposals.count():
        raise EditConflict("This call was sent again since you read it. Read what changed.")
    given = _reasons(call, reasons or {})
    call.approved_by, call.approved_at = actor, timezone.now()
    call.save()
    close_proposal(call, actor, ProposalOutcome.APPROVED, comment, given)
    digests = {stage.order: seal_rulebook(stage).digest for stage in call.stages.all()}
    record(
        "calls.approved",
        call,
        chain=call.chain,
        actor=actor,
        rulebooks=digests,
        **({"reasons": given} if given else {}),
    )
    said = f"\n\n{comment.strip()}" if comment.strip() else ""
    notify(
        _who_sent(call, call.proposed_by),
        subject=f"Approved: {call.title}",
        body=f"{actor} approved “{call.title}”. It opens and closes by its dates.{said}",
        path=f"/admin/desk/calls/{call.pk}/",
    )
    return call


def _reasons(call: Call, reasons: Mapping[str, str]) -> list[list[str]]:
    """[what was found, why it is approved all the same] of everything that asks.

    Raises:
        Incomplete: something stops the approval, or a reason is missing.
    """
    findings = find_findings(call)
    if stops := [(each.place, each.sentence) for each in findings if each.stops]:
        raise Incomplete("The call isn’t ready to be approved.", stops)
    asks = [each for each in findings if each.asks]
    missing = [
        (each.key, f"Say why you approve it all the same. {each.sentence}")
        for each in asks
        if not reasons.get(each.key, "").strip()
    ]
    if missing:
        raise Incomplete("The call can be approved only with a reason.", missing)
    return [[each.sentence, reasons[each.key].strip()] for each in asks]


@transaction.atomic
def return_call(*, call: Call, actor: User, reason: str) -> Call:
    """Send a proposed call back to be worked on, with a reason; whoever sent it takes it back.

    Raises:
        Refused: no reason. NotAllowed, WrongState: see the transition “return”.
    """
    call = _locked(call)
    proposer = call.proposed_by
    is_own = proposer == actor
    if not reason.strip():
        raise Refused("Say why you take it back." if is_own else "Say what needs to change.")
    approvers = approvers_of(call)
    CALL.apply("return", call, actor)
    call.return_reason = reason
    call.save()
    close_proposal(call, actor, ProposalOutcome.RETURNED, reason, [])
    record("calls.returned", call, chain=call.chain, actor=actor, reason=reason)
    if is_own:
        people = {*approvers, *_who_sent(call, proposer)} - {actor}
        subject, did = f"Taken back: {call.title}", f"took “{call.title}” back"
    else:
        people = _who_sent(call, proposer)
        subject, did = f"Changes wanted: {call.title}", f"sent “{call.title}” back"
    notify(
        people,
        subject=subject,
        body=f"{actor} {did}: {reason}",
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
    return Call.objects.select_for_update(of=("self",), no_key=True).get(pk=call.pk)
