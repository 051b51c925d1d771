"""Funded projects at the desk: the list, and one to complete, to end, or to put right."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from challenges.awards import rules  # noqa: F401  registers what `allow` asks for
from challenges.awards.corrections import RESUME, propose_resumption
from challenges.awards.models import Award, AwardQuerySet, AwardState
from challenges.awards.services import complete_award, end_award, people_of
from challenges.awards.words import words_of
from challenges.awards.workflow import AWARD
from challenges.calls.models import Call
from challenges.calls.sign_offs import waiting_of
from cms.desk.after_forms import EndProjectForm
from cms.desk.finders import officer_regions
from cms.desk.forms import ReasonForm
from cms.desk.history import history_of
from cms.desk.rendering import Crumb, desk_page, paged, say_refused
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.forms import CleanTextForm
from startups.models import Organisation

ROWS = 50


class ProjectFilterForm(CleanTextForm):
    q = forms.CharField(label="Search", required=False, max_length=100)
    state = forms.ChoiceField(choices=[("", "Any"), *AwardState.choices], required=False)
    call = forms.ModelChoiceField(Call.objects.none(), required=False, empty_label="Any")

    def __init__(self, *args: Any, regions: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calls = Call.objects.filter(region__in=regions, awards__isnull=False).distinct()
        self.fields["call"].queryset = calls.order_by("title")  # type: ignore[attr-defined]

    def narrow(self, awards: AwardQuerySet) -> AwardQuerySet:
        self.is_valid()
        data = self.cleaned_data
        if state := data.get("state"):
            awards = awards.filter(state=state)
        if call := data.get("call"):
            awards = awards.filter(call=call)
        if words := data.get("q"):
            named = Q(organisation__in=Organisation.objects.named_with(words))
            found = Q(title__icontains=words) | named
            awards = awards.filter(found)
        return awards


def listed_projects(request: SignedInRequest) -> tuple[ProjectFilterForm, AwardQuerySet]:
    """(filters, rows) as the address asks for them."""
    regions = officer_regions(request.user)
    form = ProjectFilterForm(request.GET, regions=regions)
    return form, form.narrow(Award.objects.filter(call__region__in=regions).for_listing())


@allow("accounts.work_at_desk")
def projects(request: SignedInRequest) -> HttpResponse:
    form, rows = listed_projects(request)
    context = paged(request, rows, ROWS)
    return desk_page(
        request, "desk/projects.html", title="Funded projects", icon="success", form=form, **context
    )


def find_award(pk: int) -> Award:
    return Award.objects.for_listing().select_related("entry__pitch").get(pk=pk)


def _crumbs(award: Award) -> list[Crumb]:
    return [
        ("Funded projects", reverse("desk:projects")),
        (award.title, reverse("desk:project", kwargs={"pk": award.pk})),
    ]


@allow("awards.manage_award", of=find_award)
def project(request: SignedInRequest, award: Award) -> HttpResponse:
    return desk_page(
        request,
        "desk/project.html",
        title=award.title,
        icon="success",
        crumbs=_crumbs(award)[:1],
        award=award,
        words=words_of(award),
        people=len(people_of(award)),
        may_complete=AWARD.allows("complete", award, request.user),
        may_end=AWARD.allows("end", award, request.user),
        may_resume=AWARD.allows("resume", award, request.user),
        waits=waiting_of(RESUME, award),
        history=history_of(
            award.call.chain, thing_type=award._meta.label_lower, thing_id=str(award.pk)
        ),
    )


@allow("awards.manage_award", of=find_award)
@proved_lately("complete a project")
def complete(request: SignedInRequest, award: Award) -> HttpResponse:
    if request.method == "POST":
        try:
            complete_award(award=award, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Completed. Its team is told, and its public page says so.")
        return redirect("desk:project", pk=award.pk)
    return desk_page(
        request,
        "desk/confirm.html",
        title="Complete the project",
        icon="success",
        crumbs=_crumbs(award),
        sentence=f"“{award.title}” of {award.organisation} is shown as completed, and its team and "
        "its followers are told. Undoing it takes a second officer.",
        button="Complete it",
        back=reverse("desk:project", kwargs={"pk": award.pk}),
    )


@allow("awards.manage_award", of=find_award)
@proved_lately("end a project")
def end(request: SignedInRequest, award: Award) -> HttpResponse:
    return _with_reason(
        request,
        award,
        EndProjectForm(request.POST or None),
        end_award,
        title="End the project early",
        sentence=f"“{award.title}” of {award.organisation} is shown as ended early, with your "
        "reason, and its team and its followers are told. Undoing it takes a second officer.",
        button="End it early",
        done="Ended. Its team is told, and its public page says why.",
    )


@allow("awards.manage_award", of=find_award)
def resume(request: SignedInRequest, award: Award) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = "What was the mistake?"
    form.fields["reason"].help_text = "Its public page says it. A second officer signs."
    return _with_reason(
        request,
        award,
        form,
        propose_resumption,
        title="Put it under way again",
        sentence=f"“{award.title}” is {award.get_state_display().lower()} by mistake.",
        button="Propose it",
        done="Proposed. Another officer signs it.",
    )


def _with_reason(
    request: SignedInRequest,
    award: Award,
    form: forms.Form,
    verb: Any,
    *,
    title: str,
    sentence: str,
    button: str,
    done: str,
) -> HttpResponse:
    back = reverse("desk:project", kwargs={"pk": award.pk})
    if form.is_valid():
        try:
            verb(award=award, actor=request.user, reason=form.cleaned_data["reason"])
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, done)
            return redirect(back)
    return desk_page(
        request,
        "desk/form.html",
        title=title,
        icon="warning",
        crumbs=_crumbs(award),
        form=form,
        sentence=sentence,
        button=button,
        back=back,
        status=400 if form.errors else 200,
    )
