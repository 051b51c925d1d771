"""What a calibration round shows: how far each is, and where judges differ on a sample."""

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from challenges.calls.models import Stage
from challenges.judging.models import Calibration, PanelMember, Sample, SampleReview
from challenges.judging.pairs import scorers
from challenges.judging.ranking import weighted_total
from challenges.judging.services.calibrating import promised
from challenges.judging.totals import mean_of
from marketplace.rounding import fixed

SAMPLES = Path(__file__).parent / "data" / "samples.json"

ALIKE = 5
"""Points of 100 within which a judge's totals count as those of the panel."""


@dataclass(frozen=True)
class Row:
    """One criterion: each judge's (score, why) in the order of the columns; their mean, lowest
    and highest on the criterion's own scale."""

    name: str
    scale: int
    given: list[tuple[int | None, str]]
    lowest: int
    highest: int
    mean: Fraction


@dataclass(frozen=True)
class Comparison:
    """One sample as all who handed it in scored it; `totals` of 100, in the order of `judges`."""

    sample: Sample
    judges: list[PanelMember]
    rows: list[Row]
    totals: list[Fraction]

    @property
    def mean(self) -> Fraction:
        return mean_of(self.totals) or Fraction(0)


def sample_texts() -> list[tuple[str, str]]:
    """The invented samples that come with the service, as (title, text)."""
    return [
        (each["title"], each["text"]) for each in json.loads(SAMPLES.read_text(encoding="utf-8"))
    ]


def compare(sample: Sample, stage: Stage) -> Comparison | None:
    """Everybody's scores of a sample side by side; None while nobody has handed it in."""
    reviews = list(
        SampleReview.objects.filter(sample=sample)
        .select_related("member")
        .prefetch_related("scores")
        .order_by("member__name", "pk")
    )
    if not reviews:
        return None
    criteria = promised(stage)
    given = [{score.criterion_id: score for score in review.scores.all()} for review in reviews]
    rows = []
    for criterion in criteria:
        scores = [each.get(criterion["id"]) for each in given]
        values = [score.value for score in scores if score]
        rows.append(
            Row(
                name=criterion["name"],
                scale=criterion["scale"],
                given=[(score.value, score.comment) if score else (None, "") for score in scores],
                lowest=min(values, default=0),
                highest=max(values, default=0),
                mean=mean_of(values) or Fraction(0),
            )
        )
    weights = [criterion["weight"] for criterion in criteria]
    scales = [criterion["scale"] for criterion in criteria]
    totals = [
        weighted_total([row.given[place][0] or 0 for row in rows], weights, scales)
        for place in range(len(reviews))
    ]
    return Comparison(sample, [review.member for review in reviews], rows, totals)


def leaning(comparisons: list[Comparison], member: PanelMember) -> str:
    """How one judge's totals lie to the others', in a sentence; empty where there is no telling."""
    gaps: list[Fraction] = []
    for found in comparisons:
        pairs = list(zip(found.judges, found.totals, strict=True))
        own = [total for judge, total in pairs if judge.pk == member.pk]
        others = [total for judge, total in pairs if judge.pk != member.pk]
        if own and others:
            gaps.append(own[0] - (mean_of(others) or 0))
    gap = mean_of(gaps)
    if gap is None:
        return ""
    if abs(gap) <= ALIKE:
        return "Your totals are close to the other judges’."
    side = (
        "above the other judges’: you are milder"
        if gap > 0
        else ("below the other judges’: you are stricter")
    )
    return f"Your totals are {fixed(abs(gap), 0)} points of 100 {side}."


def progress(calibration: Calibration) -> list[tuple[PanelMember, int]]:
    """Each judge who takes part, and how many samples they have handed in."""
    done: dict[int, int] = {}
    reviews = SampleReview.objects.filter(sample__calibration=calibration)
    for member in reviews.values_list("member_id", flat=True):
        done[member] = done.get(member, 0) + 1
    judges = scorers(calibration.panel).order_by("name", "pk")
    return [(judge, done.get(judge.pk, 0)) for judge in judges]
