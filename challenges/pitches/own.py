"""What a visitor’s own teams have pitched for: a call’s button then leads there."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from challenges.calls.models import Call
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.parts import entries_of


@dataclass(frozen=True)
class Way:
    """Where a call’s button leads, and what it says."""

    href: str
    words: str
    has_pitch: bool = False


def way_into(request: HttpRequest, call: Call) -> Way:
    """To a first pitch, on with one that is being written, or to what was submitted."""
    entry = own_entries(request).get(call.pk)
    return way_to(entry) if entry else Way(reverse("pitches:start", args=[call.reference]), "Apply")


def way_to(entry: Entry) -> Way:
    """On with a pitch that is being written, or to what was submitted."""
    reference = entry.pitch.reference
    if entry.state == EntryState.DRAFT or entry.has_unsubmitted_changes:
        return Way(reverse("pitches:write", args=[reference]), "Go on with your pitch", True)
    words = "See your pitch" if entry.state == EntryState.WITHDRAWN else "See what you submitted"
    return Way(reverse("pitches:entry", args=[reference]), words, True)


def own_entries(request: Any) -> dict[int, Entry]:
    """Call → the entry of a pitch of the visitor’s; read once a request, drafts before others."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {}
    if not hasattr(request, "_own_entries"):
        entries = entries_of(person).current().select_related("pitch", "stage")
        ordered = sorted(entries, key=lambda each: each.state == EntryState.DRAFT)
        request._own_entries = {each.pitch.call_id: each for each in ordered}
    return request._own_entries
