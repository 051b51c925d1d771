"""A team's page after the release: more feedback, an appeal, a complaint, and what came of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from challenges.judging import rules  # noqa: F401  registers what `allow` asks for
from challenges.judging.forms import AppealForm
from challenges.judging.letters import letter_pdf
from challenges.judging.models import Appeal
from challenges.judging.services.appeals import (
    file_appeal,
    may_come_back_until,
    withdraw_appeal,
)
from challenges.pitches.models import Entry
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.spreadsheets import download


def find_decided(reference: str) -> Entry:
    """The entry of a pitch in the latest stage whose decisions are released."""
    return (
        Entry.objects.filter(pitch__reference=reference, decision__released_at__isnull=False)
        .select_related("decision", "stage__call__region", "pitch__organisation", "rulebook")
        .order_by("-stage__order")[:1]
        .get()
    )


def find_appeal(pk: int) -> Appeal:
    return Appeal.objects.select_related(
        "entry__stage__call__region", "entry__pitch__organisation", "entry__decision"
    ).get(pk=pk)


@allow("pitches.view_entry", of=find_decided)
@require_safe
def letter(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """The released result as a PDF to keep."""
    name = f"result-{entry.pitch.reference}.pdf"
    return download(letter_pdf(entry), "application/pdf", name)


@allow("judging.file_appeal", of=find_decided)
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: SignedInRequest, entry: Entry) -> HttpResponse:
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            file_appeal(entry=entry, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Received. You hear by the day that is shown here.")
            return redirect("judging:appeal", reference=entry.pitch.reference)
    appeals = list(entry.appeals.order_by("-filed_at"))
    until = may_come_back_until(entry)
    context = {
        "entry": entry,
        "form": form,
        "appeals": appeals,
        "until": until,
        "can_file": timezone.localdate() <= until and not any(a.state == "open" for a in appeals),
    }
    return render(request, "judging/appeal.html", context, status=400 if form.errors else 200)


@require_POST
@allow("judging.withdraw_appeal", of=find_appeal)
def withdraw(request: SignedInRequest, appeal: Appeal) -> HttpResponse:
    try:
        withdraw_appeal(appeal=appeal, actor=request.user)
        messages.success(request, "Withdrawn.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("judging:appeal", reference=appeal.entry.pitch.reference)
