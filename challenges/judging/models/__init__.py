"""How pitches are judged: the panel, conflicts, assignments, scores and decisions."""

from challenges.judging.models.appeal import (
    Appeal,
    AppealKind,
    AppealQuerySet,
    AppealState,
)
from challenges.judging.models.calibration import (
    Calibration,
    Sample,
    SampleReview,
    SampleScore,
)
from challenges.judging.models.conflict import (
    Conflict,
    ConflictDecision,
    ConflictKind,
    ConflictQuerySet,
)
from challenges.judging.models.correction import (
    Correction,
    CorrectionKind,
)
from challenges.judging.models.decision import (
    Decision,
    Outcome,
)
from challenges.judging.models.meeting import (
    AgreedScore,
    Agreement,
    Meeting,
)
from challenges.judging.models.panel import (
    MemberRole,
    MemberState,
    Panel,
    PanelMember,
    PanelMemberQuerySet,
    Sharing,
    SharingState,
)
from challenges.judging.models.release import (
    RELEASE_MATTER,
    OutgoingLetter,
    OutgoingLetterQuerySet,
    Release,
    ReleaseQuerySet,
    ReleaseState,
)
from challenges.judging.models.reserve import (
    Offer,
    OfferQuerySet,
    OfferState,
    ReservePlace,
)
from challenges.judging.models.review import (
    Assignment,
    AssignmentQuerySet,
    AssignmentState,
    Recommendation,
    Score,
    first_arrivals,
    stands,
)

__all__ = [
    "RELEASE_MATTER",
    "AgreedScore",
    "Agreement",
    "Appeal",
    "AppealKind",
    "AppealQuerySet",
    "AppealState",
    "Assignment",
    "AssignmentQuerySet",
    "AssignmentState",
    "Calibration",
    "Conflict",
    "ConflictDecision",
    "ConflictKind",
    "ConflictQuerySet",
    "Correction",
    "CorrectionKind",
    "Decision",
    "Meeting",
    "MemberRole",
    "MemberState",
    "Offer",
    "OfferQuerySet",
    "OfferState",
    "Outcome",
    "OutgoingLetter",
    "OutgoingLetterQuerySet",
    "Panel",
    "PanelMember",
    "PanelMemberQuerySet",
    "Recommendation",
    "Release",
    "ReleaseQuerySet",
    "ReleaseState",
    "ReservePlace",
    "Sample",
    "SampleReview",
    "SampleScore",
    "Score",
    "Sharing",
    "SharingState",
    "first_arrivals",
    "stands",
]
