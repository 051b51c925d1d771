"""What is held while a panel's verb runs.

Everything that changes a panel, its reviews or its decisions holds the stage's row first, then
reads the rest. So a score and a release, or two assignments, can't cross; and as all take the
same row first, none waits for another in a ring. Applicants don't wait: a stage's key stays
free for the rows that point at it.
"""

from typing import Any

import rules

from challenges.calls.models import Stage
from challenges.judging.models import Assignment, PanelMember
from marketplace.accounts.models import User
from marketplace.errors import NotAllowed


def hold_stage(stage_id: int) -> Stage:
    """The stage as the database has it now, held until the transaction ends."""
    return (
        Stage.objects.select_for_update(of=("self",), no_key=True)
        .select_related("call__region")
        .get(pk=stage_id)
    )


def hold_member(member: PanelMember) -> PanelMember:
    """A panel's member, read again under the lock of the stage."""
    stage_id = PanelMember.objects.values_list("panel__stage_id", flat=True).get(pk=member.pk)
    hold_stage(stage_id)
    return PanelMember.objects.select_related("panel__stage__call__region").get(pk=member.pk)


def hold_review(assignment: Assignment) -> Assignment:
    """A judge's review, read again under the lock of the stage."""
    stage_id = Assignment.objects.values_list("entry__stage_id", flat=True).get(pk=assignment.pk)
    hold_stage(stage_id)
    return Assignment.objects.select_related(
        "member__panel__stage__call",
        "member__panel__calibration",
        "member__user",
        "entry__stage__call",
        "entry__stage__meeting",
        "entry__rulebook",
        "entry__pitch",
    ).get(pk=assignment.pk)


def require(rule: str, person: User, thing: Any) -> None:
    """Raises: NotAllowed: `rule` does not let this person do it to this thing."""
    if not rules.has_perm(rule, person, thing):
        raise NotAllowed("You can’t do that here.")
