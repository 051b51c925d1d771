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
    EnquiryState,
    HandOver,
    LegalNote,
    Programme,
    Proposal,
    Question,
    Rulebook,
    SignOff,
    Stage,
)
from marketplace.activity.models import Notification
from marketplace.retention import (
    Leaves,
    Stays,
    by,
    clears,
    kept,
    register,
    said,
    stays_for,
    with_person,
)
from marketplace.retention.registry import Reason, Text

PUBLISHED = Stays(
    "calls, changes of their rules and answers to questions that you wrote for a region",
    "they are what applicants were promised",
)
OFFICERS = Stays(
    "reasons and remarks that you gave as an officer, without the names of people who have left",
    "an auditor or a court may ask why something was done",
)
ASKED = Stays(
    "questions that you asked about a call, if they were answered to everyone or still wait",
    "others rely on the answer; that it was you who asked is not kept",
)
NOT_KEPT = "(erased)"


def asked(enquiry: Enquiry) -> str:
    """What stays of a question whose asker has gone: as it was published, or as it waits."""
    is_kept = enquiry.is_published() or enquiry.state == EnquiryState.WAITING
    return enquiry.question if is_kept else NOT_KEPT


def answered(enquiry: Enquiry) -> str:
    return enquiry.answer if enquiry.is_published() or not enquiry.answer else NOT_KEPT


register(Programme, kept("name", "slug", "summary", why=PUBLISHED))
register(
    Call,
    kept("reference", "title", "summary", "commissioner", "partner", why=PUBLISHED),
    kept("for_stages", "for_sizes", "source", why=PUBLISHED),
    said("return_reason", why=OFFICERS),
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
    said("return_reason", why=OFFICERS),
    by("proposed_by", "decided_by", shows=["stage__name", "reason"]),
    call="stage__call",
)
register(
    ClarityRating,
    by("by", leaves=Leaves.ROW, shows=["call__title", "score", "comment", "at"]),
    kept("comment", why="goes with its row"),
)
register(
    Enquiry,
    EnquiryState,
    clears("asked_by", shows=["asked_at"]),
    by("owner", "answered_by", shows=["asked_at", "answered_at"]),
    [
        Text(name, of_person=True, to=to, why=ASKED, loses_names=True)
        for name, to in (("typed", asked), ("question", asked), ("answer", answered))
    ],
    person="asked_by",
    call="call",
)
register(
    HandOver,
    said("reason", why=OFFICERS),
    by("by", "giver", "taker", shows=["reason"]),
    call="call",
)
register(
    Proposal,
    kept("content", why=PUBLISHED),
    said("comment", "answer", "reasons", why=OFFICERS),
    by("by", "decided_by", shows=["call__title"]),
    call="call",
)
register(
    LegalNote,
    kept("key", why="one of our list"),
    said("note", why=OFFICERS),
    by("by", shows=["key"]),
    call="call",
)
register(
    SignOff,
    kept("matter", "stood", why="one of our list, and a digest"),
    said("content", "reason", "answer", why=OFFICERS),
    by("proposed_by", "answered_by", shows=["matter"]),
    call="call",
)


@with_person
def forget_messages_with_questions(person: Any) -> None:
    """Officers were sent each question as it was typed; what stays of it stands with its answer."""
    asked_by_them = Enquiry.objects.filter(asked_by=person).exclude(state=EnquiryState.WAITING)
    pages = [f"/admin/desk/enquiries/{pk}/" for pk in asked_by_them.values_list("pk", flat=True)]
    Notification.objects.filter(path__in=pages).update(body="")


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
