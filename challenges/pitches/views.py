"""A start-up's pages: start a pitch, follow it, submit it, withdraw it, open its files."""

from typing import Any

import rules
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from challenges.calls.models import Call
from challenges.pitches import rules as _rules  # noqa: F401  (registers the rules)
from challenges.pitches.content import build_content
from challenges.pitches.downloads import attachment_response
from challenges.pitches.first_reading import note_reading
from challenges.pitches.forms import StartForm, SubmitForm, WithdrawForm
from challenges.pitches.models import Attachment, Entry, EntryQuerySet, EntryState, Pitch
from challenges.pitches.rules import is_on_team
from challenges.pitches.services import (
    restore_entry,
    start_pitch,
    submit_entry,
    why_not_open,
    withdraw_entry,
)
from challenges.pitches.standing import standing_of as progress_of
from challenges.pitches.words_for_others import Reader, standing_for
from challenges.pitches.workflow import ENTRY
from marketplace.access import allow, sign_in_to
from marketplace.accounts.models import User
from marketplace.activity.models import Record
from marketplace.errors import EditConflict, Incomplete, Refused
from startups.models import Organisation


class Request(HttpRequest):
    """A request that `allow` has let through: somebody is signed in."""

    user: User  # type: ignore[assignment]


HAPPENED = {
    "pitches.started": "Started",
    "pitches.submitted": "Submitted",
    "pitches.withdrawn": "Withdrawn",
    "pitches.restored": "Made a draft again",
    "pitches.cancelled": "The call was cancelled",
    "pitches.turned_down": "Declined the place",
}


def find_call(reference: str) -> Call:
    return Call.objects.select_related("region").prefetch_related("stages").get(reference=reference)


def current_entries(reference: str) -> EntryQuerySet:
    """The entry of a pitch in the latest stage that it reached, as a query of one row."""
    found = Entry.objects.filter(pitch__reference=reference).current()
    return found.with_parties().select_related("rulebook")


def current_entry(reference: str) -> Entry:
    """The entry of a pitch in the latest stage that it reached."""
    return current_entries(reference).get()


def version_of(request: Request) -> int:
    """The version that a form was loaded with; 0, which none has, for anything else."""
    text = request.POST.get("version", "")[:12]
    return int(text) if text.isascii() and text.isdecimal() else 0


@sign_in_to("pitch for this call")
@require_http_methods(["GET", "HEAD", "POST"])
@allow("pitches.start_pitch", of=find_call)
def start(request: Request, call: Call) -> HttpResponse:
    pitches = Pitch.objects.filter(call=call, organisation__memberships__user=request.user)
    taken = list(pitches.select_related("organisation"))
    free = Organisation.objects.of(request.user).exclude(
        pk__in=[pitch.organisation_id for pitch in taken]
    )
    form = StartForm(request.POST or None, organisations=free)
    closed = why_not_open(call)
    if request.method == "POST" and not closed and form.is_valid():
        try:
            entry = start_pitch(
                call=call, organisation=form.cleaned_data["organisation"], actor=request.user
            )
            return redirect("pitches:write", reference=entry.pitch.reference)
        except Refused as error:
            messages.error(request, str(error))
            return redirect(request.path)
    context = {
        "call": call,
        "form": form,
        "taken": taken,
        "closed": closed,
        "has_choice": bool(free),
        "next": urlencode({"next": request.path}),
    }
    return render(request, "pitches/start.html", context)


@require_GET
@allow("pitches.view_entry", of=current_entry)
def entry(request: Request, entry: Entry) -> HttpResponse:
    entries = list(
        entry.pitch.entries.select_related("stage__call", "pitch", "decision", "rulebook")
        .prefetch_related("submissions__by")
        .order_by("-stage__order")
    )
    for each in entries:
        each.result = released_decision(each)  # type: ignore[attr-defined]
    context = {
        "entry": entry,
        "pitch": entry.pitch,
        "call": entry.stage.call,
        "entries": entries,
        "timeline": _timeline(entries),
        "is_decided": entries[0].stage.released_at is not None,
        "standing": standing_for(_reader(request, entry), entry),
        "can_write": entry.is_writable(),
        "is_open": entry.is_open(),
        "can_lead": is_on_team(request.user, entry),
        "can_withdraw": ENTRY.allows("withdraw", entry, request.user),
        "can_restore": ENTRY.allows("restore", entry, request.user) and entry.is_open(),
    }
    return render(request, "pitches/entry.html", context)


def _reader(request: Request, entry: Entry) -> Reader:
    return Reader.TEAM if is_on_team(request.user, entry) else Reader.PARTNER


def released_decision(entry: Entry) -> Any:
    """What was decided, once everyone is told; None before that.

    Decisions live in judging, a floor above: the reverse relation is there at run time, so
    nothing is imported from it. This is the only place in pitches that reads it.
    """
    try:
        decision = entry.decision  # type: ignore[attr-defined]
    except ObjectDoesNotExist:
        return None
    return decision if decision.released_at else None


def _timeline(entries: list[Entry]) -> list[dict[str, Any]]:
    """What the team did, newest first. What officers and judges did is not theirs to see."""
    ids = [str(entry.pk) for entry in entries]
    of_entries = Q(thing_type=Entry._meta.label_lower, thing_id__in=ids)
    of_pitch = Q(thing_type=Pitch._meta.label_lower, thing_id=str(entries[0].pitch_id))
    records = Record.objects.filter(of_entries | of_pitch, verb__in=HAPPENED)
    reasons = {str(entry.pk): entry.withdrawn_reason for entry in entries}
    found = [
        {
            "at": record.at,
            "title": HAPPENED[record.verb],
            "actor": record.actor,
            "text": _note(record, reasons),
        }
        for record in records.select_related("actor")
    ]
    for entry in entries:
        if entry.result:  # type: ignore[attr-defined]
            decision = entry.result  # type: ignore[attr-defined]
            found += _decided(decision)
    return sorted(found, key=lambda event: event["at"], reverse=True)


def _decided(decision: Any) -> list[dict[str, Any]]:
    """When it was released, and when it last changed: what it says now was said then."""
    outcome = decision.get_outcome_display()
    if decision.corrected_at is None:
        return [{"at": decision.released_at, "title": f"Decided: {outcome}"}]
    return [
        {"at": decision.released_at, "title": "Decided"},
        {"at": decision.corrected_at, "title": f"The decision changed: {outcome}"},
    ]


def _note(record: Record, reasons: dict[str, str]) -> str:
    if record.verb == "pitches.withdrawn":
        return reasons.get(record.thing_id, "")
    return f"Version {record.detail['version']}" if "version" in record.detail else ""


@require_http_methods(["GET", "HEAD", "POST"])
@allow("pitches.submit_entry", of=current_entry)
def submit(request: Request, entry: Entry) -> HttpResponse:
    form = SubmitForm(request.POST or None)
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            submit_entry(entry=entry, actor=request.user, version=version_of(request))
            return redirect("pitches:submit", reference=entry.pitch.reference)
        except (Incomplete, EditConflict):
            # The page below shows the text as it is now, and lists what is missing.
            messages.error(request, "Nothing was submitted: check your pitch below.")
        except Refused as error:
            refused = str(error)
        entry = current_entry(entry.pitch.reference)
    if entry.state == EntryState.SUBMITTED and not entry.has_unsubmitted_changes and not refused:
        submission = entry.submissions.last()
        return render(request, "pitches/submitted.html", {"entry": entry, "submission": submission})
    prefetch_related_objects([entry], "answers", "attachments")
    content, missing = build_content(entry)
    standing = progress_of(entry)
    for answer in content["answers"]:
        # For reading only: what is typed and can't be submitted yet is not lost.
        answer["place"] = standing.of(f"q{answer['question']}")
    context = {
        "entry": entry,
        "form": form,
        "standing": standing,
        "content": content,
        "missing": missing,
        "refused": refused,
        "is_open": entry.is_open(),
        "can_submit": ENTRY.allows("submit", entry, request.user),
    }
    return render(request, "pitches/submit.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("pitches.withdraw_entry", of=current_entry)
def withdraw(request: Request, entry: Entry) -> HttpResponse:
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            withdraw_entry(entry=entry, actor=request.user, reason=reason)
            messages.success(request, "Your pitch is withdrawn.")
        except Refused as error:
            messages.error(request, str(error))
        return redirect(entry)
    if not ENTRY.allows("withdraw", entry, request.user):
        messages.error(request, "Only a submitted pitch can be withdrawn.")
        return redirect(entry)
    return render(request, "pitches/withdraw.html", {"entry": entry, "form": form})


@require_POST
@allow("pitches.submit_entry", of=current_entry)
def restore(request: Request, entry: Entry) -> HttpResponse:
    try:
        restore_entry(entry=entry, actor=request.user)
        messages.success(request, "Your pitch is a draft again. Submit it before the stage closes.")
    except Refused as error:
        messages.error(request, str(error))
    return redirect(entry)


def find_attachment(pk: int) -> Attachment:
    return Attachment.objects.select_related("entry__pitch", "entry__stage__call").get(pk=pk)


@require_GET
@allow("pitches.open_attachment", of=find_attachment)  # type: ignore[arg-type]
def attachment(request: Request, attachment: Attachment) -> HttpResponseBase:
    if not rules.has_perm("pitches.write_entry", request.user, attachment):
        note_reading(attachment.entry.stage, request.user)
    return attachment_response(request, attachment)
