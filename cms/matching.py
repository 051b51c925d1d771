"""What a start-up does with matches: says what fits, and looks for partners for what it lacks."""

from django.contrib import messages
from django.core.validators import slug_re
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from challenges.calls.models import Call
from marketplace.access import allow, sign_in_to
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from search.matching import match_partners
from search.models import Side
from search.opinions import give_opinion
from startups.models import Organisation

PARTNERS = 10


def find_organisation(slug: str) -> Organisation:
    return Organisation.objects.get(slug=slug)


def _open_call(reference: str) -> Call:
    """By what a form or an address says, which may be anything at all."""
    if not slug_re.match(reference):
        raise Http404
    calls = Call.objects.open().filter(page__live=True).select_related("page", "region")
    return get_object_or_404(calls, reference=reference)


@sign_in_to("say whether this match is good")
@require_POST
@allow("search.match_organisation", of=find_organisation)
def judge_match(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """“Good match” and “not relevant” on the dashboard."""
    call = _open_call(request.POST.get("call", ""))
    try:
        give_opinion(
            call=call,
            organisation=organisation,
            side=Side.ORGANISATION,
            opinion=request.POST.get("opinion", ""),
            actor=request.user,
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Noted for “{call.title}”. Only your team sees it.")
    return redirect(f"{reverse('dashboard')}?organisation={organisation.slug}#matches")


@require_safe
@allow("search.match_organisation", of=find_organisation)
def partners(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Organisations that can do what a call wants and this one lacks."""
    call = _open_call(request.GET.get("call", ""))
    context = {
        "organisation": organisation,
        "call": call,
        "matches": match_partners(organisation, call, PARTNERS),
    }
    return render(request, "cms/partners.html", context)
