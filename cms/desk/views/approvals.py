"""A call's road to the public: sent for approval, approved, returned."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from challenges.calls.models import Call
from challenges.calls.services import propose_call, return_call
from cms.desk.finders import find_call
from cms.desk.forms import ReasonForm
from cms.desk.rendering import call_crumbs, desk_page, say_refused, to_call
from cms.services import approve_and_publish
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused


@allow("calls.propose_call", of=find_call)
def propose(request: SignedInRequest, call: Call) -> HttpResponse:
    return _act(request, call, propose_call, "Sent for approval. Another officer approves it.")


@allow("calls.approve_call", of=find_call)
def approve(request: SignedInRequest, call: Call) -> HttpResponse:
    return _act(request, call, approve_and_publish, "Approved, and its page is public.")


def _act(request: SignedInRequest, call: Call, verb: Callable[..., Any], done: str) -> HttpResponse:
    if request.method == "POST":
        try:
            verb(call=call, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, done)
    return to_call(call)


@allow("calls.return_call", of=find_call)
def send_back(request: SignedInRequest, call: Call) -> HttpResponse:
    return _with_reason(
        request,
        call,
        return_call,
        title="Send the call back",
        sentence="It becomes a draft again. Whoever sent it reads your reason.",
        label="What needs to change?",
        button="Send it back",
        done="Sent back.",
    )


def _with_reason(
    request: SignedInRequest,
    call: Call,
    verb: Callable[..., Any],
    *,
    title: str,
    sentence: str,
    label: str,
    button: str,
    done: str,
    icon: str = "clipboard-list",
) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = label
    if form.is_valid():
        try:
            verb(call=call, actor=request.user, reason=form.cleaned_data["reason"])
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, done)
            return to_call(call)
    return desk_page(
        request,
        "desk/form.html",
        title=title,
        icon=icon,
        crumbs=call_crumbs(call),
        form=form,
        sentence=sentence,
        button=button,
        back=reverse("desk:call", kwargs={"pk": call.pk}),
        status=400 if form.errors else 200,
    )
