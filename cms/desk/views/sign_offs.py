"""What waits for a second officer: the list, and one to sign, send back or take back."""

import rules
from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from challenges.calls.matters import matter_of
from challenges.calls.models import SignOff, SignOffState
from challenges.calls.sign_offs import has_changed, send_back, sign, take_back, who_may_sign
from challenges.calls.workflow import SIGN_OFF
from cms.desk.finders import officer_regions
from cms.desk.forms import LONG
from cms.desk.rendering import call_crumbs, desk_page, paged, say_refused
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.forms import CleanTextForm

ROWS = 50


class SignOffFilterForm(CleanTextForm):
    state = forms.ChoiceField(
        choices=[("", "All"), *SignOffState.choices], required=False, label="State"
    )


class AnswerForm(CleanTextForm):
    answer = forms.CharField(
        label="A word to whoever proposed it",
        help_text="Needed to send it back. It is kept in the record.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONG,
        required=False,
    )


def find_sign_off(pk: int) -> SignOff:
    found = SignOff.objects.select_related("call__region", "proposed_by", "answered_by")
    return found.get(pk=pk)


def listed_sign_offs(request: SignedInRequest) -> tuple[SignOffFilterForm, QuerySet]:
    """(filters, rows): what waits, or what the address asks for."""
    form = SignOffFilterForm(request.GET or {"state": SignOffState.PROPOSED})
    form.is_valid()
    rows = SignOff.objects.in_regions(officer_regions(request.user))
    rows = rows.select_related("call", "proposed_by", "answered_by")
    if state := form.cleaned_data.get("state"):
        rows = rows.filter(state=state)
    return form, rows


@allow("accounts.work_at_desk")
def sign_offs(request: SignedInRequest) -> HttpResponse:
    """What two officers do together, in this officer's regions; what waits comes first."""
    form, rows = listed_sign_offs(request)
    context = paged(request, rows, ROWS)
    return desk_page(
        request, "desk/sign_offs.html", title="For a second officer", form=form, **context
    )


@allow("calls.view_sign_off", of=find_sign_off)
@proved_lately("sign what another officer has begun")
def sign_off(request: SignedInRequest, sign_off: SignOff) -> HttpResponse:
    """One of them, with everything that its signer relies on."""
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = _carry_out(request, sign_off, form.cleaned_data["answer"])
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, done)
            return redirect("desk:sign_off", pk=sign_off.pk)
    matter = matter_of(sign_off.matter)
    try:
        thing = matter.find(sign_off.thing_id)
    except ObjectDoesNotExist:
        thing = None
    waits = sign_off.state == SignOffState.PROPOSED
    passes = thing is not None and rules.has_perm(matter.rule, request.user, thing)
    return desk_page(
        request,
        "desk/sign_off.html",
        title=matter.title,
        icon="tick-inverse",
        crumbs=[*call_crumbs(sign_off.call), ("For a second officer", reverse("desk:sign_offs"))],
        sign_off=sign_off,
        matter=matter,
        facts=matter.facts(sign_off, thing) if thing else [],
        path=matter.path(thing) if thing else "",
        is_gone=thing is None,
        has_changed=waits and thing is not None and has_changed(sign_off, thing),
        may_sign=passes and SIGN_OFF.allows("sign", sign_off, request.user),
        may_take_back=SIGN_OFF.allows("take-back", sign_off, request.user),
        is_own=sign_off.proposed_by_id == request.user.pk,
        signers=who_may_sign(sign_off) if waits and thing else [],
        form=form,
    )


def _carry_out(request: SignedInRequest, sign_off: SignOff, answer: str) -> str:
    """Do what the pressed button says; what to tell the person then."""
    if "sign" in request.POST:
        sign(sign_off=sign_off, actor=request.user, comment=answer)
        return matter_of(sign_off.matter).done
    if "take_back" in request.POST:
        take_back(sign_off=sign_off, actor=request.user)
        return "Taken back. Nothing was done."
    send_back(sign_off=sign_off, reason=answer, actor=request.user)
    return "Sent back, with your reason."
