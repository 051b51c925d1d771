"""The page that the link in an invitation opens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from marketplace.access import public, sign_in_to, to_sign_in
from marketplace.errors import Refused
from startups import services
from startups.models import TeamInvitation
from startups.rules import is_member_of


@sign_in_to("join the team")
@public
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Open to whoever holds the link; only the person it was sent to can use it."""
    try:
        found = services.find_invitation(token)
    except TeamInvitation.DoesNotExist:
        return render(request, "startups/invitation_unknown.html", status=404)
    problem = ""
    if request.method == "POST" and not request.user.is_authenticated:
        return to_sign_in(request)
    if request.method == "POST":
        try:
            services.accept_invitation(invitation=found, actor=request.user)  # type: ignore[arg-type]
        except Refused as error:
            problem = str(error)
        else:
            messages.success(request, f"You are on the team of {found.organisation}.")
            return redirect("startups:team", slug=found.organisation.slug)
    context = {
        "invitation": found,
        "problem": problem,
        "wrong_address": request.user.is_authenticated
        and request.user.email.lower() != found.email,
        "is_member": is_member_of(request.user, found.organisation_id),
        "next": urlencode({"next": request.path}),
    }
    return render(request, "startups/invitation.html", context)
