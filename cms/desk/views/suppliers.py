"""Who could answer a call: start-ups that fit, and what was funded for the same matter before."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from challenges.calls.models import Call, CallStatus
from challenges.pitches.first_reading import note_reading
from challenges.pitches.models import Entry
from cms.desk.finders import find_call, find_entry, whole_number
from cms.desk.rendering import call_crumbs, desk_page, say_refused
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from search.matching import (
    call_text,
    match_case_studies,
    match_organisations,
    match_projects,
)
from search.models import Opinion, Side
from search.opinions import give_opinion, invite_to_apply, invited_to
from search.scoring import NEW_SHARE
from startups.models import Organisation

SHOWN = 20
BEFORE = 10


@allow("search.match_call", of=find_call)
def suppliers(request: SignedInRequest, call: Call) -> HttpResponse:
    """Start-ups that fit a call, with reasons; the officer invites, and says what is no match."""
    invited = invited_to(call)
    matches = match_organisations(call, SHOWN)
    return desk_page(
        request,
        "desk/suppliers.html",
        title=f"Start-ups that fit: {call.title}",
        icon="group",
        crumbs=call_crumbs(call),
        call=call,
        rows=[(match, invited.get(match.thing.pk)) for match in matches],
        is_open=call.status == CallStatus.OPEN,
        hidden=Opinion.objects.filter(call=call, side=Side.CALL, is_good=False)
        .select_related("organisation")
        .order_by("organisation__name")[:SHOWN],
        one_in=round(1 / NEW_SHARE),
        before=match_projects(call_text(call), BEFORE, without=call.pk),
        studies=match_case_studies(call_text(call), BEFORE),
    )


@require_POST
@allow("search.match_call", of=find_call)
def judge_supplier(request: SignedInRequest, call: Call) -> HttpResponse:
    """Say what a match is worth, or invite."""
    organisation = _organisation(request)
    try:
        if "invite" in request.POST:
            invite_to_apply(call=call, organisation=organisation, actor=request.user)
            messages.success(request, f"{organisation} is told of this call. It is on record.")
        else:
            give_opinion(
                call=call,
                organisation=organisation,
                side=Side.CALL,
                opinion=request.POST.get("opinion", ""),
                actor=request.user,
            )
            messages.success(request, f"Noted for {organisation}. They are not shown it.")
    except Refused as refused:
        say_refused(request, refused)
    return _to_suppliers(call)


@allow("pitches.view_entry_at_desk", of=find_entry)
def before(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """Has this been done before? Funded projects that speak of what was submitted."""
    note_reading(entry.stage, request.user)
    pitch, latest = entry.pitch, entry.submissions.order_by("-number").first()
    said = latest.content if latest else {}
    answers = [str(answer.get("text", "")) for answer in said.get("answers", [])]
    text = "\n".join([said.get("title", ""), said.get("summary", ""), *answers])
    return desk_page(
        request,
        "desk/before.html",
        title=f"Done before? {pitch}",
        icon="history",
        crumbs=call_crumbs(entry.stage.call),
        entry=entry,
        before=match_projects(text, BEFORE),
        studies=match_case_studies(text, BEFORE),
    )


def _organisation(request: SignedInRequest) -> Organisation:
    return get_object_or_404(
        Organisation.objects.public(), pk=whole_number(request.POST.get("organisation"))
    )


def _to_suppliers(call: Call) -> HttpResponseRedirect:
    return redirect("desk:suppliers", pk=call.pk)
