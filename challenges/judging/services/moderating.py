"""The panel's meeting: open it, agree on a pitch, close it."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.locks import hold_stage, require
from challenges.judging.models import (
    AgreedScore,
    Agreement,
    Assignment,
    AssignmentState,
    Meeting,
    MemberState,
    PanelMember,
    stands,
)
from challenges.judging.ranking import kept_figures
from challenges.pitches.models import IN_COMPETITION, Entry
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import EditConflict, Incomplete, Refused, TooLate

Agreed = Mapping[int, tuple[int | None, str]]
"""Criterion id → (whole number from 0 to its scale, why)."""


@transaction.atomic
def open_meeting(*, stage: Stage, actor: User) -> Meeting:
    """Let the panel see all scores and agree; no judge changes a score from then on.

    Raises:
        NotAllowed: neither an officer of the call nor the chair.
        Refused: judges are still scoring. TooLate: the decisions are released.
    """
    stage = _held(stage, actor)
    if reviews_to_come(stage):
        raise Refused("Judges are still scoring: wait for them, or for the panel to close.")
    meeting, is_new = Meeting.objects.get_or_create(stage=stage, defaults={"opened_by": actor})
    if not is_new:
        Meeting.objects.filter(pk=meeting.pk).update(closed_at=None)
    record("judging.meeting_opened", stage, chain=stage.call.chain, actor=actor)
    members = PanelMember.objects.filter(panel__stage=stage, state=MemberState.ACCEPTED)
    notify(
        User.objects.filter(panel_memberships__in=members, is_active=True).exclude(pk=actor.pk),
        subject=f"The panel meets: {stage.call.title}",
        body=f"The meeting about “{stage.name}” of “{stage.call.title}” is open.",
        path=f"/judging/stages/{stage.pk}/meeting/",
    )
    return Meeting.objects.get(pk=meeting.pk)


def reviews_to_come(stage: Stage) -> int:
    """How many reviews the meeting waits for; none once the panel has closed."""
    if timezone.now() >= stage.scores_due_at:
        return 0
    return Assignment.objects.filter(
        stands(),
        entry__stage=stage,
        entry__state__in=IN_COMPETITION,
        state=AssignmentState.ASSIGNED,
    ).count()


@transaction.atomic
def close_meeting(*, stage: Stage, actor: User) -> Meeting:
    """End the meeting: what was agreed stays as it is; it can be opened again."""
    stage = _held(stage, actor)
    meeting = _open(stage)
    meeting.closed_at = timezone.now()
    meeting.save(update_fields=["closed_at"])
    record("judging.meeting_closed", stage, chain=stage.call.chain, actor=actor)
    return meeting


@transaction.atomic
def agree(*, entry: Entry, scores: Agreed, version: int, actor: User) -> Agreement:
    """Write down what the panel agrees on one pitch; the judges' own scores stay.

    Args:
        version: of what was agreed when the page was loaded; 0 where nothing was.

    Raises:
        NotAllowed: neither an officer nor the chair, or somebody with a tie to the applicant.
        Refused: the meeting is not open. Incomplete: a criterion lacks its score or reason.
        EditConflict: somebody has written something else meanwhile.
    """
    stage = hold_stage(entry.stage_id)
    entry = Entry.objects.select_related("stage__call", "rulebook", "pitch").get(pk=entry.pk)
    require("judging.agree", actor, entry)
    _open(stage)
    if entry.state not in IN_COMPETITION:
        raise Refused("This pitch is not in the competition any more.")
    criteria = entry.rulebook.content["criteria"]
    if problems := _missing(criteria, scores):
        raise Incomplete("Agree on every criterion.", problems)
    found = Agreement.objects.filter(entry=entry).first()
    if version != (found.version if found else 0):
        raise EditConflict("Somebody has written down something else meanwhile. Look at it first.")
    values = [scores[criterion["id"]][0] or 0 for criterion in criteria]
    weights = [criterion["weight"] for criterion in criteria]
    scales = [criterion["scale"] for criterion in criteria]
    agreement, _ = Agreement.objects.update_or_create(
        entry=entry,
        defaults={
            **kept_figures(values, weights, scales),
            "version": version + 1,
            "by": actor,
            "at": timezone.now(),
        },
    )
    for criterion in criteria:
        value, reason = scores[criterion["id"]]
        AgreedScore.objects.update_or_create(
            agreement=agreement,
            criterion_id=criterion["id"],
            defaults={"value": value, "reason": reason.strip()},
        )
    record(
        "judging.agreed",
        entry,
        chain=entry.chain,
        actor=actor,
        total=str(agreement.total),
        scores={str(pk): value for pk, (value, _) in scores.items()},
    )
    return agreement


@transaction.atomic
def unblind(*, stage: Stage, reason: str, actor: User) -> Stage:
    """Tell the judges of a blind stage who applied: once no score can change, and on record.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: it is not blind, judges still score, or no reason.
    """
    stage = hold_stage(stage.pk)
    require("judging.run_panel", actor, stage)
    if not stage.hides_names:
        raise Refused("The judges of this stage know who applied.")
    if not reason.strip():
        raise Refused("Say why the judges are told.")
    has_met = Meeting.objects.filter(stage=stage).exists()
    if timezone.now() < stage.scores_due_at and not has_met and stage.released_at is None:
        raise Refused("Judges can still change their scores: wait for the panel to close.")
    stage.unblinded_at = timezone.now()
    stage.save(update_fields=["unblinded_at"])
    record("judging.unblinded", stage, chain=stage.call.chain, actor=actor, reason=reason.strip())
    return stage


def _missing(criteria: list[dict], scores: Agreed) -> list[tuple[str, str]]:
    problems = []
    for criterion in criteria:
        pk, name, scale = criterion["id"], criterion["name"], criterion["scale"]
        value, reason = scores.get(pk, (None, ""))
        if value is None or not 0 <= value <= scale:
            problems.append((f"score_{pk}", f"Agree on a score from 0 to {scale} for “{name}”."))
        if not reason.strip():
            problems.append((f"comment_{pk}", f"Say why, for “{name}”."))
    return problems


def _held(stage: Stage, actor: User) -> Stage:
    stage = hold_stage(stage.pk)
    require("judging.run_meeting", actor, stage)
    if stage.released_at is not None:
        raise TooLate("The decisions of this stage are released.")
    return stage


def _open(stage: Stage) -> Meeting:
    meeting = Meeting.objects.filter(stage=stage, closed_at=None).first()
    if meeting is None or stage.released_at is not None:
        raise Refused("The meeting is not open.")
    return meeting
