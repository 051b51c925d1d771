"""A judge's panels: the list, the declaration of interests, the pitches to score."""

from dataclasses import dataclass
from fractions import Fraction

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from challenges.judging import rules, services  # noqa: F401  registers what `allow` asks for
from challenges.judging.forms import AvailabilityForm, DeclarationForm, LeavingForm
from challenges.judging.models import Assignment, AssignmentState, PanelMember, first_arrivals
from challenges.judging.ranking import exact_total
from challenges.judging.reading import applicant_name
from challenges.judging.totals import mean_of
from challenges.pitches.models import Entry, EntryQuerySet
from marketplace.access import allow, signed_in
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.rounding import places_to_tell

PER_PAGE = 25
FILTERS = {"to-score": AssignmentState.ASSIGNED, "scored": AssignmentState.SUBMITTED}


def find_member(pk: int) -> PanelMember:
    return PanelMember.objects.select_related(
        "panel__stage__call__region", "panel__stage__meeting", "panel__calibration"
    ).get(pk=pk)


@dataclass(frozen=True)
class Spread:
    """A judge's own totals so far, of 100."""

    lowest: Fraction
    mean: Fraction | None
    highest: Fraction

    @classmethod
    def of(cls, totals: list[Fraction]) -> "Spread | None":
        return cls(min(totals), mean_of(totals), max(totals)) if totals else None


@signed_in
@require_safe
def panel_list(request: SignedInRequest) -> HttpResponse:
    members = PanelMember.objects.for_judge(request.user)
    page = Paginator(members, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "judging/panels.html", {"page": page})


@allow("judging.open_panel", of=find_member)
@require_safe
def panel(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    if member.declared_at is None:
        return redirect("judging:declare", pk=member.pk)
    stage = member.panel.stage
    own = Assignment.objects.for_judge(request.user).filter(member=member)
    chosen = request.GET.get("show", "")
    shown = own.filter(state=FILTERS[chosen]) if chosen in FILTERS else own
    page = Paginator(shown.order_by("state", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    for assignment in page:
        assignment.applicant = applicant_name(assignment.entry, blind=stage.hides_names)
    rows = list(own.values_list("state", "total", "exact_total"))
    states = [state for state, _, _ in rows]
    totals = [exact_total(total, exact) for _, total, exact in rows if total is not None]
    context = {
        "member": member,
        "stage": stage,
        "meeting": getattr(stage, "meeting", None),
        "calibration": getattr(member.panel, "calibration", None),
        "spread": Spread.of(totals),
        "page": page,
        "score_places": places_to_tell(assignment.exact for assignment in page),
        "chosen": chosen,
        "scored": states.count(AssignmentState.SUBMITTED),
        "given": len(states),
        "following": next_to_score(member),
        "arrived_since": undeclared(member).count(),
        "without": "" if states else without_pitches(member),
    }
    return render(request, "judging/panel.html", context)


def without_pitches(member: PanelMember) -> str:
    """Why a judge has no pitch at all: a value of `WithoutPitches`."""
    return PanelMember.objects.with_shares().get(pk=member.pk).why_nothing_to_score().value


@allow("judging.step_down", of=find_member)
@require_http_methods(["GET", "HEAD", "POST"])
def step_down(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    """Leave a panel that one has joined, after reading what becomes of one's reviews."""
    form = LeavingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.step_down(
                member=member, actor=request.user, reason=form.cleaned_data["reason"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "You have stepped down. The officers know.")
            return redirect("judging:panels")
    context = {
        "member": member,
        "stage": member.panel.stage,
        "form": form,
        "share": services.share_of(member),
    }
    status = 422 if form.errors else 200
    return render(request, "judging/step_down.html", context, status=status)


@allow("judging.declare_interests", of=find_member)
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    entries = list(
        Entry.objects.filter(stage=member.panel.stage)
        .in_competition()
        .select_related("pitch__organisation")
        .order_by("pitch__organisation__name")
    )
    declared = {conflict.entry_id: conflict for conflict in member.conflicts.barring()}
    open_entries = [entry for entry in entries if entry.pk not in declared]
    form = DeclarationForm(
        request.POST if request.method == "POST" else None,
        organisations=[entry.pitch.organisation for entry in open_entries],
    )
    problems = None
    if request.method == "POST" and form.is_valid():
        by_organisation = {entry.pitch.organisation_id: entry.pk for entry in open_entries}
        conflicts = {by_organisation[pk]: text for pk, text in form.interests().items()}
        try:
            services.declare_interests(member=member, conflicts=conflicts, actor=request.user)
            messages.success(request, "Your interests are declared. Thank you.")
            return redirect("judging:panel", pk=member.pk)
        except Refused as refusal:
            problems = [("", str(refusal))]
    context = {
        "member": member,
        "stage": member.panel.stage,
        "form": form,
        "problems": problems,
        "rows": list(zip(open_entries, form.rows(), strict=True)),
        "declared": [(e, declared[e.pk]) for e in entries if e.pk in declared],
    }
    return render(request, "judging/declare.html", context)


@allow("judging.calibrate", of=find_member)
@require_http_methods(["GET", "HEAD", "POST"])
def availability(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    """How many pitches the judge can read, and when they are away."""
    names = ("most_pitches", "away_from", "away_until")
    form = AvailabilityForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(member, name) for name in names},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.set_availability(member=member, actor=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved. The officer sees it when pitches are shared out.")
            return redirect("judging:panel", pk=member.pk)
    context = {"member": member, "stage": member.panel.stage, "form": form}
    status = 422 if form.errors else 200
    return render(request, "judging/availability.html", context, status=status)


def next_to_score(member: PanelMember, after: int = 0) -> Assignment | None:
    """The judge's next review to write, going round to the first after the last."""
    waiting = Assignment.objects.for_judge(member.user).filter(
        member=member, state=AssignmentState.ASSIGNED
    )
    return waiting.filter(pk__gt=after).first() or waiting.exclude(pk=after).first()


def undeclared(member: PanelMember) -> EntryQuerySet:
    """Pitches that came in after the judge last declared their interests."""
    return first_arrivals(member.panel.stage_id).filter(arrived_at__gt=member.declared_at)
