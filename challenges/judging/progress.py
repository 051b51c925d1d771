"""How far a panel has come, for officers: three queries, however many judges and pitches."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from challenges.calls.models import Stage
from challenges.judging.models import AssignmentState, MemberState, Panel, PanelMember, stands
from challenges.pitches.models import Entry, EntryState

SUBMITTED = Q(assignments__state=AssignmentState.SUBMITTED)
RECUSED = Q(assignments__state=AssignmentState.RECUSED, assignments__taken_back=False)
STANDS = stands("assignments__")


@dataclass(frozen=True)
class PanelProgress:
    """`members` carry `given` and `submitted`; `entries` carry `given` and `reviews`.

    `wanted` is reviews wanted for each entry; `lacking` how many have not been given out.
    """

    members: Sequence[PanelMember]
    entries: Sequence[Entry]
    wanted: int
    given: int
    submitted: int
    lacking: int

    @property
    def is_complete(self) -> bool:
        return self.given == self.submitted and not self.lacking


def panel_progress(stage: Stage) -> PanelProgress:
    """Where each judge and each entry of a stage stands; recused reviews count nowhere."""
    live = Q(assignments__entry__state=EntryState.SUBMITTED) | Q(
        assignments__entry__stage__released_at__isnull=False
    )
    members = list(
        PanelMember.objects.filter(panel__stage=stage)
        .exclude(state=MemberState.REMOVED, assignments=None)
        .select_related("user", "panel")
        .annotate(
            given=Count("assignments", filter=live & STANDS),
            submitted=Count("assignments", filter=live & SUBMITTED),
            recused=Count("assignments", filter=RECUSED),
        )
        .order_by("name", "pk")
    )
    entries = list(
        Entry.objects.filter(stage=stage)
        .in_competition()
        .with_parties()
        .annotate(
            given=Count("assignments", filter=STANDS),
            reviews=Count("assignments", filter=SUBMITTED),
        )
        .order_by("pitch__reference")
    )
    panel = Panel.objects.filter(stage=stage).first()
    wanted = panel.reviews_per_pitch if panel else 0
    return PanelProgress(
        members=members,
        entries=entries,
        wanted=wanted,
        given=sum(entry.given for entry in entries),
        submitted=sum(entry.reviews for entry in entries),
        lacking=sum(max(0, wanted - entry.given) for entry in entries),
    )
