"""What is done to many pitches at once: chosen, shown, confirmed, done, and said how it went."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from challenges.judging.decisions import decide
from challenges.pitches.models import Entry, EntryState
from cms.desk import services
from cms.desk.bulk_forms import CareForm, MessageForm, MoveForm, TagForm
from cms.desk.filters import PitchFilterForm
from cms.desk.finders import entries_of, officer_regions
from cms.desk.rendering import desk_page
from cms.desk.walking import back_from
from marketplace.access import allow
from marketplace.accounts.models import Role, User
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused

MOST = 5000
SHOWN = 10


def officers_of(regions: set[int]) -> Any:
    roles = {"region_roles__region__in": regions, "region_roles__role": Role.OFFICER}
    return User.objects.filter(is_active=True, **roles).distinct().order_by("name", "email")


def chosen_entries(request: SignedInRequest) -> list[Entry]:
    """The ticked pitches, or all that match the filters; drafts are never among them."""
    rows = entries_of(request.user).seen_at_desk().with_parties()
    if "all" in request.POST:
        query = QueryDict(request.POST.get("query", "")[:1000])
        form = PitchFilterForm(query, regions=officer_regions(request.user))
        return list(form.narrow(rows)[:MOST])
    ids = [text for text in request.POST.getlist("pitch") if text.isdecimal() and len(text) < 18]
    return list(rows.filter(pk__in=ids[:MOST]))


@allow("accounts.work_at_desk")
def bulk(request: SignedInRequest, action: str) -> HttpResponse:
    """Show what would be done, then do it."""
    if action not in ACTIONS:
        raise Http404
    to_list = reverse("desk:pitches") + (f"?{q}" if (q := request.POST.get("query", "")) else "")
    back = back_from(request, to_list)
    if request.method != "POST":
        return redirect(back)
    entries = chosen_entries(request)
    if not entries:
        messages.error(request, "Tick the pitches first, or tick all that match.")
        return redirect(back)
    title, make_form, act = ACTIONS[action]
    form = make_form(request, request.POST if "confirm" in request.POST else None)
    if form.is_valid():
        try:
            messages.success(request, act(request, entries, form.cleaned_data))
            return redirect(back)
        except Refused as refused:
            form.add_error(None, str(refused))
    return desk_page(
        request,
        "desk/bulk.html",
        title=title,
        icon="tasks",
        crumbs=[("Pitches", reverse("desk:pitches"))],
        form=form,
        entries=entries[:SHOWN],
        count=len({entry.pitch_id for entry in entries}),
        ids=[entry.pk for entry in entries],
        back=back,
        query=request.POST.get("query", ""),
        came_from=request.POST.get("from", ""),
        token=request.POST.get("token") or token_hex(16),
        preview=_preview(action, form, entries[0]),
        status=400 if form.errors else 200,
    )


def _preview(action: str, form: forms.Form, entry: Entry) -> str:
    if action != "message" or not form.is_bound:
        return ""
    return services.fill(form.data.get("body", ""), entry)


def _message(request: SignedInRequest, entries: list[Entry], data: dict[str, Any]) -> str:
    token = request.POST.get("token", "") or token_hex(16)
    sent = services.message_teams(entries=entries, token=token, actor=request.user, **data)
    return f"Written to {sent} people." if sent else "This message went out already."


def _tag(request: SignedInRequest, entries: list[Entry], data: dict[str, Any]) -> str:
    changed = services.tag_pitches(entries=entries, actor=request.user, **data)
    return f"“{data['name']}”: {changed} of {len(entries)} pitches changed."


def _care(request: SignedInRequest, entries: list[Entry], data: dict[str, Any]) -> str:
    changed = services.care_for(entries=entries, officer=data["officer"], actor=request.user)
    return f"{data['officer']} looks after {changed} more."


def _move(request: SignedInRequest, entries: list[Entry], data: dict[str, Any]) -> str:
    """Stage by stage, as each has its own panel and decisions; what can't be moved is said."""
    moved, refusals = 0, []
    by_stage: dict[int, list[Entry]] = {}
    for entry in entries:
        by_stage.setdefault(entry.stage_id, []).append(entry)
    for rows in by_stage.values():
        movable = [entry for entry in rows if entry.state == EntryState.SUBMITTED]
        if len(movable) < len(rows):
            refusals.append(f"{len(rows) - len(movable)} are not waiting for a decision")
        try:
            moved += len(
                decide(stage=rows[0].stage, entries=movable, actor=request.user, **data)
                if movable
                else []
            )
        except Refused as refused:
            refusals.append(f"{rows[0].stage.name}: {refused}")
    if not moved:
        raise Refused("; ".join(refusals) or "None of them could be moved.")
    left = f" Left as they were: {'; '.join(refusals)}." if refusals else ""
    return f"{moved} marked. They hear of it when you release the decisions.{left}"


Act = Callable[[SignedInRequest, list[Entry], dict[str, Any]], str]
MakeForm = Callable[[SignedInRequest, Any], forms.Form]
ACTIONS: dict[str, tuple[str, MakeForm, Act]] = {
    "message": ("Write to the teams", lambda request, data: MessageForm(data), _message),
    "tag": ("Tag pitches", lambda request, data: TagForm(data), _tag),
    "care": (
        "Give to an officer",
        lambda request, data: CareForm(data, officers=officers_of(officer_regions(request.user))),
        _care,
    ),
    "move": ("Short-list or decline", lambda request, data: MoveForm(data), _move),
}
"""Action → its title, its form, and what it does; the sentence says how it went."""
