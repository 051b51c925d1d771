"""The directory of people on the desk: keep it, and choose a panel from it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from challenges.calls.models import Stage
from challenges.judging import services as judging
from challenges.judging.choosing import candidates
from challenges.judging.models import MemberRole
from challenges.people import services
from challenges.people.models import Expert
from challenges.people.views import find_expert
from cms.desk.finders import find_stage, officer_regions, whole_number
from cms.desk.people_forms import ExpertForm, PeopleFilterForm, PresentFilterForm
from cms.desk.rendering import conflict_page, desk_page, paged, say_refused, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import EditConflict, Refused

ROWS = 50
MOST_INVITED = 50


def _crumbs() -> list[tuple[str, str]]:
    return [("People", reverse("desk:people"))]


def listed_people(request: SignedInRequest) -> tuple[PeopleFilterForm, QuerySet]:
    """(filters, rows) as the address asks for them."""
    form = PeopleFilterForm(request.GET or None)
    rows = Expert.objects.in_regions(officer_regions(request.user)).for_listing()
    return form, form.narrow(rows)


@allow("accounts.work_at_desk")
def people(request: SignedInRequest) -> HttpResponse:
    form, found = listed_people(request)
    return desk_page(
        request,
        "desk/people.html",
        title="People",
        icon="group",
        form=form,
        today=timezone.localdate(),
        **paged(request, found, ROWS),
    )


@allow("accounts.work_at_desk")
def add(request: SignedInRequest) -> HttpResponse:
    form = ExpertForm(request.POST or None, regions=officer_regions(request.user))
    if form.is_valid():
        try:
            services.add_expert(
                expert=form.save(commit=False),
                expertise=form.cleaned_data["expertise"],
                actor=request.user,
            )
        except Refused as refused:
            form.add_error("email", str(refused))
        else:
            messages.success(request, f"{form.instance.name} is in the directory, and was told.")
            return redirect("desk:people")
    return _edit_page(request, form, title="Add somebody to the directory", button="Add")


@allow("people.keep_entry", of=find_expert)
def change(request: SignedInRequest, expert: Expert) -> HttpResponse:
    form = ExpertForm(request.POST or None, instance=expert, regions=officer_regions(request.user))
    if form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        try:
            services.change_expert(
                expert=expert,
                expertise=values.pop("expertise"),
                values=values,
                actor=request.user,
            )
        except EditConflict as conflict:
            return conflict_page(request, sentence=str(conflict), back=request.path, form=form)
        except Refused as refused:
            form.add_error("email", str(refused))
        else:
            messages.success(request, "Saved.")
            return redirect("desk:people")
    return _edit_page(request, form, title=expert.name, button="Save", expert=expert)


def _edit_page(request: SignedInRequest, form: ExpertForm, **context: Any) -> HttpResponse:
    return desk_page(
        request,
        "desk/person.html",
        icon="user",
        crumbs=_crumbs(),
        form=form,
        back=reverse("desk:people"),
        status=400 if form.errors else 200,
        **context,
    )


@require_POST
@allow("people.keep_entry", of=find_expert)
def leave(request: SignedInRequest, expert: Expert) -> HttpResponse:
    """Out of the directory, or back into it."""
    act = services.leave if expert.left_at is None else services.come_back
    try:
        act(expert=expert, actor=request.user)
    except Refused as refused:
        say_refused(request, refused)
    else:
        said = "has left the directory" if expert.left_at is None else "is in the directory again"
        messages.success(request, f"{expert.name} {said}.")
    return redirect("desk:change_person", pk=expert.pk)


@allow("judging.run_panel", of=find_stage)
def choose(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """People of the directory for one panel: the best fit for the call first."""
    if request.method == "POST":
        return _invite(request, stage)
    form = PresentFilterForm(request.GET or None)
    found = form.narrow(Expert.objects.present().filter(region=stage.call.region).for_listing())
    return desk_page(
        request,
        "desk/choose_people.html",
        title=f"Choose judges: {stage.name}",
        icon="group",
        crumbs=[*stage_crumbs(stage), (f"Panel: {stage.name}", _panel(stage))],
        stage=stage,
        form=form,
        back=_panel(stage),
        roles=MemberRole.choices,
        **paged(request, candidates(stage, list(found)), ROWS),
    )


def _invite(request: SignedInRequest, stage: Stage) -> HttpResponse:
    ticked = [whole_number(each) for each in request.POST.getlist("person")[:MOST_INVITED]]
    chosen = Expert.objects.present().filter(region=stage.call.region, pk__in=ticked)
    role = request.POST.get("role", MemberRole.JUDGE)
    if role not in MemberRole.values:
        role = MemberRole.JUDGE
    invited = 0
    for expert in chosen.prefetch_related("expertise"):
        try:
            judging.invite_from_directory(stage=stage, expert=expert, role=role, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            invited += 1
    if invited:
        people = "1 person" if invited == 1 else f"{invited} people"
        messages.success(request, f"Invited {people}. The links are on their way by mail.")
        return redirect("desk:panel", pk=stage.pk)
    if not ticked:
        messages.error(request, "Tick at least one person.")
    return redirect("desk:choose_people", pk=stage.pk)


def _panel(stage: Stage) -> str:
    return reverse("desk:panel", kwargs={"pk": stage.pk})
