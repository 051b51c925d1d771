"""Who may do what to a pitch."""

from typing import Any

import rules

from challenges.calls.rules import is_officer_of_call
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


rules.add_perm("pitches.view_entry", is_on_team)
rules.add_perm("pitches.write_entry", is_on_team)
rules.add_perm("pitches.withdraw_entry", is_on_team & nothing_released)
rules.add_perm("pitches.view_entry_at_desk", is_officer_of_entry)
rules.add_perm("pitches.decide_entry", is_officer_of_entry)
rules.add_perm("pitches.open_attachment", is_on_team | is_officer_of_entry)
