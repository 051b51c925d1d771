"""Stages of a call that is being written: start from a shape, edit, add, remove, reorder."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from challenges.calls import setup
from challenges.calls.checks import findings_of_stage
from challenges.calls.models import Call, Stage
from challenges.pitches.forms import WriteForm
from cms.desk.finders import find_call, find_stage, whole_number
from cms.desk.panels import MOST_ROWS, STAGE_PANELS, NotThisThing, bind
from cms.desk.rendering import call_crumbs, conflict_page, desk_page, say_refused, to_call
from cms.desk.rows import problems_of
from cms.desk.trial import try_out
from cms.desk.views.calls import NOT_THIS_CALLS, changed_in
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import EditConflict, Refused


@allow("calls.edit_call", of=find_call)
def start_from_shape(request: SignedInRequest, call: Call) -> HttpResponse:
    if request.method == "POST":
        try:
            setup.start_from_shape(
                call=call, shape=request.POST.get("shape", ""), actor=request.user
            )
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Stages, questions and criteria are in. Change what differs.")
    return to_call(call)


@allow("calls.view_call_at_desk", of=find_stage)
def try_stage(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """The stage as an applicant meets it; nothing of a trial is kept."""

    def draw(form: WriteForm) -> str:
        return render_to_string("pitches/_sections.html", {"form": form}, request)

    data = request.POST if request.method == "POST" else None
    trial = try_out(stage, request.user, data, draw)
    return render(request, "desk/trial.html", {"stage": stage, "trial": trial})


@allow("calls.edit_call", of=find_call)
def add_stage(request: SignedInRequest, call: Call) -> HttpResponse:
    if request.method == "POST":
        try:
            stage = setup.add_stage(call=call, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            return redirect("desk:edit_stage", pk=stage.pk)
    return to_call(call)


@allow("calls.edit_call", of=find_stage)
def edit_stage(request: SignedInRequest, stage: Stage) -> HttpResponse:
    back = reverse("desk:edit_stage", kwargs={"pk": stage.pk})
    rows = min(max(whole_number(request.GET.get("rows")), 0), MOST_ROWS)
    # As it is stored: a form that is not saved writes what was typed into the stage.
    asked_about = stage.closes_at if stage.asks_about_midnight else None
    try:
        findings = findings_of_stage(stage)
        editor = bind(STAGE_PANELS, request, stage, rows=rows, findings=findings)
    except NotThisThing:
        return conflict_page(request, sentence=NOT_THIS_CALLS, back=back)
    if editor.is_valid:
        try:
            setup.keep_edit(
                call=stage.call,
                actor=request.user,
                version=whole_number(request.POST.get("version")),
                save=editor.form.save,
                changed=[f"{stage.name}: {name}" for name in changed_in(editor.form)],
            )
        except EditConflict as conflict:
            return conflict_page(request, sentence=str(conflict), back=back, form=editor.form)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, f"“{stage.name}” is saved.")
            return _after_save(request, stage)
    return desk_page(
        request,
        "desk/edit.html",
        title=f"Stage {stage.order}: {stage.name}",
        crumbs=call_crumbs(stage.call),
        form=editor.form,
        panel=editor.panel,
        findings=findings if request.method != "POST" else [],
        midnight=asked_about,
        media=editor.panel.media + editor.form.media,
        problems=problems_of(editor.form) if request.method == "POST" else [],
        version=request.POST.get("version", stage.call.version),
        button="Save the stage",
        status=400 if request.method == "POST" else 200,
    )


def _after_save(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Back to the form where something in it stands in the way; else to the call."""
    found = findings_of_stage(find_stage(stage.pk))
    for finding in found:
        if not finding.stops and not finding.asks:
            messages.warning(request, finding.sentence)
    if any(finding.field and (finding.stops or finding.asks) for finding in found):
        messages.warning(request, "Something doesn’t hang together yet: see below.")
        return redirect("desk:edit_stage", pk=stage.pk)
    return to_call(stage.call)


@allow("calls.edit_call", of=find_stage)
def move_stage(request: SignedInRequest, stage: Stage) -> HttpResponse:
    if request.method == "POST":
        try:
            setup.move_stage(stage=stage, up="up" in request.POST, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
    return to_call(stage.call)


@allow("calls.edit_call", of=find_stage)
def remove_stage(request: SignedInRequest, stage: Stage) -> HttpResponse:
    if request.method == "POST":
        try:
            setup.remove_stage(stage=stage, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, f"“{stage.name}” is removed.")
        return to_call(stage.call)
    return desk_page(
        request,
        "desk/confirm.html",
        title=f"Remove “{stage.name}”?",
        icon="bin",
        crumbs=call_crumbs(stage.call),
        sentence="Its dates, questions and criteria go with it. This can’t be undone.",
        button="Remove the stage",
        back=reverse("desk:call", kwargs={"pk": stage.call_id}),
    )
