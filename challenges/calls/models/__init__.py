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
from challenges.calls.models.criterion import Criterion
from challenges.calls.models.enquiry import Enquiry, EnquiryQuerySet, EnquiryState, EnquiryTopic
from challenges.calls.models.hand_over import HandOver
from challenges.calls.models.legal import LegalNote
from challenges.calls.models.proposal import Proposal, ProposalOutcome
from challenges.calls.models.question import (
    ASK_KINDS,
    DISCRETE,
    Audience,
    Question,
    QuestionKind,
    Section,
)
from challenges.calls.models.rulebook import SEALED, Promised, Rulebook, SealedError
from challenges.calls.models.sign_off import SignOff, SignOffQuerySet, SignOffState
from challenges.calls.models.stage import CONFLICT_RULES, DecidesBy, Stage, TieBreak

__all__ = [
    "ASK_KINDS",
    "CONFLICT_RULES",
    "DISCRETE",
    "PUBLIC_STATUSES",
    "SEALED",
    "Addendum",
    "AddendumState",
    "Audience",
    "Call",
    "CallKind",
    "CallQuerySet",
    "CallState",
    "CallStatus",
    "Clarity",
    "ClarityRating",
    "Criterion",
    "DecidesBy",
    "Enquiry",
    "EnquiryQuerySet",
    "EnquiryState",
    "EnquiryTopic",
    "HandOver",
    "LegalNote",
    "LegalRoute",
    "Programme",
    "Promised",
    "Proposal",
    "ProposalOutcome",
    "Question",
    "QuestionKind",
    "Rulebook",
    "SealedError",
    "Section",
    "SignOff",
    "SignOffQuerySet",
    "SignOffState",
    "Stage",
    "TieBreak",
    "WantedCapability",
    "new_reference",
]
