"""What of a judged stage everybody may know: numbers, never who wrote or judged what."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from statistics import median

from django.db.models import Count, Exists, Max, OuterRef, Q, Sum

from challenges.calls.models import Call, CallState, DecidesBy, Stage
from challenges.judging.models import (
    Appeal,
    AppealKind,
    AppealState,
    AssignmentState,
    Correction,
    CorrectionKind,
    Outcome,
    OutgoingLetter,
)
from challenges.judging.table import table_of
from challenges.pitches.models import EntryState
from marketplace.numbers import pounds
from marketplace.rounding import Number, fixed, places_to_tell

FEWEST = 5
"""Scored pitches: of fewer, totals could tell whose is whose, so none is shown."""

BAND = 10
"""Points of 100 in one bar of the picture."""

PUBLISHED = (CallState.APPROVED, CallState.CANCELLED)


@dataclass(frozen=True)
class Band:
    """Pitches with a mean total from `low` up to `high` of 100, and how many of them went on."""

    low: int
    high: int
    pitches: int
    forward: int


@dataclass(frozen=True)
class Statistics:
    """One released stage in numbers. `awarded` is in pounds; `bands`, `lowest_forward` and
    `middle` (median mean total) are left out where fewer than `FEWEST` pitches were scored."""

    stage: Stage
    submitted: int
    withdrawn: int
    scored: int
    reviews: int
    judges: int
    shortlisted: int
    awards: int
    not_awarded: int
    awarded: Decimal
    agreement: str
    decides_by: str
    bands: Sequence[Band] = ()
    middle: Fraction | None = None
    lowest_forward: Fraction | None = None
    appeals: int = 0
    upheld: int = 0
    declined: int = 0
    corrected: int = 0
    corrected_at: datetime | None = None

    def rows(self) -> list[tuple[str, str]]:
        """(what, number in words), in the order in which people read them."""
        found = [
            ("Pitches submitted", str(self.submitted)),
            ("Withdrawn before the decision", str(self.withdrawn)),
            ("Judges", str(self.judges)),
            ("Reviews", str(self.reviews)),
            ("Agreement of the judges", self.agreement),
            ("Places follow", self.decides_by),
            ("Short-listed", str(self.shortlisted)),
            ("Awards", str(self.awards)),
            ("Not taken forward", str(self.not_awarded)),
            ("Money awarded", pounds(self.awarded)),
            ("Places declined by the organisation", str(self.declined)),
            ("Decisions corrected after the release", str(self.corrected)),
            ("Appeals and complaints", str(self.appeals)),
            ("Of those upheld, wholly or in part", str(self.upheld)),
        ]
        places = places_to_tell((self.middle, self.lowest_forward))
        if self.middle is not None:
            found.append(("Middle of the totals, of 100", fixed(self.middle, places)))
        if self.lowest_forward is not None:
            lowest = fixed(self.lowest_forward, places)
            found.append(("Lowest total taken forward, of 100", lowest))
        return found


def released_stages(reference: str) -> list[Stage]:
    """Stages of a published call whose decisions are released, in order; without those of which
    a team has still to hear: numbers would tell it."""
    stages = Stage.objects.filter(
        call__reference=reference, call__state__in=PUBLISHED, released_at__isnull=False
    )
    stages = stages.exclude(_somebody_waits())
    return list(stages.select_related("call__region", "call__page").order_by("order"))


def _somebody_waits() -> Exists:
    held = OutgoingLetter.objects.held().filter(decision__entry__stage=OuterRef("pk"))
    return Exists(held)


def has_statistics(call: Call) -> bool:
    released = call.stages.filter(released_at__isnull=False)
    return released.exclude(_somebody_waits()).exists()


def statistics_of(stage: Stage) -> Statistics:
    """As many queries for one pitch as for thousands."""
    stands = ~Q(state=EntryState.DECLINED)
    mended = Correction.objects.filter(entry__stage=stage, kind=CorrectionKind.CORRECTED)
    corrected = Q(pk__in=mended.values("entry"))
    handed_in = Q(assignments__state=AssignmentState.SUBMITTED)
    counts = stage.entries.aggregate(
        withdrawn=Count("pk", filter=Q(state=EntryState.WITHDRAWN), distinct=True),
        judges=Count("assignments__member", filter=handed_in, distinct=True),
        reviews=Count("assignments", filter=handed_in, distinct=True),
    )
    decisions = stage.entries.in_competition().aggregate(
        shortlisted=Count("pk", filter=stands & Q(decision__outcome=Outcome.SHORTLISTED)),
        awards=Count("pk", filter=stands & Q(decision__outcome=Outcome.AWARDED)),
        not_awarded=Count("pk", filter=Q(decision__outcome=Outcome.NOT_AWARDED)),
        awarded=Sum("decision__amount", filter=stands),
        declined=Count("pk", filter=~stands),
        corrected=Count("pk", filter=corrected),
        corrected_at=Max("decision__corrected_at", filter=corrected),
    )
    forward = set(
        stage.entries.exclude(decision__outcome=Outcome.NOT_AWARDED)
        .filter(stands, decision__isnull=False)
        .values_list("pk", flat=True)
    )
    table = table_of(stage)
    means = {row.entry: row.total for row in table.standings if row.total is not None}
    appeals = Appeal.objects.filter(
        entry__stage=stage, kind__in=(AppealKind.APPEAL, AppealKind.COMPLAINT)
    ).exclude(state=AppealState.WITHDRAWN)
    heard = appeals.aggregate(all=Count("pk"), upheld=Count("pk", filter=Q(state__in=_UPHELD)))
    is_shown = len(means) >= FEWEST
    ahead = [means[pk] for pk in means.keys() & forward]
    return Statistics(
        stage=stage,
        submitted=len(table.standings),
        withdrawn=counts["withdrawn"],
        scored=len(means),
        reviews=counts["reviews"],
        judges=counts["judges"],
        shortlisted=decisions["shortlisted"],
        awards=decisions["awards"],
        not_awarded=decisions["not_awarded"],
        awarded=decisions["awarded"] or Decimal(0),
        agreement=table.fairness.agreement,
        decides_by="the raw mean" if table.why_raw else DecidesBy(table.rules.decides_by).label,
        bands=bands_of(means, forward) if is_shown else (),
        middle=median(means.values()) if is_shown else None,
        lowest_forward=min(ahead) if is_shown and len(ahead) >= FEWEST else None,
        declined=decisions["declined"],
        corrected=decisions["corrected"],
        corrected_at=decisions["corrected_at"],
        appeals=heard["all"],
        upheld=heard["upheld"],
    )


_UPHELD = (AppealState.UPHELD, AppealState.PARTLY)


def bands_of(means: Mapping[int, Number], forward: set[int]) -> list[Band]:
    """Mean totals from 0 to 100 in bands of `BAND` points, the last one closed."""
    place = {pk: min(int(mean // BAND), 100 // BAND - 1) for pk, mean in means.items()}
    every, ahead = Counter(place.values()), Counter(place[pk] for pk in place.keys() & forward)
    return [
        Band(number * BAND, (number + 1) * BAND, every[number], ahead[number])
        for number in range(100 // BAND)
    ]
