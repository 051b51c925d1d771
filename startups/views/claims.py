"""What an organisation can do: the framework, and its claims on it."""

from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from startups import services
from startups.forms import ClaimForm, FrameworkSearchForm
from startups.models import Capability, Claim, Organisation
from startups.views import find


@require_safe
@allow("startups.edit_organisation", of=find.organisation)
def claims(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    form = FrameworkSearchForm(request.GET if "q" in request.GET else None)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    held = list(organisation.claims.select_related("capability"))
    claimed = {claim.capability_id for claim in held}
    free = [each for each in Capability.objects.matching(words) if each.pk not in claimed]
    groups = [(group, list(each)) for group, each in groupby(free, key=lambda one: one.group)]
    context = {
        "form": form,
        "words": words,
        "organisation": organisation,
        "claims": held,
        "groups": groups,
    }
    return render(request, "startups/claims.html", context)


@allow("startups.edit_claim", of=find.claim)
def claim(request: SignedInRequest, found: Claim) -> HttpResponse:
    initial = {
        "level": found.level,
        "evidence": found.evidence,
        "evidence_url": found.evidence_url,
    }
    form = ClaimForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.claim_capability(
                organisation=found.organisation,
                capability=found.capability,
                actor=request.user,
                **form.cleaned_data,
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{found.capability} is on your profile.")
            return redirect("startups:claims", slug=found.organisation.slug)
    return render(request, "startups/claim.html", {"form": form, "claim": found})


@allow("startups.edit_claim", of=find.standing_claim)
def remove(request: SignedInRequest, found: Claim) -> HttpResponse:
    back = reverse("startups:claims", kwargs={"slug": found.organisation.slug})
    if request.method == "POST":
        services.remove_claim(claim=found, actor=request.user)
        messages.success(request, f"{found.capability} is off your profile.")
        return redirect(back)
    context = {
        "title": f"Remove {found.capability}?",
        "text": "Its level and its evidence go too.",
        "action": "Remove this capability",
        "back": back,
    }
    return render(request, "startups/confirm.html", context)
