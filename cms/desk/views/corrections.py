"""After the release: correct a decision, record that a place is declined, close an appeal."""

from typing import Any

import rules
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from challenges.awards.corrections import CORRECT, propose_correction
from challenges.awards.declining import turn_down
from challenges.calls.sign_offs import waiting_of
from challenges.judging import rules as judging_rules  # noqa: F401  registers what `allow` asks for
from challenges.judging.correcting import Version
from challenges.judging.decisions import next_stage
from challenges.judging.models import Appeal
from challenges.judging.services.appeals import carry_out_appeal
from challenges.judging.views.appeals import find_appeal
from challenges.pitches.models import WON, Entry
from challenges.pitches.workflow import DECIDED
from cms.desk.after_forms import CameOfItForm, CorrectionForm
from cms.desk.finders import find_entry, whole_number
from cms.desk.rendering import Crumb, desk_page, say_refused, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused


def find_released(pk: int) -> Entry:
    entry = find_entry(pk)
    if entry.decision.released_at is None:
        raise Entry.DoesNotExist
    return entry


def pitch_crumbs(entry: Entry) -> list[Crumb]:
    return [
        *stage_crumbs(entry.stage),
        (str(entry.pitch), reverse("desk:pitch", kwargs={"pk": entry.pk})),
    ]


@allow("judging.correct", of=find_released)
@proved_lately("correct a decision")
def correct(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """What the decision should say instead; a second officer signs it."""
    appeal = _appeal(request, entry)
    form = CorrectionForm(
        request.POST or None,
        stage=entry.stage,
        has_next=next_stage(entry.stage) is not None,
        initial={**CorrectionForm.values_of(entry.decision), "why": _why(appeal)},
    )
    if form.is_valid():
        try:
            sign_off = propose_correction(entry=entry, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Proposed. Nothing changes before another officer signs it.")
            return redirect("desk:sign_off", pk=sign_off.pk)
    return desk_page(
        request,
        "desk/correct.html",
        title=f"Correct the decision: {entry.pitch}",
        icon="edit",
        crumbs=pitch_crumbs(entry),
        entry=entry,
        now=Version.of(entry.decision),
        appeal=appeal,
        waits=waiting_of(CORRECT, entry),
        corrections=entry.corrections.select_related("proposed_by", "made_by"),
        form=form,
        sentence="A second officer signs it. Then the team gets a new letter, and what hangs on "
        "the decision follows.",
        button="Propose the correction",
        back=reverse("desk:pitch", kwargs={"pk": entry.pk}),
        status=400 if form.errors else 200,
    )


def _appeal(request: SignedInRequest, entry: Entry) -> Appeal | None:
    pk = whole_number(request.GET.get("appeal"))
    return Appeal.objects.filter(entry=entry, pk=pk).to_carry_out().first()


def _why(appeal: Appeal | None) -> str:
    if appeal is None:
        return ""
    kind = appeal.get_kind_display().partition(":")[0].lower()
    in_part = " in part" if appeal.state == "partly" else ""
    return (
        f"{kind.capitalize()} of {appeal.filed_at:%-d %B %Y} was upheld{in_part}. {appeal.answer}"
    )


@allow("pitches.view_entry_at_desk", of=find_released)
def declined(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """Record that a team gave up its place, when it told an officer and not the service."""
    back = reverse("desk:pitch", kwargs={"pk": entry.pk})
    if entry.state not in WON:
        messages.error(request, "This pitch holds no place that could be declined.")
        return redirect(back)
    if request.method == "POST":
        try:
            turn_down(entry=entry, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Recorded. The team is told, and the place is free.")
            return redirect("desk:reserve", pk=entry.stage_id)
    return desk_page(
        request,
        "desk/confirm.html",
        title="Record that the place is declined",
        icon="warning",
        crumbs=pitch_crumbs(entry),
        sentence=f"Only if {entry.pitch.organisation} told you so. “{entry.pitch}” gives up its "
        "place, its team is told, and the place is free for the reserve list. Giving it back takes "
        "a correction, which two officers sign.",
        button="Record it",
        back=back,
    )


@allow("judging.carry_out_appeal", of=find_appeal)
@proved_lately("record what was done about an appeal")
def carry_out(request: SignedInRequest, appeal: Appeal) -> HttpResponse:
    """Say what came of an upheld appeal that needs no other outcome."""
    form = CameOfItForm(request.POST or None)
    back = reverse("desk:appeal", kwargs={"pk": appeal.pk})
    if not appeal.is_to_carry_out:
        messages.error(request, "Nothing is to be done about this one any more.")
        return redirect(back)
    if form.is_valid():
        try:
            carry_out_appeal(appeal=appeal, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Closed, and the team is told.")
            return redirect("desk:appeals")
    return desk_page(
        request,
        "desk/form.html",
        title="Close it without another outcome",
        icon="warning",
        crumbs=[("Appeals", reverse("desk:appeals")), (str(appeal), back)],
        form=form,
        sentence=f"{appeal.get_state_display()}: {appeal}. The decision stays as it is.",
        button="Close it and tell the team",
        back=back,
        status=400 if form.errors else 200,
    )


def after_release(entry: Entry, person: Any) -> dict[str, Any]:
    """What a pitch's page offers once its decision is released."""
    decision = getattr(entry, "decision", None)
    if decision is None or decision.released_at is None or entry.state not in DECIDED:
        return {"may_correct": False, "may_record_declined": False, "corrections": []}
    return {
        "may_correct": rules.has_perm("judging.correct", person, entry),
        "may_record_declined": entry.state in WON,
        "corrections": entry.corrections.select_related("proposed_by", "made_by"),
    }
