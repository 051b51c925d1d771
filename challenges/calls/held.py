"""What calls hold of people: officers’ names beside their acts, and what somebody asked."""

from collections.abc import Iterator
from typing import Any

from challenges.calls.models import (
    Addendum,
    Call,
    CallState,
    ClarityRating,
    Criterion,
    Enquiry,
    HandOver,
    LegalNote,
    Programme,
    Proposal,
    Question,
    Rulebook,
    SignOff,
    Stage,
)
from marketplace.retention import Leaves, by, clears, kept, register, stays_for
from marketplace.retention.registry import Reason

PUBLISHED = "the call as it was published: what applicants were promised"
OFFICERS = "what an officer decided and why, for the record"

register(Programme, kept("name", "slug", "summary", why=PUBLISHED))
register(
    Call,
    kept("reference", "title", "summary", "commissioner", "partner", why=PUBLISHED),
    kept("for_stages", "for_sizes", "source", why=PUBLISHED),
    kept("return_reason", why=OFFICERS),
    by("owner", "proposed_by", "approved_by", shows=["title"]),
)
register(Stage, kept("name", "conflict_rules", "draw_secret", why=PUBLISHED))
register(
    Question,
    kept("label", "guidance", "choices", "unit", "acceptable", "refusal", why=PUBLISHED),
    kept("condition_answers", why=PUBLISHED),
)
register(Criterion, kept("name", "guidance", "anchors", why=PUBLISHED))
register(Rulebook, kept("content", "digest", why=PUBLISHED))
register(
    Addendum,
    kept("reason", "clarification", "changes", "differences", why=PUBLISHED),
    kept("return_reason", why=OFFICERS),
    by("proposed_by", "decided_by", shows=["stage__name", "reason"]),
)
register(
    ClarityRating,
    by("by", leaves=Leaves.ROW, shows=["call__title", "score", "comment", "at"]),
    kept("comment", why="goes with its row"),
)
register(
    Enquiry,
    clears("asked_by", shows=["asked_at", "typed", "answer"]),
    by("owner", "answered_by", shows=["asked_at", "answered_at"]),
    kept("typed", "question", "answer", why="answered to everyone; who asked is not kept"),
)
register(HandOver, kept("reason", why=OFFICERS), by("by", "giver", "taker", shows=["reason"]))
register(
    Proposal,
    kept("content", why=PUBLISHED),
    kept("comment", "answer", "reasons", why=OFFICERS),
    by("by", "decided_by", shows=["call__title"]),
)
register(LegalNote, kept("key", "note", why=OFFICERS), by("by", shows=["key"]))
register(
    SignOff,
    kept("matter", "content", "reason", "stood", "answer", why=OFFICERS),
    by("proposed_by", "answered_by", shows=["matter"]),
)


@stays_for
def calls_without_an_owner(person: Any) -> Iterator[Reason]:
    """Calls under way would have nobody to answer for them."""
    running = Call.objects.filter(owner=person, stages__released_at=None).exclude(
        state=CallState.CANCELLED
    )
    for call in running.distinct():
        yield Reason(
            f"You own “{call.title}”, which has not ended. Give it to another officer first.",
            f"/admin/desk/calls/{call.pk}/",
        )


@stays_for
def questions_without_an_owner(person: Any) -> Iterator[Reason]:
    for enquiry in Enquiry.objects.waiting().filter(owner=person):
        yield Reason(
            f"You are to answer a question by {enquiry.due_on:%-d %B %Y}. Answer it, or hand it "
            "over, first.",
            f"/admin/desk/enquiries/{enquiry.pk}/",
        )
