"""Checking a receipt: anyone who holds one can learn that it is genuine, and nothing else."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from challenges.pitches.models import Submission
from marketplace.access import public
from marketplace.activity.models import Record
from marketplace.activity.proof.seals import proof_of, seal_of
from marketplace.forms import GovukForm

MOST_A_MINUTE = 30
"""Questions from one address; digests can't be guessed, this only keeps load away."""


class ReceiptForm(GovukForm):
    reference = forms.CharField(
        label="Reference",
        max_length=12,
        error_messages={"required": "Enter the reference that the receipt shows"},
    )
    digest = forms.CharField(
        label="Digest (SHA-256)",
        max_length=80,
        help_text="64 letters and figures.",
        error_messages={"required": "Enter the digest that the receipt shows"},
    )

    def clean_reference(self) -> str:
        return self.cleaned_data["reference"].strip().upper()

    def clean_digest(self) -> str:
        digest = "".join(self.cleaned_data["digest"].split()).lower()
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise forms.ValidationError("A digest has 64 letters from a to f and figures")
        return digest


@require_safe
@public
def receipt(request: HttpRequest) -> HttpResponse:
    """A form, and what is held of the receipt that was entered; `format=json` for programs, and
    `format=proof` for a proof that a published seal covers it."""
    form = ReceiptForm(request.GET if "digest" in request.GET else None)
    is_busy = form.is_bound and not _may_ask(request)
    found = find_submission(**form.cleaned_data) if not is_busy and form.is_valid() else None
    if request.GET.get("format") == "json":
        return _as_json(form, found, is_busy)
    written = record_of(found) if found else None
    if request.GET.get("format") == "proof" and written and (proof := proof_of(written)):
        return _as_file(proof)
    context = {
        "form": form,
        "found": found,
        "seal": seal_of(written) if written else None,
        "is_busy": is_busy,
        "asked": form.is_valid(),
    }
    return render(request, "pitches/receipt.html", context, status=429 if is_busy else 200)


def find_submission(reference: str, digest: str) -> Submission | None:
    """The submitted version that a receipt speaks of, if both of its marks are right."""
    return (
        Submission.objects.filter(entry__pitch__reference=reference, digest=digest)
        .order_by("number")
        .first()
    )


def record_of(submission: Submission) -> Record | None:
    """The record of its arrival, which carries its digest."""
    entry = submission.entry
    found = Record.objects.for_thing(entry).filter(verb="pitches.submitted")
    same = found.filter(detail__digest=submission.digest, detail__version=submission.number)
    return same.select_related("chain").first()


def _as_file(proof: dict[str, Any]) -> JsonResponse:
    response = JsonResponse(proof)
    response["Content-Disposition"] = 'attachment; filename="proof.json"'
    return response


def _as_json(form: ReceiptForm, found: Submission | None, is_busy: bool) -> JsonResponse:
    if is_busy:
        return JsonResponse({"error": "too many questions; ask again in a minute"}, status=429)
    if not form.is_bound or not form.is_valid():
        return JsonResponse({"error": "give reference and digest"}, status=400)
    said: dict[str, Any] = {"genuine": found is not None}
    if found:
        said |= {"received": found.at.isoformat(), "version": found.number}
        if (written := record_of(found)) and (seal := seal_of(written)):
            said["seal"] = seal.number
    return JsonResponse(said)


def _may_ask(request: HttpRequest) -> bool:
    # The adapter counts proxies as sign-in does.
    key = f"receipts:{get_adapter().get_client_ip(request)}"
    cache.add(key, 0, timeout=60)
    try:
        return cache.incr(key) <= MOST_A_MINUTE
    except ValueError:  # it ran out between the two lines
        return True
