"""Who may do what to a pitch."""

from typing import Any

import rules

from challenges.calls.models import Call, CallState
from challenges.calls.rules import is_officer_of_call
from challenges.pitches.content import attachments_in
from challenges.pitches.models import Attachment, Entry, EntryState
from startups.rules import is_member_of


def entry_of(thing: Any) -> Entry:
    return thing.entry if isinstance(thing, Attachment) else thing


@rules.predicate
def is_on_team(person: Any, thing: Any) -> bool:
    return is_member_of(person, entry_of(thing).pitch.organisation_id)


@rules.predicate
def is_officer_of_entry(person: Any, thing: Any) -> bool:
    """Officers see a pitch once it is submitted: a draft is the start-up's alone."""
    entry = entry_of(thing)
    return entry.state != EntryState.DRAFT and is_officer_of_call(person, entry.stage)


@rules.predicate
def nothing_released(person: Any, entry: Entry) -> bool:
    return entry.stage.released_at is None


@rules.predicate
def was_submitted(person: Any, attachment: Attachment) -> bool:
    """A file that was chosen but not submitted is the start-up's alone, like other drafts."""
    contents = attachment.entry.submissions.values_list("content", flat=True)
    return any(attachment.pk in attachments_in(content) for content in contents)


@rules.predicate
def is_published(person: Any, call: Call) -> bool:
    """Also when it was cancelled after that: people who follow a link learn why."""
    was_approved = call.approved_at is not None
    return call.state == CallState.APPROVED or (call.state == CallState.CANCELLED and was_approved)


rules.add_perm("pitches.start_pitch", is_published)
rules.add_perm("pitches.view_entry", is_on_team)
rules.add_perm("pitches.write_entry", is_on_team)
rules.add_perm("pitches.withdraw_entry", is_on_team & nothing_released)
rules.add_perm("pitches.view_entry_at_desk", is_officer_of_entry)
rules.add_perm("pitches.decide_entry", is_officer_of_entry)
rules.add_perm("pitches.open_attachment", is_on_team | (is_officer_of_entry & was_submitted))
