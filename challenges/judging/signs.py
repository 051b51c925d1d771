"""What a stage has of things that most stages have none of, read at once.

A release looks at a dozen such things; where a stage has none of one, its rows are not looked for.
"""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from challenges.calls.models import LegalNote, SignOff, Stage
from challenges.judging.models import (
    RELEASE_MATTER,
    Conflict,
    MemberRole,
    MemberState,
    PanelMember,
    Release,
)
from challenges.pitches.models import Attachment, Partner, PartnerState, ScanState

STAGE = OuterRef("pk")


def parted() -> QuerySet[Partner]:
    """Partners that were in when their pitch came in, and left or were taken out since."""
    left = Q(state=PartnerState.LEFT, answered_at__gt=F("pitch__entries__submitted_at"))
    # Of one taken out the answer is its confirmation.
    removed = Q(state=PartnerState.REMOVED, answered_at__lte=F("pitch__entries__submitted_at"))
    return Partner.objects.filter(left | removed)


def unchecked() -> QuerySet[Attachment]:
    """Files in use that no scanner has called clean."""
    return Attachment.objects.filter(replaced_at=None).exclude(scan_state=ScanState.CLEAN)


def scoring() -> QuerySet[PanelMember]:
    """Who may score, of any panel."""
    accepted = PanelMember.objects.filter(state=MemberState.ACCEPTED)
    return accepted.exclude(role=MemberRole.OBSERVER)


def _rows() -> dict[str, QuerySet]:
    return {
        "release": Release.objects.filter(stage=STAGE),
        "proposal": SignOff.objects.waiting().filter(matter=RELEASE_MATTER, thing_id=STAGE),
        "tie": Conflict.objects.undecided().filter(entry__stage=STAGE),
        "judges": scoring().filter(panel__stage=STAGE),
        "legal_note": LegalNote.objects.filter(call=OuterRef("call")),
        "parted": parted().filter(pitch__entries__stage=STAGE),
        "unchecked": unchecked().filter(entry__stage=STAGE),
    }


SIGNS = tuple(_rows())
"""Names of what `signs_of` tells of."""


def with_signs(stages: QuerySet[Stage]) -> QuerySet[Stage]:
    """Stages with `has_…` for each of `SIGNS`, so that `signs_of` needs no query."""
    return stages.annotate(**{f"has_{name}": Exists(rows) for name, rows in _rows().items()})


def signs_of(stage: Stage) -> dict[str, bool]:
    """Name → whether this stage, found `with_signs`, has any; as it was when it was found."""
    return {name: getattr(stage, f"has_{name}") for name in SIGNS}


def read_signs(stage: Stage) -> dict[str, bool]:
    """As `signs_of`, read now."""
    return signs_of(with_signs(Stage.objects.filter(pk=stage.pk)).get())
