"""Calls that change hands: one at a time, and all that somebody who left has left."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from challenges.calls.models import Call
from challenges.calls.owning import hand_over_call
from cms.desk.call_forms import HandOverForm, LeavingForm
from cms.desk.finders import find_call
from cms.desk.rendering import call_crumbs, desk_page, say_refused, to_call
from cms.desk.services import hand_over_all
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused


@allow("calls.hand_over_call", of=find_call)
def hand_over(request: SignedInRequest, call: Call) -> HttpResponse:
    form = HandOverForm.of_call(request.POST or None, call)
    if form.is_valid():
        try:
            hand_over_call(call=call, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, f"The call is {form.cleaned_data['to']}’s now.")
            return to_call(call)
    return desk_page(
        request,
        "desk/form.html",
        title="Hand the call over",
        icon="user",
        crumbs=call_crumbs(call),
        form=form,
        sentence="Whoever gets it hears of what happens to the call, and of the questions that "
        "wait for an answer. Neither of the two can approve it.",
        button="Hand it over",
        back=reverse("desk:call", kwargs={"pk": call.pk}),
        status=400 if form.errors else 200,
    )


@allow("accounts.work_at_desk")
def leaving(request: SignedInRequest) -> HttpResponse:
    """What belongs to nobody who works here: hand all or some of it over."""
    form = LeavingForm(request.POST or None, person=request.user)
    if form.is_valid():
        try:
            hand_over_all(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, f"Handed over to {form.cleaned_data['to']}.")
            return redirect("desk:leaving")
    return desk_page(
        request,
        "desk/leaving.html",
        title="Calls without an owner who works here",
        icon="user",
        crumbs=[("Calls", reverse("desk:calls"))],
        form=form,
        calls=form.rows("calls"),
        enquiries=form.rows("enquiries"),
        status=400 if form.errors else 200,
    )
