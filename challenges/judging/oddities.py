"""Reviews that an officer should look at before deciding: far from the others, or hardly said."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, F, FloatField, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Abs, Cast, Length, Trim

from challenges.calls.models import Stage
from challenges.judging.models import Assignment, AssignmentState, Score
from challenges.judging.totals import joined_totals, mean_of, read_totals
from challenges.pitches.models import Entry

FAR = 30
"""Points of 100 between a review's total and the nearest other's."""

SHORT = 20
"""Characters: a comment with fewer tells an applicant nothing."""


def standing_reviews(stage: Stage) -> QuerySet[Assignment]:
    """Handed-in reviews of pitches in competition, with the judge and the pitch."""
    return Assignment.objects.filter(
        entry__in=Entry.objects.filter(stage=stage).in_competition(),
        state=AssignmentState.SUBMITTED,
    ).select_related("member", "entry__pitch__organisation")


def outliers(stage: Stage) -> QuerySet[Assignment]:
    """Reviews at least `FAR` from the nearest other of the same pitch, the farthest first; each
    has `others`, the mean of those as near as the database tells it, and `others_totals` for
    `read_totals`. Who is alone with a pitch is no outlier."""
    others = (
        Assignment.objects.filter(entry=OuterRef("entry"), state=AssignmentState.SUBMITTED)
        .exclude(pk=OuterRef("pk"))
        .order_by()
        .values("entry")
    )
    gap = Abs(Cast(F("total"), FloatField()) - Cast(OuterRef("total"), FloatField()))
    nearest = others.annotate(gap=Min(gap)).values("gap")
    mean = others.annotate(mean=Avg(Cast("total", FloatField()))).values("mean")
    totals = others.annotate(totals=joined_totals()).values("totals")
    return (
        standing_reviews(stage)
        .annotate(
            nearest=Subquery(nearest, output_field=FloatField()),
            others=Subquery(mean, output_field=FloatField()),
            others_totals=Subquery(totals),
        )
        .filter(nearest__gte=FAR)
        .order_by("-nearest", "pk")
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
    """How many there are of each, and the first of them; `others` of an outlier is exact."""

    outliers: list[Assignment]
    outlier_count: int
    short: list[Score]
    short_count: int


def look_for_oddities(stage: Stage, shown: int) -> Oddities:
    far, short = outliers(stage), short_comments(stage)
    first: list[Any] = list(far[:shown])
    for review in first:
        review.others = mean_of(read_totals(review.others_totals))
    return Oddities(first, far.count(), list(short[:shown]), short.count())
