"""A pitch's entry in the next stage, when its place in this one changes after the release.

Each verb runs inside the transaction of the verb that calls it.
"""

from datetime import datetime

from challenges.calls.models import Stage
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.services import advance, locked
from challenges.pitches.workflow import ENTRY
from marketplace.accounts.models import User
from marketplace.activity.services import record


def following_entry(entry: Entry) -> Entry | None:
    """The entry that the same pitch has in the stage after, if it has one."""
    found = Entry.objects.filter(pitch=entry.pitch_id, stage__order__gt=entry.stage.order)
    return found.select_related("stage", "pitch", "rulebook").order_by("stage__order").first()


def close_entry(*, entry: Entry, actor: User) -> Entry:
    """Take it out of its stage; what was written stays for its team to read.

    Raises:
        WrongState: it is decided, or closed already.
    """
    entry = locked(entry)
    if entry.state != EntryState.SUBMITTED:
        entry.submitted_version = None
    ENTRY.apply("close", entry, actor)
    entry.save(update_fields=["state", "submitted_version"])
    record("pitches.closed", entry, chain=entry.chain, actor=actor)
    return entry


def go_on(*, entry: Entry, stage: Stage, actor: User, own_until: datetime | None = None) -> Entry:
    """Give a pitch its entry in `stage`: a new one, or the closed one as it was.

    Args:
        own_until: its own deadline there, where the stage has closed.
    """
    following = _opened(entry, stage, actor)
    if own_until is not None:
        following.own_until = own_until
        following.save(update_fields=["own_until"])
    return following


def _opened(entry: Entry, stage: Stage, actor: User) -> Entry:
    before = Entry.objects.filter(pitch=entry.pitch_id, stage=stage).first()
    if before is None:
        return advance(entry=entry, stage=stage, actor=actor)
    before = locked(before)
    if before.state != EntryState.CLOSED:
        return before
    was_in = before.submitted_version is not None
    ENTRY.apply("reopen-submitted" if was_in else "reopen", before, actor)
    before.save(update_fields=["state"])
    record("pitches.reopened", before, chain=before.chain, actor=actor)
    return before
