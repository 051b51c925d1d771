"""The verbs of a panel: invite, answer, declare, assign, score."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import rules
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Criterion, Stage
from challenges.judging.assignment import share_out
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    Conflict,
    MemberRole,
    MemberState,
    Panel,
    PanelMember,
    Score,
)
from challenges.judging.ranking import weighted_total
from challenges.judging.workflow import ASSIGNMENT, MEMBER
from challenges.pitches.models import Entry, EntryState
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import grant_role
from marketplace.activity.services import notify_address, record
from marketplace.errors import EditConflict, Incomplete, NotAllowed, Refused, TooLate
from marketplace.times import moment
from marketplace.tokens import new_token, token_digest

INVITATION_LASTS = timedelta(days=14)


@transaction.atomic
def invite_to_panel(
    *, stage: Stage, email: str, name: str, actor: User, role: str = MemberRole.JUDGE
) -> PanelMember:
    """Invite somebody to judge a stage; the link goes by mail and lasts 14 days.

    Raises:
        Refused: they are on the panel already.
    """
    panel, _ = Panel.objects.get_or_create(stage=stage)
    token, digest = new_token()
    member = panel.members.filter(email__iexact=email).first()
    if member is None:
        member = PanelMember(panel=panel, email=email.lower())
    elif member.state == MemberState.ACCEPTED:
        raise Refused(f"{member.name} is on this panel already.")
    elif member.state != MemberState.INVITED:
        MEMBER.apply("invite-again", member, actor)
    member.name, member.role, member.token_digest = name, role, digest
    member.invited_at, member.expires_at = timezone.now(), timezone.now() + INVITATION_LASTS
    member.save()
    record("judging.invited", member, chain=stage.call.chain, actor=actor, role=role)
    notify_address(
        member.email,
        subject=f"Will you judge “{stage.call.title}”?",
        body=(
            f"{actor} invites you to judge “{stage.name}” of “{stage.call.title}”.\n\n"
            f"Scoring is from {moment(stage.closes_at)} to {moment(stage.scores_due_at)}.\n"
            f"Open this page by {moment(member.expires_at)} to accept or decline:"
        ),
        path=reverse("judging:invitation", kwargs={"token": token}),
    )
    return member


def find_invitation(token: str) -> PanelMember:
    """The invitation that a link's token opens.

    Raises:
        PanelMember.DoesNotExist: no invitation has this token.
    """
    return PanelMember.objects.select_related("panel__stage__call__region").get(
        token_digest=token_digest(token)
    )


@transaction.atomic
def accept_invitation(*, member: PanelMember, actor: User) -> PanelMember:
    """Join the panel; from now on this person needs a second factor.

    Raises:
        TooLate: the invitation has expired.
        NotAllowed: it was sent to another address.
    """
    member = _locked_member(member)
    if member.is_expired:
        raise TooLate(
            f"This invitation ran out on {moment(member.expires_at)}. "
            "Ask the officer who sent it for a new one."
        )
    MEMBER.apply("accept", member, actor)
    member.user, member.responded_at = actor, timezone.now()
    member.save()
    call = member.panel.stage.call
    grant_role(user=actor, region=call.region, role=Role.JUDGE, actor=actor)
    record("judging.accepted", member, chain=call.chain, actor=actor)
    return member


@transaction.atomic
def decline_invitation(*, member: PanelMember, actor: User) -> PanelMember:
    member = _locked_member(member)
    MEMBER.apply("decline", member, actor)
    member.responded_at = timezone.now()
    member.save()
    record("judging.declined", member, chain=member.panel.stage.call.chain, actor=actor)
    return member


@transaction.atomic
def declare_interests(
    *, member: PanelMember, conflicts: Mapping[int, str], actor: User
) -> PanelMember:
    """Say in which entries a judge has an interest (entry id → what it is), or that in none.

    Reviews of entries with an interest are taken away at once; the trace of them stays.
    An interest declared once is not taken back here.
    """
    member = _locked_member(member)
    _require("judging.declare_interests", actor, member)
    entries = Entry.objects.filter(stage=member.panel.stage, pk__in=conflicts)
    for entry in entries:
        _declare(member, entry, conflicts[entry.pk], actor)
    member.declared_at = timezone.now()
    member.save(update_fields=["declared_at"])
    record(
        "judging.declared",
        member,
        chain=member.panel.stage.call.chain,
        actor=actor,
        entries=sorted(entry.pk for entry in entries),
    )
    return member


def _declare(member: PanelMember, entry: Entry, nature: str, actor: User) -> None:
    if not nature.strip():
        raise Refused(f"Say what your interest in “{entry}” is.")
    Conflict.objects.update_or_create(member=member, entry=entry, defaults={"nature": nature})
    for assignment in member.assignments.filter(entry=entry).exclude(state=AssignmentState.RECUSED):
        ASSIGNMENT.apply("recuse", assignment, actor)
        assignment.save(update_fields=["state"])


@transaction.atomic
def assign_entries(*, stage: Stage, actor: User) -> tuple[int, int]:
    """Share the stage's entries out among judges who have declared their interests.

    Returns:
        How many reviews were given out, and how many are still wanting.

    Raises:
        Refused: nobody on the panel has accepted and declared yet.
    """
    _require("judging.run_panel", actor, stage)
    panel = Panel.objects.select_for_update().get_or_create(stage=stage)[0]
    judges = panel.members.filter(state=MemberState.ACCEPTED, declared_at__isnull=False)
    judge_ids = list(judges.order_by("pk").values_list("pk", flat=True))
    if not judge_ids:
        raise Refused("Nobody on the panel has accepted and declared their interests yet.")
    entry_ids = list(
        stage.entries.filter(state=EntryState.SUBMITTED)
        .order_by("pitch__reference")
        .values_list("pk", flat=True)
    )
    standing = Assignment.objects.filter(member__panel=panel)
    recused = standing.filter(state=AssignmentState.RECUSED).values_list("member", "entry")
    conflicts = Conflict.objects.filter(member__panel=panel).values_list("member", "entry")
    new, lacking = share_out(
        entry_ids,
        judge_ids,
        reviews=panel.reviews_per_pitch,
        conflicts=[*conflicts, *recused],
        existing=standing.exclude(state=AssignmentState.RECUSED).values_list("member", "entry"),
    )
    Assignment.objects.bulk_create(
        [Assignment(member_id=judge, entry_id=entry) for judge, entry in new]
    )
    record("judging.assigned", stage, chain=stage.call.chain, actor=actor, reviews=len(new))
    return len(new), sum(lacking.values())


@transaction.atomic
def save_review(
    *,
    assignment: Assignment,
    scores: Mapping[int, tuple[int | None, str]],
    recommendation: str,
    comment: str,
    version: int,
    actor: User,
) -> Assignment:
    """Keep a judge's review as far as it has come.

    Args:
        scores: criterion id → (whole number from 0 to its scale or None, comment).
        version: the review's version when the judge's copy was loaded.

    Raises:
        NotAllowed, TooLate, EditConflict; Refused for a score that is off its scale.
    """
    assignment = _open_review(assignment, actor)
    if assignment.version != version:
        raise EditConflict("You changed this review in another window. Load it again.")
    if assignment.state == AssignmentState.SUBMITTED:
        ASSIGNMENT.apply("reopen", assignment, actor)
        assignment.total = None
    criteria = {criterion.pk: criterion for criterion in _criteria(assignment)}
    for pk, (value, remark) in scores.items():
        _keep_score(assignment, criteria[pk], value, remark)
    assignment.recommendation, assignment.comment = recommendation, comment
    assignment.version += 1
    assignment.save()
    return assignment


@transaction.atomic
def submit_review(*, assignment: Assignment, actor: User) -> Assignment:
    """Hand a review in; the judge may return to it until the panel closes.

    Raises:
        Incomplete: a criterion has no score or no comment, or there is no recommendation.
    """
    assignment = _open_review(assignment, actor)
    criteria = _criteria(assignment)
    given = {score.criterion_id: score for score in assignment.scores.all()}
    if problems := _missing(assignment, criteria, given):
        raise Incomplete("Your review isn’t complete.", problems)
    ASSIGNMENT.apply("submit", assignment, actor)
    assignment.total = weighted_total(
        [given[criterion.pk].value for criterion in criteria],
        [criterion.weight for criterion in criteria],
        [criterion.scale for criterion in criteria],
    )
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


def _missing(
    assignment: Assignment, criteria: list[Criterion], given: Mapping[int, Score]
) -> list[tuple[str, str]]:
    problems = []
    for criterion in criteria:
        score = given.get(criterion.pk)
        if score is None or score.value is None:
            problems.append((f"score_{criterion.pk}", f"Score “{criterion.name}”."))
        if score is None or not score.comment.strip():
            problems.append((f"comment_{criterion.pk}", f"Say why, for “{criterion.name}”."))
    if not assignment.recommendation:
        problems.append(("recommendation", "Choose what you recommend."))
    return problems


def _keep_score(
    assignment: Assignment, criterion: Criterion, value: int | None, comment: str
) -> None:
    if value is not None and not 0 <= value <= criterion.scale:
        raise Refused(f"Score “{criterion.name}” from 0 to {criterion.scale}.")
    Score.objects.update_or_create(
        assignment=assignment, criterion=criterion, defaults={"value": value, "comment": comment}
    )


def _criteria(assignment: Assignment) -> list[Criterion]:
    return list(assignment.entry.stage.criteria.all())


def _open_review(assignment: Assignment, actor: User) -> Assignment:
    """The review, locked, if this judge may score it at this moment."""
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("member__panel", "entry__stage__call")
        .get(pk=assignment.pk)
    )
    _require("judging.score_entry", actor, assignment)
    stage = assignment.entry.stage
    if not stage.takes_scores():
        now = timezone.now()
        if now < stage.closes_at:
            raise TooLate(f"Scoring starts when the call closes, on {moment(stage.closes_at)}.")
        raise TooLate(f"The panel closed on {moment(stage.scores_due_at)}.")
    return assignment


def _require(rule: str, person: User, thing: Any) -> None:
    if not rules.has_perm(rule, person, thing):
        raise NotAllowed("You can’t do that here.")


def _locked_member(member: PanelMember) -> PanelMember:
    return (
        PanelMember.objects.select_for_update(of=("self",))
        .select_related("panel__stage__call__region")
        .get(pk=member.pk)
    )
