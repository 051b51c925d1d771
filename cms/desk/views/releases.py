"""Releasing a stage's decisions: what is odd, asking for a signature, and stopping it in time."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

import cms.desk.rules  # noqa: F401  # registers what `allow` asks for
from challenges.awards.models import Award
from challenges.calls.models import Stage
from challenges.calls.sign_offs import waiting_of
from challenges.judging.before_release import Oddity, Ready
from challenges.judging.models import RELEASE_MATTER, Release, ReleaseState
from challenges.judging.services.outbox import held_of
from challenges.judging.services.releasing import (
    minutes_to_stop,
    propose_release,
    stop_release,
)
from challenges.judging.signs import signs_of
from challenges.judging.workflow import RELEASE
from challenges.pitches.models import EntryState
from cms.desk.finders import find_stage_to_release
from cms.desk.queries import people_to_tell, tally_of
from cms.desk.release_forms import ReleaseForm, StopForm
from cms.desk.rendering import desk_page, say_refused, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused

UNDECIDED_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@allow("judging.decide", of=find_stage_to_release)
@proved_lately("release results")
def release(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """What would go out and what is odd about it; posted, a second officer is asked to sign."""
    if stage.released_at is not None:
        return _released(request, stage)
    ready = Ready(stage, signs=signs_of(stage))
    latest = ready.latest
    if latest is not None and latest.state == ReleaseState.WAITING:
        return redirect("desk:stop_release", pk=latest.pk)
    proposed = waiting_of(RELEASE_MATTER, stage) if ready.signs["proposal"] else None
    obstacles = ready.obstacles()
    oddities = [] if obstacles or proposed else _to_explain(ready)
    posted = request.POST if request.method == "POST" else None
    form = ReleaseForm(posted, oddities=oddities)
    if request.method == "POST" and _propose(request, stage, form):
        return redirect("desk:release", pk=stage.pk)
    undecided = stage.entries.filter(state=EntryState.SUBMITTED, decision=None)
    return desk_page(
        request,
        "desk/release.html",
        title=f"Release: {stage.name}",
        icon="mail",
        crumbs=stage_crumbs(stage),
        stage=stage,
        latest=latest,
        proposed=proposed,
        obstacles=obstacles,
        counts=tally_of(stage),
        figures=ready.figures(),
        held=ready.reasons_given(),
        undecided=undecided.select_related("pitch__organisation").order_by("pitch__reference")[
            :UNDECIDED_SHOWN
        ],
        least=minutes_to_stop(),
        form=form,
        status=400 if form.errors else 200,
    )


def _to_explain(ready: Ready) -> list[Oddity]:
    """But for those whose reason was written when they came about."""
    given = ready.reasons_given()
    return [oddity for oddity in ready.oddities if oddity.key not in given]


def _propose(request: SignedInRequest, stage: Stage, form: ReleaseForm) -> bool:
    if not form.is_valid():
        return False
    try:
        propose_release(
            stage=stage,
            actor=request.user,
            reasons=form.reasons(),
            reason=form.cleaned_data["word"],
            goes_out_at=form.cleaned_data["goes_out_at"],
        )
    except Refused as refused:
        say_refused(request, refused)
        return False
    messages.success(request, "A second officer is asked to sign. Nobody is told before.")
    return True


def _released(request: SignedInRequest, stage: Stage) -> HttpResponse:
    if request.method == "POST":
        messages.error(request, "The decisions of this stage are released already.")
    awards = Award.objects.filter(stage=stage)
    return desk_page(
        request,
        "desk/released.html",
        title=f"Release: {stage.name}",
        icon="mail",
        crumbs=stage_crumbs(stage),
        stage=stage,
        counts=tally_of(stage),
        told=people_to_tell(stage),
        held=held_of(stage.pk),
        awards=awards.select_related("organisation"),
    )


def find_release(pk: int) -> Release:
    return Release.objects.select_related(
        "stage__call__region", "sign_off__proposed_by", "sign_off__answered_by", "ended_by"
    ).get(pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("judging.stop_release", of=find_release)
def stop(request: SignedInRequest, release: Release) -> HttpResponse:
    """One signed release: when it goes out, and the way to stop it until then."""
    form = StopForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            stop_release(release=release, reason=form.cleaned_data["reason"], actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Stopped. Nobody was told.")
        return redirect("desk:stop_release", pk=release.pk)
    stage = release.stage
    return desk_page(
        request,
        "desk/release_waiting.html",
        title=f"Release: {stage.name}",
        icon="time",
        crumbs=stage_crumbs(stage),
        stage=stage,
        release=release,
        figures=release.sign_off.content.get("figures", []),
        is_imminent=release.goes_out_at - timezone.now() < timedelta(minutes=1),
        may_stop=RELEASE.allows("stop", release, request.user),
        form=form,
        status=400 if form.errors else 200,
    )
