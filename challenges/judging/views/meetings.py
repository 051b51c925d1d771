"""The panel's meeting: all scores side by side, and what is agreed. Pages keep themselves fresh."""

from fractions import Fraction
from typing import Any

import rules as permissions
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.forms import AgreementForm
from challenges.judging.models import Agreement, Assignment, AssignmentState, Conflict
from challenges.judging.reading import applicant_name, readings_of
from challenges.judging.rules import is_officer_of_panel
from challenges.judging.services.moderating import reviews_to_come
from challenges.judging.totals import (
    in_exact_order,
    joined_totals,
    read_in_order,
    read_totals,
    spread_of,
)
from challenges.pitches.first_reading import note_reading
from challenges.pitches.models import Entry
from marketplace.access import allow
from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import EditConflict, Incomplete, Refused
from startups.rules import memberships_of

PER_PAGE = 25
HANDED_IN = Q(assignments__state=AssignmentState.SUBMITTED)


def find_stage(pk: int) -> Stage:
    return Stage.objects.select_related("call__region", "meeting").get(pk=pk)


def find_entry(pk: int) -> Entry:
    return Entry.objects.select_related(
        "stage__call__region",
        "stage__meeting",
        "rulebook",
        "pitch__organisation",
        "agreement",
    ).get(pk=pk)


def by_disagreement(pitches: QuerySet[Entry]) -> list[int]:
    """Keys of pitches with `totals`, those that judges see most differently first."""
    return in_exact_order(pitches.order_by("pitch__reference"), spread_of, falling=True)


def to_discuss(stage: Stage, person: User) -> QuerySet[Entry]:
    """Pitches in competition with `reviews` and `totals`, without those that a person is kept
    away from."""
    own = Q(member__user=person) | Q(officer=person)
    tied = Conflict.objects.of_stage(stage).barring().filter(own)
    return (
        stage.entries.in_competition()
        .exclude(pk__in=tied.values("entry"))
        .exclude(pitch__organisation__in=list(memberships_of(person)))
        .select_related("pitch__organisation", "agreement", "stage")
        .annotate(
            reviews=Count("assignments", filter=HANDED_IN),
            totals=joined_totals("assignments__", HANDED_IN),
        )
    )


@allow("judging.attend", of=find_stage)
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """The pitches in order of disagreement; who leads the panel opens and closes the meeting."""
    if request.method == "POST":
        return _open_or_close(request, stage)
    pitches = to_discuss(stage, request.user)
    rows: Any = Paginator(by_disagreement(pitches), PER_PAGE).get_page(request.GET.get("page"))
    rows.object_list = read_in_order(pitches, rows.object_list)
    for entry in rows:
        own = read_totals(entry.totals)
        entry.lowest, entry.highest = min(own, default=None), max(own, default=None)
        entry.applicant = applicant_name(entry, blind=stage.hides_names)
    context = {
        "stage": stage,
        "meeting": getattr(stage, "meeting", None),
        "leads": permissions.has_perm("judging.run_meeting", request.user, stage),
        "to_come": 0 if hasattr(stage, "meeting") else reviews_to_come(stage),
        "is_officer": is_officer_of_panel(request.user, stage),
        "page": rows,
        "shown": [figure for entry in rows for figure in _figures(entry)],
        "agreed": Agreement.objects.filter(entry__in=stage.entries.in_competition()).count(),
    }
    name = "judging/_meeting_rows.html" if "part" in request.GET else "judging/meeting.html"
    return render(request, name, context)


def _figures(entry: Any) -> list[Fraction | None]:
    """All that a row shows of 0 to 100."""
    agreement = getattr(entry, "agreement", None)
    return [entry.lowest, entry.highest, agreement.exact if agreement else None]


def _open_or_close(request: SignedInRequest, stage: Stage) -> HttpResponse:
    act = services.close_meeting if "close" in request.POST else services.open_meeting
    try:
        act(stage=stage, actor=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("judging:meeting", pk=stage.pk)


@allow("judging.discuss", of=find_entry)
@require_http_methods(["GET", "HEAD", "POST"])
def discuss(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """One pitch: each judge's scores, and what is agreed; who leads the panel writes it down."""
    note_reading(entry.stage, request.user)
    leads = permissions.has_perm("judging.agree", request.user, entry)
    form = _form(request, entry) if leads else None
    if request.method == "POST" and form and form.is_valid() and _agreed(request, entry, form):
        return redirect("judging:discuss", pk=entry.pk)
    first, *earlier = readings_of(entry)
    context = {
        "entry": entry,
        "stage": entry.stage,
        "meeting": getattr(entry.stage, "meeting", None),
        "reading": first,
        "earlier": earlier,
        "form": form,
        **_scores(entry),
    }
    if "part" in request.GET:
        return render(request, "judging/_meeting_scores.html", context)
    status = 400 if form and form.errors else 200
    return render(request, "judging/discuss.html", context, status=status)


def _form(request: SignedInRequest, entry: Entry) -> AgreementForm:
    agreement = getattr(entry, "agreement", None)
    initial: dict[str, Any] = {"version": agreement.version if agreement else 0}
    if agreement:
        for score in agreement.scores.all():
            initial[f"score_{score.criterion_id}"] = score.value
            initial[f"comment_{score.criterion_id}"] = score.reason
    return AgreementForm(
        request.POST if request.method == "POST" else None, entry=entry, initial=initial
    )


def _agreed(request: SignedInRequest, entry: Entry, form: AgreementForm) -> bool:
    try:
        services.agree(
            entry=entry,
            scores=form.scores(),
            version=form.cleaned_data["version"],
            actor=request.user,
        )
    except Incomplete as incomplete:
        for place, sentence in incomplete.problems:
            form.add_error(place, sentence)
    except EditConflict as conflict:
        form.add_error(None, f"{conflict} It is shown above; what you typed is below.")
        fresh = Agreement.objects.get(entry=entry)
        form.data = {**form.data.dict(), "version": str(fresh.version)}  # type: ignore[attr-defined]
    except Refused as refused:
        form.add_error(None, str(refused))
    else:
        messages.success(request, "Written down. Everyone in the meeting sees it.")
        return True
    return False


def _scores(entry: Entry) -> dict[str, Any]:
    """`reviews`, `rows` (a criterion with each judge's score), `agreement`, and `totals`: of the
    reviews and of what is agreed, as they stand side by side."""
    reviews = list(
        Assignment.objects.filter(entry=entry, state=AssignmentState.SUBMITTED)
        .select_related("member")
        .prefetch_related("scores")
        .order_by("member__name", "pk")
    )
    given = [{score.criterion_id: score for score in review.scores.all()} for review in reviews]
    agreement = (
        Agreement.objects.filter(entry=entry)
        .select_related("by")
        .prefetch_related("scores")
        .first()
    )
    agreed = {score.criterion_id: score for score in agreement.scores.all()} if agreement else {}
    rows = [
        {
            **criterion,
            "given": [scores.get(criterion["id"]) for scores in given],
            "agreed": agreed.get(criterion["id"]),
        }
        for criterion in entry.rulebook.content["criteria"]
    ]
    totals = [each.exact for each in [*reviews, agreement] if each is not None]
    return {"reviews": reviews, "rows": rows, "agreement": agreement, "totals": totals}
