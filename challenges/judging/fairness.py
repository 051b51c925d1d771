"""A panel's scores looked at for fairness: severity, agreement, and places with their spread."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from typing import Any

from django.core.cache import cache

from challenges.judging.adjustment import METHOD, Adjusted, NotComparable, adjust
from challenges.judging.agreement import in_words, krippendorff_alpha
from challenges.judging.without import Hinge, hinges
from marketplace.activity.chain import sha256
from marketplace.rounding import Number, as_exact

KEPT_SHAPE = 5
"""Of what is kept: an older release's is not read."""

KEPT = 24 * 3600
"""Seconds: as long as the scores stay the same, so does the result."""

Review = tuple[int, int, Number]
"""(entry, member, total from 0 to 100) of one submitted review; exact as a fraction."""

Exact = tuple[int, int, Fraction]

FEWEST_JUDGES, FEWEST_PITCHES = 2, 3


@dataclass(frozen=True)
class Place:
    """One pitch: raw and adjusted totals (0 to 100), places (1 the best), and 90% intervals.
    The raw mean is exact, the rest estimated."""

    entry: int
    raw: Fraction
    raw_place: int
    score: float
    place: int
    low: float
    high: float
    best: int
    worst: int

    def is_level_with_cut(self, places: int | None) -> bool:
        """Whether the scores can't say on which side of the cut line it belongs."""
        return places is not None and self.best <= places < self.worst


@dataclass(frozen=True)
class Severity:
    """One judge: how far from the panel's mean they score (below 0: harsh), with 90% interval."""

    member: int
    mean: float
    low: float
    high: float
    scale: float
    reviews: int


@dataclass(frozen=True)
class Fairness:
    """`reviews` are those looked at; `why_not` says why nothing was adjusted; the raw places are
    there all the same."""

    digest: str
    alpha: float | None
    agreement: str
    places: list[Place] = field(default_factory=list)
    judges: list[Severity] = field(default_factory=list)
    why_not: str = ""
    method: str = METHOD
    reviews: tuple[tuple[int, int, float], ...] = ()

    def hinges(self, places: int | None) -> list[Hinge]:
        """Pitches whose place hangs on one judge, of so many places that go forward."""
        severity = {judge.member: judge.mean for judge in self.judges}
        return hinges(self.reviews, places, severity)


def look_at(reviews: Sequence[Review]) -> Fairness:
    """The look at a stage's submitted reviews; the sums are done once for the same scores."""
    rows = [(entry, member, as_exact(total)) for entry, member, total in reviews]
    digest = sha256([[entry, member, str(total)] for entry, member, total in rows])
    key = f"fairness:{METHOD}:{KEPT_SHAPE}:{digest}"
    kept = cache.get(key)
    if kept is not None:
        return _from_json(kept)
    floats = tuple((entry, member, float(total)) for entry, member, total in rows)
    found = replace(_look(digest, rows), reviews=floats)
    cache.set(key, _as_json(found), KEPT)
    return found


def _as_json(found: Fairness) -> dict[str, Any]:
    """As the cache keeps it; fractions as text, so that they stay exact."""
    places = [{**asdict(place), "raw": str(place.raw)} for place in found.places]
    return {**asdict(found), "places": places}


def _from_json(kept: dict[str, Any]) -> Fairness:
    return Fairness(
        **{
            **kept,
            "places": [Place(**{**row, "raw": Fraction(row["raw"])}) for row in kept["places"]],
            "judges": [Severity(**row) for row in kept["judges"]],
            "reviews": tuple((entry, member, total) for entry, member, total in kept["reviews"]),
        }
    )


def _look(digest: str, rows: Sequence[Exact]) -> Fairness:
    entries = sorted({entry for entry, _, _ in rows})
    members = sorted({member for _, member, _ in rows})
    pitch = {pk: place for place, pk in enumerate(entries)}
    judge = {pk: place for place, pk in enumerate(members)}
    scores = [float(total) for _, _, total in rows]
    i = [pitch[entry] for entry, _, _ in rows]
    j = [judge[member] for _, member, _ in rows]
    alpha = krippendorff_alpha(scores, i)
    words = in_words(alpha)
    if len(members) < FEWEST_JUDGES or len(entries) < FEWEST_PITCHES:
        why = "There are too few reviews yet to tell harsh judges from weak pitches."
        return Fairness(digest, alpha, words, why_not=why)
    try:
        result = adjust(scores, i, j)
    except NotComparable as error:
        return Fairness(digest, alpha, words, why_not=str(error))
    counts = {member: j.count(place) for member, place in judge.items()}
    return Fairness(
        digest,
        alpha,
        words,
        places=_places(rows, pitch, result),
        judges=[
            Severity(
                member=member,
                mean=float(result.severity[place]),
                low=float(result.severity_low[place]),
                high=float(result.severity_high[place]),
                scale=float(result.scale[place]),
                reviews=counts[member],
            )
            for member, place in judge.items()
        ],
    )


def _places(rows: Sequence[Exact], numbers: Mapping[int, int], result: Adjusted) -> list[Place]:
    """Args: numbers: entry → its number in the results."""
    totals: dict[int, list[Fraction]] = {entry: [] for entry in numbers}
    for entry, _, total in rows:
        totals[entry].append(total)
    raw = {entry: sum(own, Fraction(0)) / len(own) for entry, own in totals.items()}
    adjusted = {entry: float(result.score[number]) for entry, number in numbers.items()}
    raw_places = _ranks(raw)
    places = _ranks({entry: as_exact(score) for entry, score in adjusted.items()})
    found = [
        Place(
            entry=entry,
            raw=raw[entry],
            raw_place=raw_places[entry],
            score=adjusted[entry],
            place=places[entry],
            low=float(result.low[n]),
            high=float(result.high[n]),
            best=int(result.rank_low[n]),
            worst=int(result.rank_high[n]),
        )
        for entry, n in numbers.items()
    ]
    return sorted(found, key=lambda place: place.place)


def _ranks(figures: Mapping[int, Any]) -> dict[int, int]:
    """Entry → 1 for the highest figure; equal figures share the better place."""
    first: dict[Any, int] = {}
    for number, figure in enumerate(sorted(figures.values(), reverse=True), start=1):
        first.setdefault(figure, number)
    return {entry: first[figure] for entry, figure in figures.items()}
