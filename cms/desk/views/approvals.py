"""A call's road to the public: sent for approval, read whole, approved, returned."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from challenges.calls.models import Call, CallState
from challenges.calls.services import propose_call, return_call
from cms.desk.finders import find_call, whole_number
from cms.desk.forms import ReasonForm
from cms.desk.proposals import whole_call
from cms.desk.rendering import call_crumbs, desk_page, say_refused, to_call
from cms.services import approve_and_publish
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Incomplete, Refused


@allow("calls.propose_call", of=find_call)
def propose(request: SignedInRequest, call: Call) -> HttpResponse:
    if request.method == "POST":
        try:
            propose_call(call=call, actor=request.user, comment=request.POST.get("comment", ""))
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Sent for approval. Another officer approves it.")
    return to_call(call)


@allow("calls.view_call_at_desk", of=find_call)
def proposal(request: SignedInRequest, call: Call) -> HttpResponse:
    """Everything that approval seals, to be read: before it, while it waits, and ever after."""
    return _whole(request, call, may_approve=False)


@allow("calls.approve_call", of=find_call)
@proved_lately("approve a call")
def approve(request: SignedInRequest, call: Call) -> HttpResponse:
    """Everything that will be sealed on one page, then the confirmation."""
    if request.method != "POST" and call.state != CallState.PROPOSED:
        return to_call(call)
    if request.method != "POST":
        return _whole(request, call, may_approve=True)
    try:
        approve_and_publish(
            call=call,
            actor=request.user,
            reasons=_reasons(request),
            comment=request.POST.get("comment", ""),
            proposal=whole_number(request.POST.get("proposal"), default=NONE_READ),
            digest=request.POST.get("digest", ""),
        )
    except Refused as refused:
        if call.state != CallState.PROPOSED:
            say_refused(request, refused)
            return to_call(call)
        return _whole(request, call, may_approve=True, refused=refused)
    messages.success(request, "Approved, and its page is public.")
    return to_call(call)


REASON = "reason:"
NONE_READ = -1
"""A form that doesn’t say which sending was read counts as one in which none was."""


def _reasons(request: SignedInRequest) -> dict[str, str]:
    """What was typed, by the key of the finding that it is for."""
    return {
        name.removeprefix(REASON): text[:5000]
        for name, text in request.POST.items()
        if name.startswith(REASON)
    }


def _whole(
    request: SignedInRequest, call: Call, *, may_approve: bool, refused: Refused | None = None
) -> HttpResponse:
    problems = refused.problems if isinstance(refused, Incomplete) else []
    return desk_page(
        request,
        "desk/approve.html",
        title="Read and approve" if may_approve else "What is sealed",
        icon="check" if may_approve else "view",
        crumbs=call_crumbs(call),
        call=call,
        may_approve=may_approve,
        refused=refused,
        status=400 if refused else 200,
        **whole_call(call, given=_reasons(request), problems=dict(problems)),
        comment=request.POST.get("comment", ""),
    )


@allow("calls.return_call", of=find_call)
def send_back(request: SignedInRequest, call: Call) -> HttpResponse:
    """An approver sends it back; whoever sent it takes it back."""
    if call.proposed_by_id == request.user.pk:
        return _with_reason(
            request,
            call,
            return_call,
            title="Take the call back",
            sentence="It becomes a draft again, and nobody approves it until you send it again. "
            "Who could approve it is told, with your reason.",
            label="Why do you take it back?",
            button="Take it back",
            done="Taken back. It is a draft again.",
        )
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
