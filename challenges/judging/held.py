"""What judging holds: judges’ names beside their acts, and what was said about a pitch."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse

from challenges.calls.models import SignOff
from challenges.judging.models import (
    AgreedScore,
    Agreement,
    Appeal,
    AppealState,
    Assignment,
    AssignmentState,
    Calibration,
    Conflict,
    Correction,
    Decision,
    Meeting,
    MemberState,
    Offer,
    OutgoingLetter,
    PanelMember,
    Release,
    ReservePlace,
    Sample,
    SampleScore,
    Score,
    Sharing,
)
from challenges.judging.services.leaving import hold_panels, leave_panels
from challenges.pitches.held import ERASED, empty_messages, titles_of
from challenges.pitches.models import IN_COMPETITION, Pitch
from marketplace.activity.held import messages_stay
from marketplace.activity.models import Notification
from marketplace.retention import (
    Stays,
    Term,
    by,
    held_for_person,
    kept,
    own,
    register,
    said,
    stays_for,
    through,
    with_person,
    with_pitch,
    words,
)
from marketplace.retention.registry import Reason
from marketplace.times import on_moment

RECORD = Stays(
    "scores, comments and declared conflicts, if you judged, and the reasons that you gave, if you "
    "decided, without the names of people who have left",
    "they are why it was decided so, which an auditor or a court may ask",
)
FIGURES = "exact figures, no words"
PRACTICE = "an invented pitch, to practise on"


NEVER_CAME = (MemberState.INVITED, MemberState.DECLINED, MemberState.REMOVED)


def nobodys_address(member: PanelMember) -> str:
    return f"deleted-member-{member.pk}@deleted.invalid"


register(
    PanelMember,
    own("name", to="A former judge"),
    own("email", to=nobodys_address),
    kept("token_digest", why="a digest of a link that has run out"),
    by("user", shows=["panel__stage__call__title", "role", "state", "responded_at"]),
    person="user",
    address="email",
    # Who was asked and never came has no account, and did nothing that is to be accounted for.
    term=Term(
        "expires_at",
        messages_stay,
        still_needed=Q(user__isnull=False) | ~Q(state__in=NEVER_CAME),
    ),
)
register(
    Assignment,
    words("comment", loses_names=True),
    kept("exact_total", why=FIGURES),
    through("member__user", "total", "recommendation", "comment", "submitted_at"),
    pitch="entry__pitch",
    call="entry__pitch__call",
)
register(
    Score,
    words("comment", loses_names=True),
    through("assignment__member__user", "criterion__name", "value", "comment"),
    pitch="assignment__entry__pitch",
    call="assignment__entry__pitch__call",
)
register(
    Conflict,
    words("nature", to=ERASED, loses_names=True),
    said("reason", why=RECORD),
    by("officer", "decided_by", shows=["nature", "kind", "decision", "declared_at"]),
    through("member__user", "nature", "kind", "decision", "declared_at"),
    pitch="entry__pitch",
    call="entry__pitch__call",
)
register(
    Decision,
    words("feedback", loses_names=True),
    said("reason", why=RECORD),
    by("decided_by", shows=["outcome", "decided_at"]),
    pitch="entry__pitch",
    call="entry__pitch__call",
)
register(Meeting, by("opened_by", shows=["opened_at"]))
register(Agreement, kept("exact_total", why=FIGURES), by("by", shows=["at"]))
register(
    AgreedScore,
    words("reason", to=ERASED, loses_names=True),
    pitch="agreement__entry__pitch",
    call="agreement__entry__pitch__call",
)
register(
    Appeal,
    words("grounds", "answer", "came_of_it", to=ERASED, loses_names=True),
    by("filed_by", shows=["kind", "grounds", "filed_at", "answer"]),
    by("reviewer", "answered_by", shows=["kind", "filed_at", "answered_at"]),
    by("carried_out_by", shows=["kind", "carried_out_at"]),
    pitch="entry__pitch",
    call="entry__pitch__call",
)
register(
    Correction,
    words("feedback", "before_feedback", loses_names=True),
    said("reason", "before_reason", "why", "explanation", why=RECORD),
    by("proposed_by", "made_by", "before_decided_by", shows=["number", "at"]),
    pitch="entry__pitch",
    call="entry__pitch__call",
)
register(
    ReservePlace,
    said("why", why=RECORD),
    by("put_by"),
    pitch="entry__pitch",
    call="entry__pitch__call",
)
register(
    Offer,
    said("skipped_why", why=RECORD),
    by("offered_by", "answered_by", shows=["offered_at", "answered_at"]),
    pitch="place__entry__pitch",
    call="place__entry__pitch__call",
)
register(
    Release,
    said("why", why=RECORD),
    by("ended_by", shows=["goes_out_at", "ended_at"]),
    call="stage__call",
)
register(
    OutgoingLetter,
    words("subject", "body", loses_names=True),
    said("hold_reason", why=RECORD),
    kept("written_for", why="a digest of what was decided"),
    by("edited_by", "held_by", shows=["edited_at", "held_at"]),
    pitch="decision__entry__pitch",
    call="decision__entry__pitch__call",
)
register(Sharing, kept("why", why="what stood in the way, in our words"), by("by"))
register(Calibration, by("opened_by", shows=["opened_at"]))
register(Sample, kept("title", "text", why=PRACTICE))
register(
    SampleScore,
    said("comment", why=RECORD),
    through("review__member__user", "value", "comment"),
)


@with_pitch
def erase_proposed_feedback(pk: int) -> None:
    """Feedback that officers proposed in a correction, signed or not."""
    entries = list(Pitch.objects.get(pk=pk).entries.values_list("pk", flat=True))
    for sign_off in SignOff.objects.filter(matter="awards.correct", thing_id__in=entries):
        sign_off.content = {**sign_off.content, "feedback": ""}
        sign_off.save(update_fields=["content"])


@with_pitch
def erase_messages_about_appeals(pk: int) -> None:
    """An appeal’s grounds went to its reviewer by mail as well."""
    titles = titles_of(Pitch.objects.get(pk=pk))
    for appeal in Appeal.objects.filter(entry__pitch=pk).values_list("pk", flat=True):
        about = Notification.objects.filter(path=f"/admin/desk/appeals/{appeal}/")
        empty_messages(about, titles)


@stays_for
def reviews_without_a_judge(person: Any) -> Iterator[Reason]:
    """Reviews that a panel waits for."""
    panels = PanelMember.objects.filter(
        user=person,
        state=MemberState.ACCEPTED,
        panel__stage__released_at=None,
        assignments__state=AssignmentState.ASSIGNED,
        assignments__entry__state__in=IN_COMPETITION,
    ).select_related("panel__stage__call")
    for member in panels.distinct():
        yield Reason(
            f"The panel of “{member.stage.call.title}” waits for your reviews. Hand them in, or "
            "step back from those pitches, first.",
            reverse("judging:panel", kwargs={"pk": member.pk}),
        )


@stays_for
def releases_without_an_officer(person: Any) -> Iterator[Reason]:
    """Signed releases, which go out only while both officers may decide."""
    theirs = Q(sign_off__proposed_by=person) | Q(sign_off__answered_by=person)
    for release in Release.objects.waiting().filter(theirs).select_related("stage__call"):
        yield Reason(
            f"The decisions of “{release.stage.name}” of “{release.stage.call.title}”, which you "
            f"proposed or signed, go out {on_moment(release.goes_out_at)}. Wait for that, or stop "
            "them, first.",
            f"/admin/desk/releases/{release.pk}/",
        )


@stays_for
def appeals_without_a_reviewer(person: Any) -> Iterator[Reason]:
    for appeal in Appeal.objects.filter(reviewer=person, state=AppealState.OPEN):
        yield Reason(
            f"You are to answer an appeal by {appeal.due_on:%-d %B %Y}. Answer it first.",
            f"/admin/desk/appeals/{appeal.pk}/",
        )


held_for_person(hold_panels)
with_person(leave_panels)
