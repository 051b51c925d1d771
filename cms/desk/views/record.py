"""The record at the desk: whether it holds, who keeps its seals, and a copy for auditors."""

import rules
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from cms.desk.finders import officer_regions
from cms.desk.record_forms import SealAddressForm
from cms.desk.rendering import desk_page, say_refused
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.activity.models import SealAddress, SignedSeal
from marketplace.activity.proof import addresses, checking, guards
from marketplace.activity.proof.reading import record_lines
from marketplace.activity.record_views import as_lines
from marketplace.activity.services import record as write
from marketplace.activity.services import refusals_of
from marketplace.errors import Refused


@allow("desk.view_record")
def record(request: SignedInRequest) -> HttpResponse:
    regions = officer_regions(request.user)
    form = SealAddressForm(request.POST or None, regions=regions) if regions else None
    if form and form.is_valid() and _added(request, form):
        return redirect("desk:record")
    rows = list(SealAddress.objects.filter(region_id__in=regions).select_related("region"))
    unreached = refusals_of(row.email for row in rows)
    return desk_page(
        request,
        "desk/record.html",
        title="The record and its seals",
        icon="lock",
        form=form,
        status=400 if form and form.errors else 200,
        state=checking.state(),
        seal=SignedSeal.objects.first(),
        weaknesses=guards.weaknesses(),
        may_take=rules.has_perm("desk.take_record", request.user),
        addresses=[(row, unreached.get(row.email.lower(), "")) for row in rows],
    )


def _added(request: SignedInRequest, form: SealAddressForm) -> bool:
    try:
        row = addresses.add_address(**form.cleaned_data, actor=request.user)
    except Refused as refused:
        form.add_error("email", str(refused))
        return False
    messages.success(request, f"{row.email} was asked. Seals go there once it says yes.")
    return True


def find_seal_address(pk: int) -> SealAddress:
    return SealAddress.objects.select_related("region").get(pk=pk)


@require_POST
@allow("desk.keep_seal_address", of=find_seal_address)
def seal_address(request: SignedInRequest, address: SealAddress) -> HttpResponse:
    """Ask it again, or remove it."""
    try:
        if "remove" in request.POST:
            addresses.remove_address(address, actor=request.user)
            messages.success(request, f"{address.email} gets no more seals.")
        elif "again" in request.POST:
            addresses.ask_again(address, actor=request.user)
            messages.success(request, f"{address.email} was asked again.")
    except Refused as refused:
        say_refused(request, refused)
    return redirect("desk:record")


@require_safe
@allow("desk.take_record")
def take_record(request: SignedInRequest) -> HttpResponse:
    """The whole record as JSON lines, streamed; that somebody took it is recorded first."""
    person = request.user
    write("desk.record_taken", person, chain=f"exports:{person.pk}", actor=person)
    return as_lines(record_lines(), "record.jsonl")
