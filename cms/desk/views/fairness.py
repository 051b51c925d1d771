"""How fair a panel's scores are: judges' severity, agreement, raw against adjusted places."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.text import Truncator

from challenges.calls.models import DecidesBy, Stage
from challenges.judging.models import PanelMember
from challenges.judging.table import table_of
from challenges.pitches.models import Entry
from cms.desk.finders import find_stage_to_decide
from cms.desk.rendering import desk_page, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.rounding import as_exact, places_to_tell

ROWS = 50
SLOPES = 40
"""Pitches in the picture; more are a tangle."""

HEIGHT = 14
"""Of one row in the picture, in its own units."""

LONGEST_NAME = 34
"""Characters of a title that fit beside the lines."""


@allow("judging.view_ranking", of=find_stage_to_decide)
def fairness(request: SignedInRequest, stage: Stage) -> HttpResponse:
    table = table_of(stage)
    look = table.fairness
    page = Paginator(look.places, ROWS).get_page(request.GET.get("p"))
    settled = [row for row in table.standings if row.agreed]
    agreed = {row.entry for row in settled}
    # No judge's review moves what the meeting has agreed.
    hinges = [each for each in look.hinges(table.rules.places) if each.entry not in agreed]
    shown = [place.entry for place in [*page, *look.places[:SLOPES]]]
    shown += [*(hinge.entry for hinge in hinges), *agreed]
    entries = Entry.objects.select_related("pitch__organisation").in_bulk(shown)
    names = dict(PanelMember.objects.filter(panel__stage=stage).values_list("pk", "name"))
    slopes, slope_height = _slopes(look.places[:SLOPES], entries)
    return desk_page(
        request,
        "desk/fairness.html",
        title=f"Fairness: {stage.name}",
        icon="view",
        crumbs=stage_crumbs(stage),
        stage=stage,
        look=look,
        raw_places=places_to_tell(place.raw for place in page),
        score_places=places_to_tell(as_exact(place.score) for place in page),
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
        settled=[(entries[row.entry], row) for row in settled],
        hinges=[
            (entries[hinge.entry], names.get(hinge.member, "Left the panel"), hinge)
            for hinge in hinges
        ],
        slopes=slopes,
        slope_height=slope_height,
        page_obj=page,
        items=page,
        is_paginated=page.paginator.num_pages > 1,
        paginator=page.paginator,
        elided_page_range=page.paginator.get_elided_page_range(page.number),
    )


def _slopes(places: list[Any], entries: dict[int, Entry]) -> tuple[list[dict[str, Any]], int]:
    """The lines of the picture, and how high it is.

    Every pitch has a row of its own on either side, also where places are shared, so that no
    name is printed over another.
    """
    left = _rows(places, lambda place: place.raw_place)
    right = _rows(places, lambda place: place.place)
    lines = [
        {
            "name": Truncator(str(entries[place.entry].pitch)).chars(LONGEST_NAME),
            "raw_place": place.raw_place,
            "place": place.place,
            "from": HEIGHT * left[place.entry],
            "to": HEIGHT * right[place.entry],
            "up": place.place < place.raw_place,
        }
        for place in places
    ]
    return lines, HEIGHT * (len(places) + 1)


def _rows(places: list[Any], of: Callable[[Any], int]) -> dict[int, int]:
    """Entry → its row, from 1; those that share a place stand in the other side's order."""
    in_order = sorted(places, key=lambda place: (of(place), place.place, place.entry))
    return {place.entry: row for row, place in enumerate(in_order, start=1)}
