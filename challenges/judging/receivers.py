"""What becomes of a panel when pitches leave it, dates move, or a pitch gets another part."""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from challenges.calls.addenda import published
from challenges.calls.cancelling import ends, foretells, holds
from challenges.calls.models import Addendum, Call
from challenges.calls.owning import who_looks_after
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    MemberState,
    PanelMember,
    Release,
)
from challenges.judging.services.conflicts import note_new_parts
from challenges.judging.services.releasing import end_releases
from challenges.judging.workflow import MEMBER
from challenges.pitches.models import IN_COMPETITION, Entry, Partner
from challenges.pitches.partners import partner_gone
from challenges.pitches.parts import people_of
from challenges.pitches.services import withdrawn_late
from marketplace.accounts.models import User
from marketplace.activity.mail_limits import Mail
from marketplace.activity.models import Record
from marketplace.activity.news import news_of
from marketplace.activity.services import notify, notify_address, record
from marketplace.times import moment, on_moment

ON_PANEL = (MemberState.INVITED, MemberState.ACCEPTED)


def _members(call: Call) -> Any:
    """People on the panels of stages that are not released."""
    return PanelMember.objects.filter(
        panel__stage__call=call, panel__stage__released_at=None, state__in=ON_PANEL
    ).select_related("user", "panel__stage__call")


@receiver(foretells, dispatch_uid="panels foretell")
def count_reviews(call: Call, **signal: Any) -> list[tuple[str, str]]:
    reviews = Assignment.objects.filter(
        entry__stage__call=call, entry__stage__released_at=None, entry__state__in=IN_COMPETITION
    ).values_list("state", flat=True)
    states = list(reviews)
    given = [state for state in states if state != AssignmentState.RECUSED]
    done = states.count(AssignmentState.SUBMITTED)
    return [
        ("Judges and people invited to judge, who are told", str(_people(_members(call)))),
        ("Reviews handed in", f"{done} of {len(given)}"),
    ]


def _people(members: Any) -> int:
    return len({member.email.lower() for member in members})


@receiver(holds, dispatch_uid="signed releases are held")
def hold_releases(call: Call, **signal: Any) -> None:
    waiting = Release.objects.waiting().filter(stage__call=call)
    list(waiting.select_for_update(of=("self",), no_key=True).order_by("pk"))


@receiver(ends, dispatch_uid="signed releases end")
def close_releases(call: Call, **signal: Any) -> None:
    end_releases(call, "The call was cancelled.")


@receiver(ends, dispatch_uid="panels end")
def close_panels(call: Call, reason: str, actor: User, **signal: Any) -> None:
    """Take invitations back and tell everybody on a panel, once each."""
    told: set[str] = set()
    for member in _members(call).order_by("pk"):  # held with their stages
        if member.state == MemberState.INVITED:
            MEMBER.apply("remove", member, actor)
            member.save(update_fields=["state"])
            record("judging.removed", member, chain=call.chain, actor=actor)
        if member.email.lower() not in told:
            told.add(member.email.lower())
            _tell_member(member, call, reason)


def _tell_member(member: PanelMember, call: Call, reason: str) -> None:
    message = {
        "subject": f"Cancelled: {call.title}",
        "body": (
            f"“{call.title}”, which you were asked to judge, was cancelled. There is nothing more "
            f"to read or score.\n\nWhy: {reason}\n\nThank you for your time."
        ),
    }
    if member.user is not None:
        notify([member.user], path="/judging/", **message)
    else:
        notify_address(
            member.email, kind=Mail.FOLLOW_UP, source=f"region:{call.region_id}", **message
        )


@receiver(withdrawn_late, dispatch_uid="a pitch was withdrawn late")
def tell_of_withdrawal(entry: Entry, actor: User, **signal: Any) -> None:
    """After the deadline: tell who runs the call, and each judge who has it to read."""
    stage = entry.stage
    notify(
        who_looks_after(stage.call),
        subject=f"Withdrawn after the deadline: {entry.pitch}",
        body=(
            f"{entry.pitch.organisation} withdrew “{entry.pitch}” ({entry.pitch.reference}) from "
            f"“{stage.name}” of “{stage.call.title}”. It is out of the competition and can’t come "
            "back. Its judges are told."
        ),
        path=f"/admin/desk/pitches/{entry.pk}/",
    )
    notify(
        _readers(entry),
        subject=f"Nothing to score any more: {entry.pitch.reference}",
        body=(
            f"Pitch {entry.pitch.reference} in “{stage.name}” of “{stage.call.title}” was "
            "withdrawn by its team. It has left your list, and your review of it no longer counts."
        ),
        path="/judging/",
    )


@receiver(partner_gone, dispatch_uid="a partner is gone from a pitch that is read")
def tell_of_partner(partner: Partner, entry: Entry, **signal: Any) -> None:
    """Who reads the pitch reads the partner’s part too; a blind panel is told no name."""
    stage = entry.stage
    if stage.is_open() or stage.released_at is not None:
        return
    who = "A partner" if stage.hides_names else str(partner.organisation)
    notify(
        _readers(entry),
        subject=f"A consortium has changed: {entry.pitch.reference}",
        body=(
            f"{who} has no part in pitch {entry.pitch.reference} in “{stage.name}” of "
            f"“{stage.call.title}” any more. What was submitted still speaks of its part; a note "
            "beside the pitch says what has changed. Your scores stay as you gave them, until you "
            "change them."
        ),
        path="/judging/",
    )


def _readers(entry: Entry) -> Any:
    """Judges who have this pitch to read, or have read it."""
    reading = Assignment.objects.filter(
        ~Q(state=AssignmentState.RECUSED), entry=entry, member__state=MemberState.ACCEPTED
    )
    return User.objects.filter(panel_memberships__assignments__in=reading).distinct()


@receiver(published, dispatch_uid="the panel has other dates")
def tell_of_dates(addendum: Addendum, before: dict[str, Any], **signal: Any) -> None:
    """Judges plan their reading by these dates."""
    stage = addendum.stage
    after = addendum.rulebook.content if addendum.rulebook else {}
    if all(before[name] == after[name] for name in ("closes_at", "scores_due_at")):
        return
    members = PanelMember.objects.filter(panel__stage=stage, state=MemberState.ACCEPTED)
    notify(
        User.objects.filter(panel_memberships__in=members),
        subject=f"Other dates for the panel: {stage.call.title}",
        body=(
            f"“{stage.name}” of “{stage.call.title}” now closes {on_moment(stage.closes_at)}, and "
            f"its panel scores until {moment(stage.scores_due_at)}.\n\nWhy: {addendum.reason}"
        ),
        path="/judging/",
    )


@news_of("startups.joined")
def look_at_who_joined(record: Record) -> None:
    """Somebody is on one more team."""
    note_new_parts(people=list(User.objects.filter(pk=record.actor_id)))


@news_of("pitches.partner_confirmed")
def look_at_partner(record: Record) -> None:
    """An organisation has part from now on."""
    partner = Partner.objects.get(pk=record.thing_id)
    note_new_parts(people=people_of(partner.organisation_id))
