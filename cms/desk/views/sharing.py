"""Who reads what: sharing pitches out, seeing how it came out, and changing it by hand."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.coverage import Load, coverage, entries_to_read
from challenges.judging.models import Assignment, AssignmentState, Sharing, SharingState
from challenges.judging.pairs import standing_of, what_they_know
from challenges.judging.services.assigning import STEPS
from challenges.judging.services.sharing import step_of
from challenges.pitches.models import Entry
from cms.desk.finders import find_entry, find_stage, whole_number
from cms.desk.rendering import desk_page, paged, say_refused, stage_crumbs
from cms.desk.views.panel import stage_member
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused

ROWS = 50


@allow("judging.run_panel", of=find_stage)
def reading(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Each judge’s load and fit, each pitch’s judges, and what could not be met and why."""
    lacking_only = request.GET.get("lacking") == "1"
    context = paged(request, entries_to_read(stage, lacking_only=lacking_only), ROWS)
    panel = getattr(stage, "panel", None)
    latest = panel.sharings.select_related("by").first() if panel and panel.pk else None
    return desk_page(
        request,
        "desk/reading.html",
        title=f"Who reads what: {stage.name}",
        icon="group",
        crumbs=stage_crumbs(stage),
        stage=stage,
        found=coverage(stage, list(context["page_obj"])),
        lacking_only=lacking_only,
        latest=latest,
        waiting=SharingState.WAITING,
        steps=_steps(latest),
        wanted=panel.reviews_per_pitch if panel else 0,
        most=panel.most_per_judge if panel and panel.pk else None,
        **context,
    )


def _steps(sharing: Sharing | None) -> tuple[int, int, str]:
    """How far a sharing that goes on has come: steps done, steps in all, and what it does."""
    step = step_of(sharing) if sharing and sharing.state == SharingState.WAITING else None
    return (
        (0, len(STEPS), "Waiting for a worker") if step is None else (step, len(STEPS), STEPS[step])
    )


@require_POST
@allow("judging.run_panel", of=find_stage)
def share_out(request: SignedInRequest, stage: Stage) -> HttpResponse:
    try:
        services.ask_to_share(stage=stage, actor=request.user, anew="anew" in request.POST)
    except Refused as refused:
        say_refused(request, refused)
    return _to_reading(stage)


@allow("judging.run_panel", of=find_entry)
def readers(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """The judges of one pitch: give it, take it back, move it, or say that it stays."""
    stage = entry.stage
    if request.method == "POST":
        try:
            said = _change(request, entry)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, said)
        return redirect("desk:readers", pk=entry.pk)
    found = coverage(stage, [entry])
    [covered] = found.pitches
    reading_it = {reader.assignment.member_id for reader in covered.readers}
    back = reverse("desk:reading", kwargs={"pk": stage.pk})
    return desk_page(
        request,
        "desk/readers.html",
        title=f"Judges of {entry.pitch}",
        icon="group",
        crumbs=[*stage_crumbs(stage), (f"Who reads what: {stage.name}", back)],
        entry=entry,
        stage=stage,
        covered=covered,
        knows=found.knows,
        others=_others(entry, [load for load in found.loads if load.member.pk not in reading_it]),
        assigned=AssignmentState.ASSIGNED,
    )


def _others(entry: Entry, loads: list[Load]) -> list[tuple[Load, list[str]]]:
    """Judges who might have a pitch, those who know most of its matter first, and what that is."""
    known = what_they_know(entry, [load.member for load in loads])
    loads = sorted(loads, key=lambda load: (-len(known[load.member.pk]), load.pitches))
    return [(load, known[load.member.pk]) for load in loads]


def _change(request: SignedInRequest, entry: Entry) -> str:
    """Carry out what the form asks; what to say of it."""
    if "give" in request.POST:
        member = stage_member(entry.stage, request.POST.get("member", ""))
        services.assign_by_hand(member=member, entry=entry, actor=request.user)
        return f"{member.name} has this pitch to score."
    number = whole_number(request.POST.get("assignment"))
    standing = standing_of(entry.stage.panel).filter(entry=entry).select_related("member")
    assignment: Assignment = get_object_or_404(standing, pk=number)
    name = assignment.member.name
    if "move" in request.POST:
        member = stage_member(entry.stage, request.POST.get("member", ""))
        services.hand_over(assignment=assignment, member=member, actor=request.user)
        return f"Moved from {name} to {member.name}."
    if "take" in request.POST:
        services.unassign(assignment=assignment, actor=request.user)
        return f"Taken back from {name}. Give it to somebody else, or share out again."
    keep = "keep" in request.POST
    services.keep_by_hand(assignment=assignment, keep=keep, actor=request.user)
    return f"{name} {'stays' if keep else 'need not stay'} when pitches are shared out anew."


def _to_reading(stage: Stage) -> HttpResponseRedirect:
    return redirect("desk:reading", pk=stage.pk)
