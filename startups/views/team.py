"""Who is on an organisation's team."""

import rules
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.activity.services import refusals_of
from marketplace.errors import Refused
from startups import services
from startups.forms import InvitationForm
from startups.models import Membership, Organisation, TeamInvitation
from startups.views import find


@allow("startups.edit_organisation", of=find.organisation)
def team(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    may_manage = rules.has_perm("startups.manage_team", request.user, organisation)
    if request.method == "POST" and not may_manage:
        raise Http404
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = services.invite_to_team(
                organisation=organisation, actor=request.user, **form.cleaned_data
            )
        except Refused as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, f"We’ve sent an invitation to {invitation.email}.")
            return redirect("startups:team", slug=organisation.slug)
    context = {
        "form": form,
        "organisation": organisation,
        "members": organisation.memberships.select_related("user"),
        "invitations": _with_refusals(organisation),
        "may_manage": may_manage,
    }
    return render(request, "startups/team.html", context)


def _with_refusals(organisation: Organisation) -> list[TeamInvitation]:
    """Invitations that wait, each with `refusal`: why its mail can't arrive, if it can't."""
    invitations = list(organisation.invitations.unused())
    refusals = refusals_of(invitation.email for invitation in invitations)
    for invitation in invitations:
        invitation.refusal = refusals.get(invitation.email.lower(), "")  # type: ignore[attr-defined]
    return invitations


@allow("startups.end_membership", of=find.membership)
def remove_member(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Take somebody off the team, or leave it."""
    leaving = membership.user_id == request.user.pk
    organisation = membership.organisation
    back = reverse("startups:team", kwargs={"slug": organisation.slug})
    if request.method == "POST":
        try:
            services.remove_member(membership=membership, actor=request.user)
        except Refused as error:
            messages.error(request, str(error))
            return redirect(back)
        if leaving:
            messages.success(request, f"You have left {organisation}.")
            return redirect("startups:organisations")
        messages.success(request, f"{membership.user} is off the team.")
        return redirect(back)
    context = {
        "title": f"Leave {organisation}?" if leaving else f"Remove {membership.user}?",
        "text": "Pitches and everything else that was written for the organisation stay with it.",
        "action": "Leave the team" if leaving else "Remove from the team",
        "back": back,
    }
    return render(request, "startups/confirm.html", context)


@allow("startups.manage_membership", of=find.membership)
@proved_lately("make somebody an owner")
def make_owner(request: SignedInRequest, membership: Membership) -> HttpResponse:
    back = reverse("startups:team", kwargs={"slug": membership.organisation.slug})
    if request.method == "POST":
        services.make_owner(membership=membership, actor=request.user)
        messages.success(request, f"{membership.user} is an owner now.")
        return redirect(back)
    context = {
        "title": f"Make {membership.user} an owner?",
        "text": "Owners invite and remove people, other owners included.",
        "action": "Make an owner",
        "back": back,
        "harmless": True,
    }
    return render(request, "startups/confirm.html", context)


@require_POST
@allow("startups.manage_invitation", of=find.invitation)
def resend_invitation(request: SignedInRequest, invitation: TeamInvitation) -> HttpResponse:
    try:
        services.resend_invitation(invitation=invitation, actor=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"We’ve sent a new link to {invitation.email}.")
    return redirect("startups:team", slug=invitation.organisation.slug)


@require_POST
@allow("startups.manage_invitation", of=find.invitation)
def cancel_invitation(request: SignedInRequest, invitation: TeamInvitation) -> HttpResponse:
    services.cancel_invitation(invitation=invitation, actor=request.user)
    messages.success(request, f"The invitation to {invitation.email} is cancelled.")
    return redirect("startups:team", slug=invitation.organisation.slug)
