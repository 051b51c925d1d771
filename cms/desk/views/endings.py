"""Ending a call without a decision, and opening a stage again after the service failed."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from challenges.calls.cancelling import MATTER, cancel_call, needs_second_officer, what_ends
from challenges.calls.models import Call, CallState, Stage
from challenges.calls.sign_offs import propose, waiting_of
from challenges.pitches import reopening
from cms.desk.addendum_forms import ExtendForm
from cms.desk.finders import find_call, find_stage
from cms.desk.forms import AT, ReasonForm, before_midnight
from cms.desk.rendering import call_crumbs, desk_page, say_refused, to_call
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Incomplete, Refused
from marketplace.times import on_moment

DAY = timedelta(days=1)


@allow("calls.cancel_call", of=find_call)
@proved_lately("cancel a call")
def cancel(request: SignedInRequest, call: Call) -> HttpResponse:
    """What would end, before it does; with pitches in it, another officer signs."""
    takes_two = needs_second_officer(call)
    if waiting := waiting_of(MATTER, call):
        return redirect("desk:sign_off", pk=waiting.pk)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = "Why is it cancelled?"
    form.fields["reason"].help_text = "Applicants, judges and the public read it word for word."
    if form.is_valid():
        try:
            return _cancel(request, call, form.cleaned_data["reason"], takes_two)
        except Refused as refused:
            say_refused(request, refused)
    return desk_page(
        request,
        "desk/cancel.html",
        title="Cancel the call",
        icon="warning",
        crumbs=call_crumbs(call),
        call=call,
        form=form,
        rows=what_ends(call),
        was_public=call.state == CallState.APPROVED,
        takes_two=takes_two,
        button="Ask a second officer to sign" if takes_two else "Cancel the call for good",
        back=reverse("desk:call", kwargs={"pk": call.pk}),
        status=400 if form.errors else 200,
    )


def _cancel(request: SignedInRequest, call: Call, reason: str, takes_two: bool) -> HttpResponse:
    if takes_two:
        sign_off = propose(matter=MATTER, thing=call, reason=reason, actor=request.user)
        messages.success(request, "Proposed. Nothing has happened yet: another officer signs.")
        return redirect("desk:sign_off", pk=sign_off.pk)
    cancel_call(call=call, actor=request.user, reason=reason)
    messages.success(request, "The call is cancelled.")
    return to_call(call)


class ReopenForm(ExtendForm):
    """When the service failed, and the new dates for everyone."""

    failed_from = forms.DateTimeField(label="The service failed from", widget=AT)
    failed_until = forms.DateTimeField(label="It worked again from", widget=AT)
    field_order = ["failed_from", "failed_until", *ExtendForm.field_order]


@allow("calls.propose_addendum", of=find_stage)
@proved_lately("open a stage again")
def reopen(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Open a closed stage again for everyone, while nobody has read a submission."""
    if waiting := waiting_of(reopening.MATTER, stage):
        return redirect("desk:sign_off", pk=waiting.pk)
    form = ReopenForm(request.POST or None, initial=_new_dates(stage))
    form.fields["closes_at"].label = "Closes anew"
    form.fields["reason"].label = "What failed? Applicants will read it"
    if form.is_valid():
        try:
            sign_off = reopening.propose_reopening(
                stage=stage, actor=request.user, **form.cleaned_data
            )
        except Incomplete as incomplete:
            for place, sentence in incomplete.problems:
                form.add_error(place if place in form.fields else None, sentence)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Proposed. Nothing has happened yet: another officer signs.")
            return redirect("desk:sign_off", pk=sign_off.pk)
    return desk_page(
        request,
        "desk/reopen.html",
        title=f"Open “{stage.name}” again",
        icon="time",
        crumbs=call_crumbs(stage.call),
        stage=stage,
        form=form,
        why_not=reopening.why_not(stage),
        sentence=(
            "For a failure of this service that kept people from submitting. The new deadline is "
            f"the same for everyone. The stage closed {on_moment(stage.closes_at)}."
        ),
        button="Ask a second officer to sign",
        back=reverse("desk:call", kwargs={"pk": stage.call_id}),
        status=400 if form.errors else 200,
    )


def _new_dates(stage: Stage) -> dict[str, Any]:
    """A day from now, at the hour that was promised; the panel and the decision as much later."""
    now = timezone.localtime()
    hour = timezone.localtime(stage.closes_at)
    closes_at = (now + DAY).replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    later = timedelta(days=(closes_at.date() - hour.date()).days)
    return {
        "failed_until": min(now, hour).replace(second=0, microsecond=0),
        "closes_at": before_midnight(closes_at),
        "scores_due_at": before_midnight(timezone.localtime(stage.scores_due_at) + later),
        "decision_on": stage.decision_on + later,
    }
