"""Results in numbers, for everybody: the page and the table to download."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from challenges.judging.statistics import FEWEST, Statistics, released_stages, statistics_of
from marketplace.access import public
from marketplace.spreadsheets import download, to_csv

BAR = 6
"""Height of one bar of the picture, in its own units; its width is 100 at the most."""


def _found(reference: str) -> list[Statistics]:
    stages = released_stages(reference)
    if not stages:
        raise Http404
    return [statistics_of(stage) for stage in stages]


@public
@require_safe
def results(request: HttpRequest, reference: str) -> HttpResponse:
    found = _found(reference)
    context = {
        "call": found[0].stage.call,
        "stages": [{"found": each, "bars": _bars(each)} for each in found],
        "fewest": FEWEST,
        "height": 10 * BAR,
    }
    return render(request, "judging/results.html", context)


def _bars(found: Statistics) -> list[dict[str, Any]]:
    most = max((band.pitches for band in found.bands), default=0)
    return [
        {
            "y": number * BAR,
            "label": f"{band.low} to {band.high}",
            "pitches": band.pitches,
            "forward": band.forward,
            "width": round(60 * band.pitches / most, 1),
            "ahead": round(60 * band.forward / most, 1),
        }
        for number, band in enumerate(found.bands)
    ]


@public
@require_safe
def results_csv(request: HttpRequest, reference: str) -> HttpResponse:
    rows = [
        [each.stage.name, what, number]
        for each in _found(reference)
        for what, number in each.rows()
    ]
    content = to_csv(("Stage", "What", "Number"), rows)
    return download(content, "text/csv; charset=utf-8", f"results-{reference}.csv")
