"""Changing a sealed stage: more time at once, any other rule with a second officer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from challenges.calls.addenda import (
    findings_after,
    findings_of_next,
    propose_addendum,
    return_addendum,
)
from challenges.calls.legal.working_days import next_working_day
from challenges.calls.models import Addendum, AddendumState, Stage
from challenges.calls.moving import move
from challenges.calls.workflow import ADDENDUM
from challenges.pitches.changed_rules import extend_deadline, publish_addendum
from challenges.pitches.models import Entry
from cms.desk.addendum_forms import AddendumForm, ExtendForm
from cms.desk.finders import find_stage
from cms.desk.forms import ReasonForm, before_midnight
from cms.desk.rendering import call_crumbs, desk_page, say_refused, to_call
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Incomplete, Refused
from marketplace.times import LONDON, day_ended_by

WEEK = timedelta(days=7)
CLOSED = "The stage has closed. A deadline that has passed can’t be moved. "


def find_addendum(pk: int) -> Addendum:
    return Addendum.objects.select_related("stage__call__region", "proposed_by").get(pk=pk)


@allow("calls.propose_addendum", of=find_stage)
def extend(request: SignedInRequest, stage: Stage) -> HttpResponse:
    form = ExtendForm(request.POST or None, initial=_dates_to_offer(stage))
    if form.is_valid() and _done(
        form, lambda: extend_deadline(stage=stage, actor=request.user, **form.cleaned_data)
    ):
        messages.success(request, "The deadline is extended, and everyone who has begun is told.")
        for finding in findings_of_next(find_stage(stage.pk)):
            messages.warning(request, finding.sentence)
        return to_call(stage.call)
    has_closed = stage.closes_at <= timezone.now()
    begun = Entry.objects.filter(stage=stage).count()
    return desk_page(
        request,
        "desk/form.html",
        title=f"More time for “{stage.name}”",
        icon="time",
        crumbs=call_crumbs(stage.call),
        form=form,
        sentence=(
            f"{CLOSED if has_closed else ''}The new dates hold for everyone, at once, and are "
            "published with your reason. "
            f"{begun} {'pitch has' if begun == 1 else 'pitches have'} begun; their teams are told."
        ),
        button="Extend the deadline for everyone",
        back=reverse("desk:call", kwargs={"pk": stage.call_id}),
        status=400 if form.errors else 200,
    )


def _dates_to_offer(stage: Stage) -> dict[str, Any]:
    """The stage's dates some weeks later, at the same hour of the wall clock, on working days."""
    more = _weeks_to_offer(stage)
    moments = {name: getattr(stage, name) for name in ("closes_at", "scores_due_at")}
    moved = move(moments, days=more.days, zone=LONDON, ends=[*moments])
    over = day_ended_by(moved["scores_due_at"])
    decision_on = next_working_day(max(over, stage.decision_on + more))
    offered = {name: before_midnight(at) for name, at in moved.items()}
    return {**offered, "decision_on": decision_on}


def _weeks_to_offer(stage: Stage) -> timedelta:
    """A week more; or as many as bring each date of a stage that has closed past today."""
    late = timezone.now() - stage.closes_at
    return WEEK * max(1, late // WEEK + 2) if late > timedelta() else WEEK


@allow("calls.propose_addendum", of=find_stage)
def change_rules(request: SignedInRequest, stage: Stage) -> HttpResponse:
    form = AddendumForm(request.POST or None, stage=stage)
    if form.is_valid() and _done(form, lambda: _propose(form, stage, request.user)):
        messages.success(request, "Sent for approval. Another officer publishes the change.")
        return to_call(stage.call)
    return desk_page(
        request,
        "desk/addendum.html",
        title=f"Change the rules of “{stage.name}”",
        icon="edit",
        crumbs=call_crumbs(stage.call),
        form=form,
        stage=stage,
        back=reverse("desk:call", kwargs={"pk": stage.call_id}),
        status=400 if form.errors else 200,
    )


def _propose(form: AddendumForm, stage: Stage, actor: Any) -> Addendum:
    return propose_addendum(
        stage=stage,
        changes=form.changes(),
        reason=form.cleaned_data["reason"],
        clarification=form.cleaned_data["clarification"],
        actor=actor,
    )


@allow("calls.return_addendum", of=find_addendum)
def addendum(request: SignedInRequest, addendum: Addendum) -> HttpResponse:
    """A change that waits: what it would do, and the two ways to decide."""
    form = ReasonForm(request.POST if "return" in request.POST else None)
    form.fields["reason"].label = "Why is it not published?"
    stage = addendum.stage
    if "publish" in request.POST:
        try:
            publish_addendum(addendum=addendum, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Published, and everyone who has begun is told.")
            return to_call(stage.call)
    elif form.is_valid() and _done(
        form,
        lambda: return_addendum(
            addendum=addendum, reason=form.cleaned_data["reason"], actor=request.user
        ),
    ):
        messages.success(request, "Sent back.")
        return to_call(stage.call)
    return desk_page(
        request,
        "desk/addendum_waiting.html",
        title=f"A change of the rules of “{stage.name}”",
        icon="edit",
        crumbs=call_crumbs(stage.call),
        form=form,
        addendum=addendum,
        findings=findings_after(addendum) if addendum.state == AddendumState.PROPOSED else [],
        rules_url=reverse("calls:rulebook", args=[stage.call.reference, stage.order]),
        may_publish=ADDENDUM.allows("publish", addendum, request.user),
        may_return=ADDENDUM.allows("return", addendum, request.user),
        status=400 if form.errors else 200,
    )


def _done(form: Any, act: Callable[[], Any]) -> bool:
    """Carry out an act; what refuses it stands at the form's fields."""
    try:
        act()
    except Incomplete as incomplete:
        for place, sentence in incomplete.problems:
            form.add_error(_field(form, place), sentence)
    except Refused as refused:
        form.add_error(None, str(refused))
    else:
        return True
    return False


def _field(form: Any, place: str) -> str | None:
    """The field that a problem stands at: itself, or the first of its question or criterion."""
    if place in form.fields:
        return place
    return next((name for name in form.fields if place and name.startswith(f"{place}-")), None)
