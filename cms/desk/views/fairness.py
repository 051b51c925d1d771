"""How fair a panel's scores are: judges' severity, agreement, raw against adjusted places."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse

from challenges.calls.models import DecidesBy, Stage
from challenges.judging.models import PanelMember
from challenges.judging.standing import ADJUSTED_TO
from challenges.judging.table import table_of
from challenges.pitches.models import Entry
from cms.desk.finders import find_stage_to_decide
from cms.desk.rendering import desk_page, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.rounding import half_up, places_to_tell

ROWS = 50
SLOPES = 40
"""Pitches in the picture; more are a tangle."""

HEIGHT = 14
"""Of one place in the picture, in its own units."""


@allow("judging.view_ranking", of=find_stage_to_decide)
def fairness(request: SignedInRequest, stage: Stage) -> HttpResponse:
    table = table_of(stage)
    look = table.fairness
    page = Paginator(look.places, ROWS).get_page(request.GET.get("p"))
    hinges = look.hinges(table.rules.places)
    shown = [place.entry for place in [*page, *look.places[:SLOPES]]]
    shown += [hinge.entry for hinge in hinges]
    entries = Entry.objects.select_related("pitch__organisation").in_bulk(shown)
    names = dict(PanelMember.objects.filter(panel__stage=stage).values_list("pk", "name"))
    return desk_page(
        request,
        "desk/fairness.html",
        title=f"Fairness: {stage.name}",
        icon="view",
        crumbs=stage_crumbs(stage),
        stage=stage,
        look=look,
        raw_places=places_to_tell(place.raw for place in page),
        score_places=places_to_tell(half_up(place.score, ADJUSTED_TO) for place in page),
        table=table,
        decides_by=DecidesBy(table.rules.decides_by).label,
        judges=sorted(
            ((names.get(judge.member, "Left the panel"), judge) for judge in look.judges),
            key=lambda row: row[1].mean,
        ),
        rows=[
            (entries[place.entry], place, place.is_level_with_cut(table.rules.places))
            for place in page
        ],
        hinges=[
            (entries[hinge.entry], names.get(hinge.member, "Left the panel"), hinge)
            for hinge in hinges
        ],
        slopes=_slopes(look.places[:SLOPES], entries),
        slope_height=HEIGHT * (max((p.raw_place for p in look.places[:SLOPES]), default=0) + 1),
        page_obj=page,
        items=page,
        is_paginated=page.paginator.num_pages > 1,
        paginator=page.paginator,
        elided_page_range=page.paginator.get_elided_page_range(page.number),
    )


def _slopes(places: list[Any], entries: dict[int, Entry]) -> list[dict[str, Any]]:
    return [
        {
            "name": entries[place.entry].pitch.reference,
            "from": HEIGHT * place.raw_place,
            "to": HEIGHT * place.place,
            "up": place.place < place.raw_place,
        }
        for place in places
    ]
