"""Search at the desk: words that mean the same, and how good matches are."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cms.desk.rendering import desk_page, paged, say_refused
from cms.desk.search_forms import SynonymsForm
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from search import measuring
from search.models import Evaluation, Opinion, Side, SynonymGroup
from search.ranking.measures import MEASURES
from search.synonyms import remove_synonyms, save_synonyms
from startups.models import Capability

ROWS = 50
RUNS_SHOWN = 10
FEWEST = 5
"""Records that asked, from which an interval says something."""


def _crumbs() -> list[tuple[str, str]]:
    return [("Search", reverse("desk:synonyms"))]


@allow("search.keep_synonyms")
def synonyms(request: SignedInRequest) -> HttpResponse:
    """The officers' groups, those of the capability framework, and a form for a new one."""
    form = SynonymsForm(request.POST or None)
    if form.is_valid() and _saved(request, form):
        return redirect("desk:synonyms")
    capabilities = Capability.objects.exclude(also_known_as=[]).order_by("name")
    return desk_page(
        request,
        "desk/synonyms.html",
        title="Words that mean the same",
        icon="search",
        form=form,
        status=400 if form.errors else 200,
        capabilities=capabilities.values_list("name", "also_known_as"),
        **paged(request, SynonymGroup.objects.order_by("phrases", "pk"), ROWS),
    )


def find_group(pk: int) -> SynonymGroup:
    return SynonymGroup.objects.get(pk=pk)


@allow("search.keep_synonyms", of=find_group)
def change_synonyms(request: SignedInRequest, group: SynonymGroup) -> HttpResponse:
    form = SynonymsForm(request.POST or None, initial={"phrases": ", ".join(group.phrases)})
    if form.is_valid() and _saved(request, form, group):
        return redirect("desk:synonyms")
    return desk_page(
        request,
        "desk/change_synonyms.html",
        title=f"Change: {group}",
        icon="search",
        crumbs=_crumbs(),
        form=form,
        group=group,
        button="Save",
        back=reverse("desk:synonyms"),
        status=400 if form.errors else 200,
    )


def _saved(request: SignedInRequest, form: SynonymsForm, group: SynonymGroup | None = None) -> bool:
    try:
        saved = save_synonyms(
            phrases=form.cleaned_data["phrases"].split(","), actor=request.user, group=group
        )
    except Refused as refused:
        form.add_error("phrases", str(refused))
        return False
    messages.success(request, f"Whoever looks for one of these finds them all: {saved}.")
    return True


@require_POST
@allow("search.keep_synonyms", of=find_group)
def drop_synonyms(request: SignedInRequest, group: SynonymGroup) -> HttpResponse:
    """Says what went, so that it can be added again."""
    remove_synonyms(group=group, actor=request.user)
    messages.success(request, f"Removed: {group}. Add it again if that was a slip.")
    return redirect("desk:synonyms")


@require_safe
@allow("search.keep_synonyms")
def matching(request: SignedInRequest) -> HttpResponse:
    """What was measured of each side, the latest first."""
    latest = Evaluation.objects.select_related("by")
    sides = [
        {
            "side": side,
            "label": label,
            "said": Opinion.objects.filter(side=side).count(),
            "running": measuring.is_running(side),
            "runs": [(run, _rows(run)) for run in latest.filter(side=side)[:RUNS_SHOWN]],
        }
        for side, label in SIDES.items()
    ]
    return desk_page(
        request,
        "desk/matching.html",
        title="How good matches are",
        icon="search",
        crumbs=_crumbs(),
        sides=sides,
        measures=MEASURES,
        fewest=FEWEST,
        running=any(side["running"] for side in sides),
    )


def _rows(run: Evaluation) -> list[tuple[str, list[list[float]]]]:
    """What ranked → for each measure mean and ends of the interval."""
    return [
        (label, [run.values[ranking][name] for name in MEASURES])
        for ranking, label in RANKINGS.items()
        if ranking in run.values
    ]


RANKINGS = {
    measuring.WORDS: "Words alone",
    measuring.TEXT: "Words and meaning",
    measuring.WHOLE: "All that counts: capabilities, text, sectors, record, place, freshness",
}
SIDES = {
    Side.CALL.value: "Start-ups found for a call, as officers judged them",
    Side.ORGANISATION.value: "Calls found for a start-up, as teams judged them",
}


@require_POST
@allow("search.keep_synonyms")
def measure_matching(request: SignedInRequest) -> HttpResponse:
    try:
        measuring.ask_to_measure(side=request.POST.get("side", ""), actor=request.user)
    except Refused as refused:
        say_refused(request, refused)
    else:
        messages.success(request, "A worker measures these matches now.")
    return redirect("desk:matching")
