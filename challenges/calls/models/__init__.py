"""What a public body asks for: a call, its stages, and what applicants were promised."""

from challenges.calls.models.call import (
    PUBLIC_STATUSES,
    Call,
    CallKind,
    CallQuerySet,
    CallState,
    CallStatus,
    LegalRoute,
    Programme,
    WantedCapability,
    new_reference,
)
from challenges.calls.models.stage import (
    SEALED,
    Criterion,
    Promised,
    Question,
    QuestionKind,
    Rulebook,
    SealedError,
    Stage,
    TieBreak,
)

__all__ = [
    "PUBLIC_STATUSES",
    "SEALED",
    "Call",
    "CallKind",
    "CallQuerySet",
    "CallState",
    "CallStatus",
    "Criterion",
    "LegalRoute",
    "Programme",
    "Promised",
    "Question",
    "QuestionKind",
    "Rulebook",
    "SealedError",
    "Stage",
    "TieBreak",
    "WantedCapability",
    "new_reference",
]
