"""What officers and the chair see of ties to applicants, and what they decide about each."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from challenges.calls.models import Stage
from challenges.interests.models import Register
from challenges.judging import services
from challenges.judging.forms import ConflictForm, OwnTieForm
from challenges.judging.models import Conflict, ConflictQuerySet, PanelMember
from challenges.judging.rules import is_officer_of_panel
from challenges.judging.services.conflicts import members_of, officers_of
from challenges.judging.views.panels import find_member
from challenges.pitches.models import Entry, EntryQuerySet
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.spreadsheets import download, to_csv
from marketplace.times import moment

PER_PAGE = 50


def find_stage(pk: int) -> Stage:
    return Stage.objects.select_related("call__region", "panel").get(pk=pk)


def find_conflict(pk: int) -> Conflict:
    return Conflict.objects.select_related(
        "member__panel__stage",
        "member__user",
        "officer",
        "decided_by",
        "entry__stage__call__region",
        "entry__pitch__organisation",
    ).get(pk=pk)


@allow("judging.read_register", of=find_member)
@require_safe
def register(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    """A panel member's register of interests."""
    context = {
        "member": member,
        "stage": member.panel.stage,
        "register": Register.objects.filter(person=member.user_id).first(),
        "interests": member.user.interests.all() if member.user else [],
    }
    return render(request, "judging/register.html", context)


@allow("judging.see_conflicts", of=find_stage)
@require_http_methods(["GET", "HEAD", "POST"])
def stage_conflicts(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Every tie, those that nobody has looked at first; a POST looks for more."""
    if request.method == "POST":
        found = services.look_for_conflicts(stage=stage, actor=request.user)
        said = {0: "No new tie was found.", 1: "1 tie was found."}
        messages.success(request, said.get(found, f"{found} ties were found."))
        return redirect("judging:conflicts", pk=stage.pk)
    return _page(request, stage)


def _page(
    request: SignedInRequest, stage: Stage, form: OwnTieForm | None = None, status: int = 200
) -> HttpResponse:
    is_officer = is_officer_of_panel(request.user, stage)
    rows = _conflicts(stage).order_by("decided_at", "declared_at", "pk")
    context = {
        "stage": stage,
        "is_officer": is_officer,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "undecided": rows.undecided().count(),
        "members": members_of(stage),
        "form": form or OwnTieForm(entries=_applicants(stage)) if is_officer else None,
    }
    return render(request, "judging/conflicts.html", context, status=status)


def _conflicts(stage: Stage) -> ConflictQuerySet:
    return Conflict.objects.of_stage(stage).select_related(
        "member__user", "officer", "decided_by", "entry__pitch__organisation"
    )


def _applicants(stage: Stage) -> EntryQuerySet:
    """By name, so that a blind stage's list does not say which pitch is whose."""
    return (
        Entry.objects.filter(stage=stage)
        .in_competition()
        .select_related("pitch__organisation")
        .order_by("pitch__organisation__name")
    )


@require_POST
@allow("judging.run_panel", of=find_stage)
def declare_own(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """An officer's own tie, which keeps them from deciding until a colleague has looked at it."""
    form = OwnTieForm(request.POST, entries=_applicants(stage))
    if not form.is_valid():
        return _page(request, stage, form, status=400)
    services.declare_as_officer(
        entry=form.cleaned_data["applicant"],
        nature=form.cleaned_data["nature"],
        actor=request.user,
    )
    messages.success(request, "Declared. You can’t decide here until somebody has looked at it.")
    return redirect("judging:conflicts", pk=stage.pk)


@allow("judging.decide_conflict", of=find_conflict)
@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: SignedInRequest, conflict: Conflict) -> HttpResponse:
    stage = conflict.entry.stage
    initial = {name: getattr(conflict, name) for name in ("kind", "decision", "reason")}
    form = ConflictForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.decide_conflict(conflict=conflict, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Decided. {conflict.person_name} is told.")
            return redirect("judging:conflicts", pk=stage.pk)
    context = {"conflict": conflict, "stage": stage, "form": form}
    return render(request, "judging/conflict.html", context, status=400 if form.errors else 200)


COLUMNS = (
    "Person",
    "Part",
    "Applicant",
    "Tie",
    "Declared or found",
    "When",
    "Kind",
    "Decision",
    "Why, and measure",
    "Decided by",
    "Decided at",
)


@allow("judging.see_conflicts", of=find_stage)
@require_safe
@proved_lately("take personal data out of the service", reading=True)
def assessment_csv(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """The conflicts assessment as a table (Procurement Act 2023, section 83)."""
    name = f"conflicts-{stage.call.reference}-{stage.order}.csv"
    return download(to_csv(COLUMNS, _assessment(stage)), "text/csv; charset=utf-8", name)


def _assessment(stage: Stage) -> Iterator[tuple[Any, ...]]:
    """A line for each tie, and one for everyone who has none."""
    tied = set()
    for each in _conflicts(stage):
        tied.add(each.person_id)
        yield (
            each.person_name,
            each.member.get_role_display() if each.member else "Officer",
            each.entry.pitch.organisation.name,
            each.nature,
            "Found" if each.was_found else "Declared",
            moment(each.declared_at),
            each.get_kind_display(),
            each.get_decision_display() or "Not decided yet",
            each.reason,
            str(each.decided_by or ""),
            moment(each.decided_at) if each.decided_at else "",
        )
    for member in members_of(stage):
        if member.user_id not in tied:
            said = (
                f"Declared none, {moment(member.declared_at)}"
                if member.declared_at
                else "Not declared yet"
            )
            yield (member.name, member.get_role_display(), "", said, *[""] * 7)
    for officer in officers_of(stage):
        if officer.pk not in tied:
            yield (str(officer), "Officer", "", "None declared or found", *[""] * 7)
