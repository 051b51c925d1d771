"""The directory that everybody may read, and one's own entry in it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from challenges.people import services
from challenges.people.forms import OwnEntryForm, PeopleFilterForm
from challenges.people.models import Expert
from marketplace.access import allow, public, signed_in
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused

PER_PAGE = 24


def find_expert(pk: int) -> Expert:
    return Expert.objects.select_related("region").get(pk=pk)


@public
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    form = PeopleFilterForm(request.GET or {})
    found = form.narrow(Expert.objects.public().for_listing())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "people/people.html", {"form": form, "page": page})


@public
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        found = get_object_or_404(Expert.objects.public().for_listing(), pk=pk)
    except OverflowError:  # a number that no database can hold
        found = get_object_or_404(Expert.objects.none(), pk=0)
    return render(request, "people/person.html", {"expert": found})


@signed_in
@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    """A person's entries; there may be one in each region."""
    entries = list(Expert.objects.own(request.user).for_listing())
    if len(entries) == 1:
        return redirect("people:change", pk=entries[0].pk)
    return render(request, "people/own.html", {"entries": entries})


@allow("people.change_own", of=find_expert)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedInRequest, expert: Expert) -> HttpResponse:
    form = OwnEntryForm(request.POST if request.method == "POST" else None, instance=expert)
    problems = None
    if form.is_valid():
        values = dict(form.cleaned_data)
        try:
            services.change_expert(
                expert=expert,
                expertise=values.pop("expertise"),
                values=values,
                actor=request.user,
            )
        except Refused as refusal:
            problems = [("", str(refusal))]
        else:
            messages.success(request, "Saved. It stands in the directory.")
            return redirect("people:change", pk=expert.pk)
    status = 409 if problems else 422 if form.errors else 200
    context = {"expert": expert, "form": form, "problems": problems}
    return render(request, "people/change.html", context, status=status)


@allow("people.change_own", of=find_expert)
@require_POST
def leave(request: SignedInRequest, expert: Expert) -> HttpResponse:
    services.leave(expert=expert, actor=request.user)
    messages.success(
        request, "You have left the directory. Panels that you are on stay as they are."
    )
    return redirect("people:own")
