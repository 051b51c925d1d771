"""What surrounds a call's promises: its legal checklist, its brief, how clear readers find it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from challenges.calls.clarity import clarity_by_quarter, clarity_of
from challenges.calls.legal.checklist import legal_checklist, route_warnings, rules
from challenges.calls.legal.ticking import tick_step, untick_step
from challenges.calls.models import Call
from cms.desk.brief import brief_findings
from cms.desk.finders import calls_of, find_call
from cms.desk.rendering import call_crumbs, desk_page, say_refused
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused


@allow("calls.view_call_at_desk", of=find_call)
def legal(request: SignedInRequest, call: Call) -> HttpResponse:
    """The legal checklist: each step with its source, its date, and who did it."""
    if request.method == "POST":
        return _tick(request, call)
    steps = legal_checklist(call)
    return desk_page(
        request,
        "desk/legal.html",
        title="Legal checklist",
        icon="tasks",
        crumbs=call_crumbs(call),
        call=call,
        steps=steps,
        warnings=route_warnings(call),
        checked_on=rules()["checked_on"],
        done=sum(step.is_done for step in steps),
    )


def _tick(request: SignedInRequest, call: Call) -> HttpResponse:
    key, note = request.POST.get("key", ""), request.POST.get("note", "")
    try:
        if "undo" in request.POST:
            untick_step(call=call, key=key, actor=request.user)
            messages.success(request, "The step is open again.")
        else:
            tick_step(call=call, key=key, note=note, actor=request.user)
            messages.success(request, "The step is done.")
    except Refused as refused:
        say_refused(request, refused)
    return redirect(f"{reverse('desk:legal', kwargs={'pk': call.pk})}#{key}")


@allow("calls.view_call_at_desk", of=find_call)
def brief(request: SignedInRequest, call: Call) -> HttpResponse:
    """What good briefs have and this one lacks, and what its readers said of it."""
    count, mean, words = clarity_of(call)
    return desk_page(
        request,
        "desk/brief.html",
        title="The brief",
        icon="doc-full",
        crumbs=call_crumbs(call),
        call=call,
        findings=brief_findings(call),
        ratings=count,
        mean=mean,
        words=words,
    )


@allow("accounts.work_at_desk")
def clarity(request: SignedInRequest) -> HttpResponse:
    """How clear applicants found our briefs, quarter by quarter."""
    return desk_page(
        request,
        "desk/clarity.html",
        title="How clear our briefs are",
        icon="view",
        crumbs=[("Calls", reverse("desk:calls"))],
        quarters=clarity_by_quarter(calls_of(request.user)),
    )
