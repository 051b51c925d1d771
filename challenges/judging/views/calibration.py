"""The calibration round as a judge sees it: score the samples, then see where judges differ."""

import rules as permissions
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.calibration import compare, leaning, progress
from challenges.judging.forms import SampleForm
from challenges.judging.models import Calibration, PanelMember, Sample, SampleReview
from challenges.judging.services.calibrating import promised
from challenges.judging.views.meetings import find_stage
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Incomplete, Refused


def find_member(pk: int) -> PanelMember:
    return PanelMember.objects.select_related(
        "panel__stage__call__region", "panel__calibration", "user"
    ).get(pk=pk)


def find_seat(pk: int, number: int) -> PanelMember:
    """The member, with the sample that they ask for as `sample`."""
    member = find_member(pk)
    member.sample = Sample.objects.select_related("calibration__panel").get(  # type: ignore[attr-defined]
        calibration__panel=member.panel_id, sort_order=number
    )
    return member


def _round_of(member: PanelMember) -> Calibration:
    calibration = getattr(member.panel, "calibration", None)
    if calibration is None:
        raise Http404
    return calibration


@allow("judging.calibrate", of=find_member)
@require_safe
def calibration(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    """The samples and, of those handed in, everybody's scores side by side."""
    found = _round_of(member)
    stage = member.panel.stage
    samples = list(found.samples.all())
    handed_in = set(
        SampleReview.objects.filter(sample__in=samples, member=member).values_list(
            "sample_id", flat=True
        )
    )
    compared = [compare(sample, stage) for sample in samples if sample.pk in handed_in]
    comparisons = [each for each in compared if each is not None]
    leads = permissions.has_perm("judging.run_meeting", request.user, stage)
    context = {
        "member": member,
        "stage": stage,
        "calibration": found,
        "samples": [(sample, sample.pk in handed_in) for sample in samples],
        "comparisons": comparisons,
        "leaning": leaning(comparisons, member),
        "progress": progress(found) if leads else [],
        "leads": leads,
    }
    return render(request, "judging/calibration.html", context)


@allow("judging.calibrate", of=find_seat)
@require_http_methods(["GET", "HEAD", "POST"])
def sample(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    """One sample to score; once handed in, its scores stand on the round's page."""
    one: Sample = member.sample  # type: ignore[attr-defined]
    form = SampleForm(
        request.POST if request.method == "POST" else None, criteria=promised(member.panel.stage)
    )
    status = 200
    if request.method == "POST":
        if form.is_valid() and _hand_in(request, member, one, form):
            messages.success(request, f"Handed in: {one.title}.")
            return redirect("judging:calibration", pk=member.pk)
        status = 422
    context = {
        "member": member,
        "stage": member.panel.stage,
        "calibration": one.calibration,
        "sample": one,
        "form": form,
        "is_handed_in": SampleReview.objects.filter(sample=one, member=member).exists(),
    }
    return render(request, "judging/sample.html", context, status=status)


def _hand_in(request: SignedInRequest, member: PanelMember, one: Sample, form: SampleForm) -> bool:
    try:
        services.hand_in_sample(
            sample=one, member_id=member.pk, scores=form.scores(), actor=request.user
        )
    except Incomplete as incomplete:
        for place, sentence in incomplete.problems:
            form.add_error(place, sentence)
    except Refused as refused:
        form.add_error(None, str(refused))
    else:
        return True
    return False


@allow("judging.run_meeting", of=find_stage)
@require_POST
def end(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """The chair, or an officer, lets the scoring start."""
    try:
        services.end_calibration(stage=stage, actor=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The calibration round has ended: the panel can score.")
    seat = PanelMember.objects.filter(panel__stage=stage, user=request.user).first()
    if seat is not None and permissions.has_perm("judging.calibrate", request.user, seat):
        return redirect("judging:calibration", pk=seat.pk)
    return redirect("desk:calibration", pk=stage.pk)
