"""The reserve list of a stage: put together, and offered place by place after the release."""

from datetime import timedelta

import rules
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from challenges.awards.answering import take_back_offer
from challenges.awards.offers import OFFER_MATTER, propose_offer
from challenges.calls.models import Stage
from challenges.calls.sign_offs import waiting_of
from challenges.judging import rules as judging_rules  # noqa: F401  registers what `allow` asks for
from challenges.judging.models import Offer, Outcome, ReservePlace
from challenges.judging.reserve import (
    Vacancy,
    keep_reserve,
    passed_over,
    reserve_of,
    reserve_order,
    to_offer,
    vacancies,
    waiting,
)
from challenges.pitches.models import Entry, EntryState
from cms.desk.after_forms import OfferForm, ReserveForm
from cms.desk.finders import find_stage, whole_number
from cms.desk.forms import ReasonForm
from cms.desk.rendering import desk_page, say_refused, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused

ANSWER_DAYS = 7


@allow("judging.view_reserve", of=find_stage)
def reserve(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Before the release: who is on it. After: where each stands, and which places are free."""
    lines = reserve_of(stage)
    may_run = rules.has_perm("judging.run_reserve", request.user, stage)
    may_change = may_run and stage.released_at is None
    form = None
    if may_change:
        posted = request.POST if request.method == "POST" else None
        form = ReserveForm(posted, entries=_not_taken(stage), lines=lines)
        if form.is_valid() and _keep(request, stage, form):
            return redirect("desk:reserve", pk=stage.pk)
    free = vacancies(stage) if stage.released_at else []
    held = waiting(stage) if stage.released_at else []
    return desk_page(
        request,
        "desk/reserve.html",
        title=f"Reserve list: {stage.name}",
        icon="order",
        crumbs=stage_crumbs(stage),
        stage=stage,
        lines=lines,
        form=form,
        may_run=may_run,
        free=free,
        next_place=held[0] if held else None,
        waits=waiting_of(OFFER_MATTER, held[0]) if held else None,
        status=400 if form is not None and form.errors else 200,
    )


def _not_taken(stage: Stage) -> list[Entry]:
    """Pitches marked “not awarded”, in the order of the ranking."""
    found = stage.entries.filter(
        state=EntryState.SUBMITTED, decision__outcome=Outcome.NOT_AWARDED
    ).select_related("pitch__organisation")
    entries = {entry.pk: entry for entry in found}
    return [entries[pk] for pk in reserve_order(stage, entries)] if entries else []


def _keep(request: SignedInRequest, stage: Stage, form: ReserveForm) -> bool:
    data = form.cleaned_data
    try:
        kept = keep_reserve(
            stage=stage,
            entries=form.chosen(),
            held_until=data["held_until"],
            why=data["why"],
            actor=request.user,
        )
    except Refused as refused:
        say_refused(request, refused)
        return False
    many = "1 pitch is" if len(kept) == 1 else f"{len(kept)} pitches are"
    messages.success(request, f"{many} on the reserve list. Nobody is told before the release.")
    return True


def find_place(pk: int) -> ReservePlace:
    return ReservePlace.objects.select_related(
        "stage__call__region", "entry__pitch__organisation"
    ).get(pk=pk, fixed_at__isnull=False)


@allow("judging.run_reserve", of=find_place)
@proved_lately("offer a place from the reserve list")
def offer(request: SignedInRequest, place: ReservePlace) -> HttpResponse:
    """Propose the offer of a free place to one on the list; a second officer signs it."""
    stage = find_stage(place.stage_id)
    back = reverse("desk:reserve", kwargs={"pk": stage.pk})
    free, lines = _free_place(request, stage), reserve_of(stage)
    if free is None or place.pk not in [each.pk for each in to_offer(lines)]:
        messages.error(request, "There is no free place to offer to this pitch now.")
        return redirect(back)
    is_next = not passed_over(place, lines)
    form = OfferForm(
        request.POST or None,
        is_award=free.outcome == Outcome.AWARDED,
        is_next=is_next,
        initial={
            "amount": free.entry.decision.amount,
            "until": timezone.localdate() + timedelta(days=ANSWER_DAYS),
            "reason": f"A place is free: {free.why}.",
        },
    )
    if form.is_valid():
        try:
            sign_off = propose_offer(
                place=place, vacated=free.entry, actor=request.user, **form.answers()
            )
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Proposed. The team is told when another officer signs it.")
            return redirect("desk:sign_off", pk=sign_off.pk)
    what = "An award" if free.outcome == Outcome.AWARDED else "A place on the short list"
    return desk_page(
        request,
        "desk/form.html",
        title=f"Offer a place: {place.entry.pitch}",
        icon="order",
        crumbs=[*stage_crumbs(stage), (f"Reserve list: {stage.name}", back)],
        form=form,
        sentence=f"{what} is free: {free.entry.pitch} of {free.entry.pitch.organisation}; "
        f"{free.why}. {place.entry.pitch.organisation} is number {place.rank} on the list"
        f"{', and next' if is_next else ''}.",
        button="Propose the offer",
        back=back,
        status=400 if form.errors else 200,
    )


def _free_place(request: SignedInRequest, stage: Stage) -> Vacancy | None:
    """The free place that the address names, else the first."""
    found = vacancies(stage)
    pk = whole_number(request.GET.get("vacated"))
    return next((free for free in found if free.entry.pk == pk), found[0] if found else None)


def find_offer(pk: int) -> Offer:
    return Offer.objects.select_related(
        "place__stage__call__region",
        "place__entry__stage__call__region",
        "place__entry__pitch__organisation",
    ).get(pk=pk)


@allow("judging.run_reserve", of=find_offer)
def take_back(request: SignedInRequest, offer: Offer) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = "Why is it taken back?"
    form.fields["reason"].help_text = "The team reads it."
    stage = offer.place.stage
    back = reverse("desk:reserve", kwargs={"pk": stage.pk})
    if form.is_valid():
        try:
            take_back_offer(offer=offer, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Taken back, and the team is told.")
            return redirect(back)
    return desk_page(
        request,
        "desk/form.html",
        title="Take the offer back",
        icon="warning",
        crumbs=[*stage_crumbs(stage), (f"Reserve list: {stage.name}", back)],
        form=form,
        sentence=f"{offer.entry.pitch} of {offer.entry.pitch.organisation} stays on the reserve "
        "list, in its place.",
        button="Take it back",
        back=back,
        status=400 if form.errors else 200,
    )
