"""Who may do what to a pitch."""

from typing import Any

import rules

from challenges.calls.models import Call, CallState
from challenges.calls.rules import is_officer_of_call
from challenges.pitches.content import attachments_in
from challenges.pitches.models import Attachment, Entry, EntryState, Partner
from challenges.pitches.parts import has_part
from startups.rules import is_member_of


def entry_of(thing: Any) -> Entry:
    return thing.entry if isinstance(thing, Attachment) else thing


@rules.predicate
def is_on_team(person: Any, thing: Any) -> bool:
    return is_member_of(person, entry_of(thing).pitch.organisation_id)


@rules.predicate
def is_confirmed_partner(person: Any, thing: Any) -> bool:
    """Somebody of an organisation that has confirmed its part: reads and writes, no more."""
    return has_part(person, entry_of(thing).pitch)


@rules.predicate
def leads_pitch_of(person: Any, partner: Partner) -> bool:
    return is_member_of(person, partner.pitch.organisation_id)


@rules.predicate
def is_of_partner(person: Any, partner: Partner) -> bool:
    return is_member_of(person, partner.organisation_id)


@rules.predicate
def is_officer_of_entry(person: Any, thing: Any) -> bool:
    """Officers see a pitch once it is submitted: a draft is the start-up's alone."""
    entry = entry_of(thing)
    was_draft = entry.state == EntryState.CLOSED and entry.submitted_at is None
    if entry.state == EntryState.DRAFT or was_draft:
        return False
    return is_officer_of_call(person, entry.stage)


@rules.predicate
def is_officer_of_its_call(person: Any, entry: Entry) -> bool:
    """Also of a draft, which is closed unread."""
    return is_officer_of_call(person, entry.stage)


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
writes_it = is_on_team | is_confirmed_partner

rules.add_perm("pitches.view_entry", writes_it)
rules.add_perm("pitches.write_entry", writes_it)
rules.add_perm("pitches.submit_entry", is_on_team)
rules.add_perm("pitches.lead_partners", leads_pitch_of)
rules.add_perm("pitches.answer_as_partner", is_of_partner)
rules.add_perm("pitches.see_partner", leads_pitch_of | is_of_partner)
rules.add_perm("pitches.withdraw_entry", is_on_team & nothing_released)
rules.add_perm("pitches.view_entry_at_desk", is_officer_of_entry)
rules.add_perm("pitches.decide_entry", is_officer_of_entry)
rules.add_perm("pitches.end_entry", is_officer_of_entry)
rules.add_perm("pitches.turn_down", is_on_team | is_officer_of_entry)
rules.add_perm("pitches.take_up", is_on_team)
rules.add_perm("pitches.close_entry", is_on_team | is_officer_of_its_call)
rules.add_perm("pitches.open_attachment", writes_it | (is_officer_of_entry & was_submitted))
