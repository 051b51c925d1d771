"""Questions to answer: the oldest first, each once for all."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from challenges.calls import enquiries as verbs
from challenges.calls.enquiry_views import find_enquiry
from challenges.calls.legal.working_days import working_days_between
from challenges.calls.models import Enquiry, EnquiryState
from challenges.calls.owning import officers_of
from challenges.calls.workflow import ENQUIRY
from cms.desk.finders import officer_regions
from cms.desk.forms import LONG
from cms.desk.rendering import desk_page, paged
from marketplace.access import allow
from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.forms import CleanTextForm

ROWS = 50


class EnquiryFilterForm(CleanTextForm):
    state = forms.ChoiceField(
        choices=[("", "All"), *EnquiryState.choices], required=False, label="State"
    )
    mine = forms.BooleanField(label="Mine only", required=False)


class AnswerForm(CleanTextForm):
    question = forms.CharField(
        label="The question, as everyone reads it",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONG,
        help_text="Take out what could tell who asked.",
    )
    text = forms.CharField(
        label="Answer", widget=forms.Textarea(attrs={"rows": 6}), max_length=LONG
    )
    is_public = forms.BooleanField(
        label="Answer everyone", required=False, help_text="If not ticked, only whoever asked."
    )
    alike = forms.ModelMultipleChoiceField(
        Enquiry.objects.none(),
        label="Others that ask the same",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Whoever asked those you tick gets this answer too.",
    )

    def __init__(self, *args: Any, alike: list[Enquiry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not alike:
            del self.fields["alike"]
            return
        choices: Any = self.fields["alike"]
        choices.queryset = Enquiry.objects.filter(pk__in=[each.pk for each in alike])
        choices.label_from_instance = lambda each: each.typed


class OwnerForm(CleanTextForm):
    owner = forms.ModelChoiceField(User.objects.none(), label="Give it to", empty_label=None)


def listed_enquiries(request: SignedInRequest) -> tuple[EnquiryFilterForm, QuerySet]:
    """(filters, rows) as the address asks for them."""
    form = EnquiryFilterForm(request.GET or {"state": EnquiryState.WAITING})
    form.is_valid()
    rows = Enquiry.objects.in_regions(officer_regions(request.user)).select_related("call", "owner")
    if state := form.cleaned_data.get("state"):
        rows = rows.filter(state=state)
    if form.cleaned_data.get("mine"):
        rows = rows.filter(owner=request.user)
    return form, rows.order_by("due_on", "pk")


@allow("accounts.work_at_desk")
def enquiries(request: SignedInRequest) -> HttpResponse:
    form, rows = listed_enquiries(request)
    context = paged(request, rows, ROWS)
    today = timezone.localdate()
    for each in context["page_obj"]:
        each.waited = working_days_between(timezone.localdate(each.asked_at), today)
        each.late = each.is_late(today)
    return desk_page(
        request,
        "desk/enquiries.html",
        title="Questions",
        icon="help",
        form=form,
        **context,
    )


@allow("calls.answer", of=find_enquiry)
def enquiry(request: SignedInRequest, enquiry: Enquiry) -> HttpResponse:
    acts = {"answer": _answer, "decline": _decline, "hand": _hand_over}
    act = next((act for name, act in acts.items() if name in request.POST), None)
    initial = {
        "question": enquiry.question,
        "text": enquiry.answer,
        "is_public": enquiry.call_id is not None,
    }
    form = AnswerForm(
        request.POST if "answer" in request.POST else None,
        initial=initial,
        alike=verbs.like_it(enquiry),
    )
    officers = officers_of(enquiry.region_id)
    owner_form = OwnerForm(
        request.POST if "hand" in request.POST else None, initial={"owner": enquiry.owner_id}
    )
    owner_form.fields["owner"].queryset = officers  # type: ignore[attr-defined]
    if act:
        try:
            if done := act(request, enquiry, form, owner_form):
                messages.success(request, done)
                return redirect("desk:enquiries")
        except Refused as refused:
            messages.error(request, str(refused))
    return desk_page(
        request,
        "desk/enquiry.html",
        title="A question",
        icon="help",
        crumbs=[("Questions", reverse("desk:enquiries"))],
        enquiry=enquiry,
        form=form,
        owner_form=owner_form,
        may_answer=ENQUIRY.allows("answer", enquiry, request.user),
        may_decline=ENQUIRY.allows("decline", enquiry, request.user),
        status=400 if form.errors or owner_form.errors else 200,
    )


def _answer(
    request: SignedInRequest, enquiry: Enquiry, form: AnswerForm, owner_form: OwnerForm
) -> str:
    if not form.is_valid():
        return ""
    alike = form.cleaned_data.pop("alike", [])
    answered = verbs.answer(enquiry=enquiry, actor=request.user, **form.cleaned_data)
    verbs.answer_alike(answered=answered, alike=alike, actor=request.user)
    return "Answered, and everyone concerned is told."


def _decline(
    request: SignedInRequest, enquiry: Enquiry, form: AnswerForm, owner_form: OwnerForm
) -> str:
    verbs.decline(enquiry=enquiry, reason=request.POST.get("reason", ""), actor=request.user)
    return "Whoever asked is told why it is not answered."


def _hand_over(
    request: SignedInRequest, enquiry: Enquiry, form: AnswerForm, owner_form: OwnerForm
) -> str:
    if not owner_form.is_valid():
        return ""
    owner = owner_form.cleaned_data["owner"]
    verbs.hand_over(enquiry=enquiry, owner=owner, actor=request.user)
    return f"{owner} answers it now."
