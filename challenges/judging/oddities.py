"""Reviews that an officer should look at before deciding: far from the others, or hardly said."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import F, FloatField, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Abs, Cast, Length, Trim

from challenges.calls.models import Stage
from challenges.judging.models import Assignment, AssignmentState, Score
from challenges.judging.ranking import exact_total
from challenges.judging.totals import joined_totals, mean_of, read_in_order, read_totals
from challenges.pitches.models import Entry

FAR = 30
"""Points of 100 between a review's total and the nearest other's."""

ROUNDED = 0.02
"""Points that a gap between two kept totals may be off by, and a little more."""

SHORT = 20
"""Characters: a comment with fewer tells an applicant nothing."""


def standing_reviews(stage: Stage) -> QuerySet[Assignment]:
    """Handed-in reviews of pitches in competition, with the judge and the pitch."""
    return Assignment.objects.filter(
        entry__in=Entry.objects.filter(stage=stage).in_competition(),
        state=AssignmentState.SUBMITTED,
    ).select_related("member", "entry__pitch__organisation")


def outliers(stage: Stage) -> list[int]:
    """Keys of reviews at least `FAR` from the nearest other of the same pitch, by exact totals,
    the farthest first. Who is alone with a pitch is no outlier."""
    maybe = _with_others(stage).filter(nearest__gte=FAR - ROUNDED)
    found = []
    for pk, total, kept, others in maybe.values_list("pk", "total", "exact_total", "totals"):
        nearest = gap_to_nearest(exact_total(total, kept), read_totals(others))
        if nearest is not None and nearest >= FAR:
            found.append((-nearest, pk))
    return [pk for _, pk in sorted(found)]


def gap_to_nearest(total: Fraction, others: list[Fraction]) -> Fraction | None:
    """Points of 100, exactly; None without others."""
    return min((abs(total - other) for other in others), default=None)


def _with_others(stage: Stage) -> QuerySet[Assignment]:
    """Standing reviews with `totals`, those of the others of the same pitch for `read_totals`, and
    `nearest`, the gap to the nearest of them as near as kept totals tell it."""
    others = (
        Assignment.objects.filter(entry=OuterRef("entry"), state=AssignmentState.SUBMITTED)
        .exclude(pk=OuterRef("pk"))
        .order_by()
        .values("entry")
    )
    gap = Abs(Cast(F("total"), FloatField()) - Cast(OuterRef("total"), FloatField()))
    nearest = others.annotate(gap=Min(gap)).values("gap")
    totals = others.annotate(totals=joined_totals()).values("totals")
    return standing_reviews(stage).annotate(
        nearest=Subquery(nearest, output_field=FloatField()), totals=Subquery(totals)
    )


def short_comments(stage: Stage) -> QuerySet[Score]:
    """Scores whose comment says hardly anything, the shortest first."""
    return (
        Score.objects.filter(assignment__in=standing_reviews(stage).order_by().values("pk"))
        .annotate(length=Length(Trim("comment")))
        .filter(length__lt=SHORT)
        .select_related("criterion", "assignment__member", "assignment__entry__pitch")
        .order_by("length", "pk")
    )


@dataclass(frozen=True)
class Oddities:
    """How many there are of each, and the first of them; each outlier has `others`, the exact mean
    of the other totals."""

    outliers: list[Assignment]
    outlier_count: int
    short: list[Score]
    short_count: int


def look_for_oddities(stage: Stage, shown: int) -> Oddities:
    far, short = outliers(stage), short_comments(stage)
    first: list[Any] = read_in_order(_with_others(stage), far[:shown])
    for review in first:
        review.others = mean_of(read_totals(review.totals))
    return Oddities(first, len(far), list(short[:shown]), short.count())
