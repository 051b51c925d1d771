"""The link in an invitation: read it signed out, answer it signed in."""

import rules
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from challenges.judging.forms import LeavingForm
from challenges.judging.models import MemberState, PanelMember
from challenges.judging.services import (
    accept_invitation,
    decline_by_link,
    decline_invitation,
    find_invitation,
)
from marketplace.access import public, sign_in_to, to_sign_in
from marketplace.accounts.models import User
from marketplace.errors import Refused


@sign_in_to("answer this invitation")
@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Open to whoever holds the link; only the person it was sent to can answer it."""
    try:
        member = find_invitation(token)
    except PanelMember.DoesNotExist:
        return render(request, "judging/invitation_unknown.html", status=404)
    if member.state == MemberState.ACCEPTED and member.user_id == request.user.pk:
        return redirect("judging:panel", pk=member.pk)
    if member.state != MemberState.INVITED or member.is_expired:
        return _page(request, member, "judging/invitation_closed.html", status=410)
    if not request.user.is_authenticated:
        if request.method == "POST":
            return to_sign_in(request)
        return _page(request, member, "judging/invitation.html")
    if not rules.has_perm("judging.answer_invitation", request.user, member):
        return _page(request, member, "judging/invitation_other.html", status=403)
    if request.method == "POST":
        return _answer(request, member, request.user)
    return _page(request, member, "judging/invitation.html")


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """Say no with the link alone. To open the page changes nothing: scanners of mail open links."""
    try:
        member = find_invitation(token)
    except PanelMember.DoesNotExist:
        return render(request, "judging/invitation_unknown.html", status=404)
    if member.state != MemberState.INVITED or member.is_expired:
        return _page(request, member, "judging/invitation_closed.html", status=410)
    form = LeavingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            decline_by_link(token=token, reason=form.cleaned_data["reason"])
        except (Refused, PanelMember.DoesNotExist):  # answered or sent anew meanwhile
            return redirect("judging:invitation", token=token)
        return _page(request, member, "judging/invitation_declined.html")
    return _page(request, member, "judging/invitation_decline.html", form=form)


def _answer(request: HttpRequest, member: PanelMember, person: User) -> HttpResponse:
    try:
        if request.POST.get("answer") == "accept":
            accept_invitation(member=member, actor=person)
            messages.success(request, "You are on the panel. Declare your interests first.")
            return redirect("judging:declare", pk=member.pk)
        if request.POST.get("answer") == "decline":
            decline_invitation(member=member, actor=person)
            return _page(request, member, "judging/invitation_declined.html")
    except Refused as refusal:
        problems = [("", str(refusal))]
        return _page(request, member, "judging/invitation.html", status=409, problems=problems)
    problems = [("answer", "Choose whether you accept or decline.")]
    return _page(request, member, "judging/invitation.html", problems=problems)


def _page(
    request: HttpRequest,
    member: PanelMember,
    template: str,
    status: int = 200,
    problems: list[tuple[str, str]] | None = None,
    form: LeavingForm | None = None,
) -> HttpResponse:
    stage = member.panel.stage
    context = {
        "member": member,
        "stage": stage,
        "call": stage.call,
        "pitches": stage.entries.in_competition().count(),
        "problems": problems,
        "form": form,
        "token": request.resolver_match.kwargs["token"] if request.resolver_match else "",
    }
    return render(request, template, context, status=status)
