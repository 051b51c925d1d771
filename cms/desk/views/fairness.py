"""How fair a panel's scores are: judges' severity, agreement, raw against adjusted places."""

from collections import Counter
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse

from challenges.calls.models import DecidesBy, Stage
from challenges.judging.models import PanelMember
from challenges.judging.table import Table, table_of
from challenges.pitches.models import Entry
from cms.desk.finders import find_stage
from cms.desk.rendering import desk_page, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from startups.models import Size

ROWS = 50
SLOPES = 40
"""Pitches in the picture; more are a tangle."""

HEIGHT = 14
"""Of one place in the picture, in its own units."""


@allow("judging.view_ranking", of=find_stage)
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
        spread=distribution(stage, table),
        slopes=_slopes(look.places[:SLOPES], entries),
        slope_height=HEIGHT * (max((p.raw_place for p in look.places[:SLOPES]), default=0) + 1),
        page_obj=page,
        items=page,
        is_paginated=page.paginator.num_pages > 1,
        paginator=page.paginator,
        elided_page_range=page.paginator.get_elided_page_range(page.number),
    )


FEWEST = 5
"""Of a group, in a table by place or size: fewer could tell who is meant."""


def distribution(stage: Stage, table: Table) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """(by what, [(group, pitches, of those above the cut line)]), small numbers left out."""
    ahead = {row.entry for row in table.standings if row.goes_forward(table.rules.places)}
    rows = list(
        stage.entries.in_competition()
        .order_by()
        .values_list("pk", "pitch__organisation__place__name", "pitch__organisation__size")
    )
    sizes = dict(Size.choices)
    by = {
        "Place": [(pk, place or "Not said, or outside the region") for pk, place, _ in rows],
        "Size of firm": [(pk, sizes.get(size, "Not said")) for pk, _, size in rows],
    }
    return [(what, _groups(pairs, ahead)) for what, pairs in by.items()]


def _groups(pairs: list[tuple[int, str]], ahead: set[int]) -> list[tuple[str, str, str]]:
    many = Counter(group for _, group in pairs)
    good = Counter(group for pk, group in pairs if pk in ahead)
    return [
        (
            group,
            str(number) if number >= FEWEST else f"under {FEWEST}",
            str(good[group]) if number >= FEWEST else "not shown",
        )
        for group, number in sorted(many.items())
    ]


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
