"""What a public body asks for: a call, its stages, and what applicants were promised."""

from challenges.calls.models.addendum import Addendum, AddendumState
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
from challenges.calls.models.clarity import Clarity, ClarityRating
from challenges.calls.models.legal import LegalNote
from challenges.calls.models.stage import (
    CONFLICT_RULES,
    SEALED,
    Criterion,
    DecidesBy,
    Promised,
    Question,
    QuestionKind,
    Rulebook,
    SealedError,
    Stage,
    TieBreak,
)

__all__ = [
    "CONFLICT_RULES",
    "PUBLIC_STATUSES",
    "SEALED",
    "Addendum",
    "AddendumState",
    "Call",
    "CallKind",
    "CallQuerySet",
    "CallState",
    "CallStatus",
    "Clarity",
    "ClarityRating",
    "Criterion",
    "DecidesBy",
    "LegalNote",
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
