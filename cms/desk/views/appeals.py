"""What teams come back with after a release: the list, and one to answer."""

import rules
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from challenges.judging.models import Appeal, AppealKind, AppealState
from challenges.judging.services.appeals import EVENTS, answer_appeal
from challenges.judging.views.appeals import find_appeal
from challenges.judging.workflow import APPEAL
from cms.desk.finders import officer_regions
from cms.desk.forms import LONG
from cms.desk.rendering import desk_page, paged
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.forms import CleanTextForm

ROWS = 50
OUTCOMES = {
    "uphold": "Uphold it",
    "uphold-in-part": "Uphold it in part",
    "reject": "Don’t uphold it",
    "answer": "Answer it",
}


class AppealFilterForm(CleanTextForm):
    state = forms.ChoiceField(
        choices=[("", "All"), *AppealState.choices], required=False, label="State"
    )


class AnswerAppealForm(CleanTextForm):
    event = forms.ChoiceField(label="Outcome", widget=forms.RadioSelect)
    answer = forms.CharField(
        label="The answer, with reasons",
        help_text="The team reads it word for word.",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=LONG,
    )

    def __init__(self, *args: object, kind: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        events = EVENTS[AppealKind(kind)]
        self.fields["event"].choices = [(event, OUTCOMES[event]) for event in events]  # type: ignore[attr-defined]
        if len(events) == 1:
            self.fields["event"].initial = events[0]


def listed_appeals(request: SignedInRequest) -> tuple[AppealFilterForm, QuerySet]:
    """(filters, rows): what waits for an answer, and what was upheld, until something came of it;
    or what the address asks for."""
    form = AppealFilterForm(request.GET or {"state": AppealState.OPEN})
    form.is_valid()
    rows = Appeal.objects.in_regions(officer_regions(request.user)).select_related(
        "entry__pitch__organisation", "entry__stage__call", "reviewer"
    )
    state = form.cleaned_data.get("state")
    if state == AppealState.OPEN:
        rows = rows.open() | rows.to_carry_out()
    elif state:
        rows = rows.filter(state=state)
    return form, rows.order_by("due_on", "pk")


@allow("accounts.work_at_desk")
def appeals(request: SignedInRequest) -> HttpResponse:
    form, rows = listed_appeals(request)
    context = paged(request, rows, ROWS)
    return desk_page(
        request, "desk/appeals.html", title="Appeals", icon="warning", form=form, **context
    )


@allow("judging.see_appeal", of=find_appeal)
def appeal(request: SignedInRequest, appeal: Appeal) -> HttpResponse:
    form = AnswerAppealForm(request.POST or None, kind=appeal.kind)
    if form.is_valid():
        try:
            answer_appeal(appeal=appeal, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "Answered, and the team is told.")
            appeal.refresh_from_db()
            if appeal.is_to_carry_out:
                return redirect("desk:appeal", pk=appeal.pk)
            return redirect("desk:appeals")
    return desk_page(
        request,
        "desk/appeal.html",
        title=str(appeal),
        icon="warning",
        crumbs=[("Appeals", reverse("desk:appeals"))],
        appeal=appeal,
        decision=appeal.entry.decision,
        form=form,
        may_carry_out=rules.has_perm("judging.carry_out_appeal", request.user, appeal),
        may_answer=any(
            APPEAL.allows(event, appeal, request.user) for event in EVENTS[AppealKind(appeal.kind)]
        ),
        status=400 if form.errors else 200,
    )
