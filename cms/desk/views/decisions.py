"""After scoring: rank, and decide."""

from typing import Any

import rules
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

import cms.desk.rules  # noqa: F401  # registers what `allow` asks for
from challenges.calls.models import DecidesBy, Stage, TieBreak
from challenges.judging.decisions import decide, next_stage
from challenges.judging.models import Outcome
from challenges.judging.table import Table, table_of
from challenges.pitches.models import Entry, EntryState
from cms.desk.feedback import doubts_about, feedback_from_panel, said_of
from cms.desk.finders import find_entry, find_stage_to_decide
from cms.desk.forms import DecisionForm, ManyOutcomesForm
from cms.desk.queries import rows_of_ranking, tally_of
from cms.desk.rendering import desk_page, paged, say_refused, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.rounding import as_exact, places_to_tell

RANKED = 50


@allow("judging.view_ranking", of=find_stage_to_decide)
def ranking(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Everything in competition, best first; ticked ones get an outcome with a reason."""
    may_decide = _may_decide(request, stage)
    form = ManyOutcomesForm(
        request.POST if request.method == "POST" and may_decide else None,
        stage=stage,
        has_next=stage.has_next,
    )
    if form.is_valid() and _decide_many(request, stage, form.cleaned_data):
        return redirect(request.get_full_path())
    counts = tally_of(stage)
    table = table_of(stage)
    context = paged(request, table.standings, RANKED)
    return desk_page(
        request,
        "desk/ranking.html",
        title=f"Ranking: {stage.name}",
        icon="order",
        crumbs=stage_crumbs(stage),
        stage=stage,
        may_decide=may_decide,
        form=form,
        ticked=request.POST.getlist("entries"),
        counts=counts,
        table=table,
        tie_break=TieBreak(table.rules.tie_break).label,
        decides_by=DecidesBy(table.rules.decides_by).label,
        rows=rows_of_ranking(table, context["page_obj"]),
        cut=cut_below(table),
        score_places=places_shown(table, context["page_obj"]),
        adjusted_places=places_to_tell(
            as_exact(table.places[row.entry].score)
            for row in context["page_obj"]
            if row.entry in table.places
        ),
        tie_places=places_to_tell(row.tie_mean for row in context["page_obj"] if row.by_tie),
        status=400 if form.errors else 200,
        **context,
    )


def places_shown(table: Table, page: Page) -> int:
    """Decimal places that tell the totals of a page, its neighbours on the next, and the minimum
    apart; and so the raw means, which stand beside them."""
    shown = table.standings[max(page.start_index() - 2, 0) : page.end_index() + 1]
    totals = [table.rules.minimum_total, *(row.total for row in shown)]
    return max(places_to_tell(totals), places_to_tell(row.mean for row in shown))


def places_beside(table: Table, entry: Entry) -> int:
    """As many as the page of the ranking shows on which the entry stands."""
    number = next((n for n, row in enumerate(table.standings) if row.entry == entry.pk), 0)
    return places_shown(table, Paginator(table.standings, RANKED).page(number // RANKED + 1))


def cut_below(table: Table) -> int | None:
    """The entry under whose row the cut line runs."""
    places = table.rules.places
    above = [row for row in table.standings if places and row.place and row.place <= places]
    return above[-1].entry if above else None


def _may_decide(request: SignedInRequest, stage: Stage) -> bool:
    return stage.released_at is None and rules.has_perm("judging.decide", request.user, stage)


def _decide_many(request: SignedInRequest, stage: Stage, data: dict[str, Any]) -> bool:
    try:
        made = decide(
            stage=stage,
            entries=data["entries"],
            outcome=data["outcome"],
            reason=data["reason"],
            amount=data["amount"],
            actor=request.user,
        )
    except Refused as refused:
        say_refused(request, refused)
        return False
    label = Outcome(data["outcome"]).label.lower()
    pitches = "1 pitch" if len(made) == 1 else f"{len(made)} pitches"
    messages.success(request, f"Marked {pitches} {label}. Nobody is told before the release.")
    return True


@allow("desk.decide_entry", of=find_entry)
def decision(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """One pitch's outcome, with its own reason, feedback and amount."""
    stage = entry.stage
    back = reverse("desk:ranking", kwargs={"pk": stage.pk})
    made = getattr(entry, "decision", None)
    if entry.state != EntryState.SUBMITTED or stage.released_at:
        messages.error(request, "This pitch can’t be decided now.")
        return redirect("desk:pitch", pk=entry.pk)
    said = said_of(entry)
    form = DecisionForm(
        request.POST or None,
        stage=stage,
        has_next=next_stage(stage) is not None,
        initial=DecisionForm.values_of(made) if made else {"feedback": feedback_from_panel(said)},
    )
    if form.is_valid():
        try:
            decide(stage=stage, entries=[entry], actor=request.user, **form.cleaned_data)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "The outcome is kept. Nobody is told before the release.")
            return redirect(back)
    table = table_of(stage)
    return desk_page(
        request,
        "desk/decision.html",
        title=f"Decide: {entry.pitch}",
        crumbs=[*stage_crumbs(stage), (f"Ranking: {stage.name}", back)],
        entry=entry,
        doubts=doubts_about(
            entry, f"{form['reason'].value() or ''}\n{form['feedback'].value() or ''}", said
        ),
        row=next(iter(rows_of_ranking(table, filter(None, [table.of(entry.pk)]))), None),
        score_places=places_beside(table, entry),
        form=form,
        sentence=f"{entry.pitch.organisation}, {entry.pitch.reference}",
        button="Keep this outcome",
        back=back,
        status=400 if form.errors else 200,
    )


def _typed(form: DecisionForm) -> str:
    """What the applicant would read of the form as it stands."""
    return "\n".join(str(form[name].value() or "") for name in ("reason", "feedback"))
