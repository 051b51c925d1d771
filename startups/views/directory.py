"""The public list of organisations and their profiles."""

import rules
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from marketplace.access import public
from startups.forms import OrganisationFilterForm
from startups.models import Organisation

PER_PAGE = 24


@public
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    form = OrganisationFilterForm(request.GET or {})
    found = form.narrow(Organisation.objects.public().for_listing())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "startups/organisations.html", {"form": form, "page": page})


@public
@require_safe
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    visible = Organisation.objects.visible_to(request.user).select_related("place")
    found = get_object_or_404(visible, slug=slug)
    context = {
        "organisation": found,
        "claims": found.claims.select_related("capability"),
        "may_edit": rules.has_perm("startups.edit_organisation", request.user, found),
    }
    return render(request, "startups/organisation.html", context)
