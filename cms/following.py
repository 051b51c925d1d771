"""The buttons that begin and end following: a call, an objective, an organisation."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from challenges.calls.models import Call, CallState
from marketplace.access import sign_in_to, signed_in
from marketplace.accounts.requests import SignedInRequest
from marketplace.activity.following import follow, unfollow
from marketplace.activity.models import Follow
from marketplace.regions.models import Objective
from marketplace.ways import own_path
from startups.models import Organisation

FINDERS: dict[str, Callable[[Any], Any]] = {
    "call": lambda person: Call.objects.filter(state__in=(CallState.APPROVED, CallState.CANCELLED)),
    "objective": lambda person: Objective.objects.all(),
    "organisation": lambda person: Organisation.objects.visible_to(person),
}
"""Kind in the address → the things of it that a person may follow."""


@sign_in_to("follow this and hear its news")
@require_POST
@signed_in
def follow_thing(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    """Begin or end following, and go back to where the button stood."""
    if kind not in FINDERS or pk >= 2**63:
        raise Http404
    thing = FINDERS[kind](request.user).filter(pk=pk).first()
    if thing is None:
        raise Http404
    if "stop" in request.POST:
        unfollow(person=request.user, thing=thing)
        messages.success(request, f"You no longer follow {thing}.")
    else:
        follow(person=request.user, thing=thing)
        messages.success(request, f"You follow {thing}, with news once a day.")
    return redirect(own_path(request.POST.get("next", "")) or "activity:following")


def is_followed(request: Any, thing: Model) -> bool:
    """Whether the visitor follows a thing; what they follow is read once a request."""
    if not request.user.is_authenticated:
        return False
    if not hasattr(request, "_follows"):
        rows = Follow.objects.filter(person=request.user).values_list("thing_type", "thing_id")
        request._follows = set(rows)
    return (thing._meta.label_lower, str(thing.pk)) in request._follows
