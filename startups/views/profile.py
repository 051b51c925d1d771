"""Register an organisation and change its profile."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from marketplace.access import allow, signed_in
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import EditConflict, Refused
from marketplace.ways import own_path
from startups import services
from startups.forms import OrganisationForm, VersionedOrganisationForm, initial_of
from startups.models import Organisation
from startups.views import find


@signed_in
def register(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST" and request.POST.get("join"):
        return _ask_to_join(request)
    form = OrganisationForm(request.POST or None, is_another="another" in request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_organisation(
                actor=request.user, is_another=form.is_another, **form.fields_to_save
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            if way_back := _way_back(request):
                messages.success(request, f"{made.name} is registered. Go on where you were.")
                return redirect(way_back)
            messages.success(request, f"{made.name} is registered. Now say what it can do.")
            return redirect("startups:claims", slug=made.slug)
    return render(request, "startups/register.html", {"form": form})


def _ask_to_join(request: SignedInRequest) -> HttpResponse:
    """Somebody has found their organisation among those with nearly its name."""
    found = get_object_or_404(Organisation, slug=request.POST["join"])
    try:
        services.ask_to_join(organisation=found, actor=request.user)
        messages.success(request, f"The owners of {found.name} are asked to invite you.")
    except Refused as error:
        messages.error(request, str(error))
    return redirect(_way_back(request) or "/")


def _way_back(request: SignedInRequest) -> str:
    """The page of this site that sent somebody here to register first, if one did."""
    return own_path(request.GET.get("next", ""))


@allow("startups.edit_organisation", of=find.organisation)
def edit(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    if request.method != "POST":
        form = VersionedOrganisationForm(
            organisation=organisation,
            initial={**initial_of(organisation), "version": organisation.version},
        )
        return _edit_page(request, organisation, form)
    form = VersionedOrganisationForm(request.POST, organisation=organisation)
    if not form.is_valid():
        return _edit_page(request, organisation, form)
    fields = form.fields_to_save
    try:
        services.update_organisation(
            organisation=organisation, version=fields.pop("version"), actor=request.user, **fields
        )
    except EditConflict as error:
        return _conflict_page(request, organisation, str(error))
    except Refused as error:
        form.add_error(None, str(error))
        return _edit_page(request, organisation, form)
    messages.success(request, "Your profile is saved.")
    return redirect(organisation)


def _conflict_page(request: SignedInRequest, organisation: Organisation, said: str) -> HttpResponse:
    """The form with this person's text, theirs beside it; saving again overwrites theirs."""
    theirs = find.organisation(organisation.slug)
    typed = request.POST.copy()
    typed["version"] = str(theirs.version)
    form = VersionedOrganisationForm(typed, organisation=theirs)
    return _edit_page(
        request, theirs, form, conflict=said, differences=_differences(form, theirs), status=409
    )


def _differences(form: OrganisationForm, theirs: Organisation) -> list[tuple[str, str, str]]:
    """(label, what stands now, what this person typed) of each field that differs."""
    shown = OrganisationForm(organisation=theirs)
    pairs = ((shown[name], form[name]) for name in shown.fields)
    return [
        (str(a.label), _in_words(a, a.initial), _in_words(b, b.data))
        for a, b in pairs
        if _in_words(a, a.initial) != _in_words(b, b.data)
    ]


def _in_words(field: Any, value: Any) -> str:
    """A value as the form shows it: the names of choices, not their ids."""
    if not hasattr(field.field, "choices"):
        return str(value or "").replace("\r\n", "\n").strip()
    chosen = {str(each) for each in (value if isinstance(value, list) else [value])}
    labels = []
    for key, label in field.field.choices:
        inside = label if isinstance(label, (list, tuple)) else [(key, label)]
        labels += [str(text) for each, text in inside if each and str(each) in chosen]
    return ", ".join(labels)


def _edit_page(
    request: SignedInRequest,
    organisation: Organisation,
    form: OrganisationForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"form": form, "organisation": organisation, **more}
    return render(request, "startups/edit.html", context, status=status)
