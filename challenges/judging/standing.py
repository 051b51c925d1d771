"""Who stands where, by the sealed rules. Pure functions: no Django, no database.

The order of the sealed rulebook: who meets its minimums comes before who doesn't; then the total
that decides, raw or adjusted; then the tie-break (the heaviest criteria, or a draw); what is level
then stays level. Names and times decide nothing.

All figures are exact fractions and are compared as they are; who shows one rounds it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from typing import Any

from marketplace.rounding import Number, as_exact, fixed, places_to_tell

HEAVIEST, DRAW, ADJUSTED = "heaviest", "draw", "adjusted"
"""The sealed words, as `TieBreak` and `DecidesBy` of the calls write them."""


@dataclass(frozen=True)
class Floor:
    """The lowest mean score on one criterion that can win, on that criterion's scale."""

    name: str
    least: int


@dataclass(frozen=True)
class Rules:
    """What the rulebook says of places. `places`: how many go forward, None for any number;
    `minimum_total`: of 100; `floors`: criterion id → its minimum, where it has one."""

    decides_by: str = "raw"
    tie_break: str = HEAVIEST
    places: int | None = None
    minimum_total: int | None = None
    floors: Mapping[int, Floor] = field(default_factory=dict)

    @classmethod
    def sealed(cls, content: Mapping[str, Any]) -> "Rules":
        """From a rulebook's content; an older one may lack keys."""
        return cls(
            decides_by=content.get("decides_by", "raw"),
            tie_break=content["tie_break"],
            places=content["places"],
            minimum_total=content.get("minimum_total"),
            floors={
                criterion["id"]: Floor(criterion["name"], criterion["minimum"])
                for criterion in content["criteria"]
                if criterion.get("minimum") is not None
            },
        )


@dataclass(frozen=True)
class Marks:
    """What one pitch was given. `totals` and `heaviest`: of each submitted review, 0 to 100;
    `criteria`: criterion id → mean on its own scale, for the criteria that have a minimum;
    `agreed`: (total, mean on the heaviest criteria) that the panel's meeting put in their place,
    which counts without any review too. Any kind of number; fractions are the exact ones."""

    entry: int
    reference: str
    totals: Sequence[Number] = ()
    heaviest: Sequence[Number] = ()
    criteria: Mapping[int, Number] = field(default_factory=dict)
    agreed: tuple[Number, Number] | None = None


@dataclass(frozen=True)
class Standing:
    """One pitch among the others.

    `place` counts from 1 and is None without any score or under a minimum (`short_of` says which,
    in words); `level` is how many share it. `total` (0 to 100) is the one that decides: agreed in
    the meeting (`agreed`), else raw mean or adjusted. `tie_mean` is the mean on the heaviest
    criteria where that parts level pitches; `by_tie` says that it parted this one from another
    with the same total, `drawn` that a draw did. `mean`, `lowest`,
    `highest` are of the raw totals, None without a review that counts.
    """

    entry: int
    reference: str
    reviews: int
    mean: Fraction | None = None
    lowest: Fraction | None = None
    highest: Fraction | None = None
    total: Fraction | None = None
    tie_mean: Fraction | None = None
    short_of: tuple[str, ...] = ()
    place: int | None = None
    level: int = 0
    by_tie: bool = False
    drawn: bool = False
    agreed: bool = False

    def goes_forward(self, places: int | None) -> bool:
        """Whether it stands above the cut line; those level across it do not yet."""
        return self.place is not None and (
            places is None or self.place + max(self.level, 1) - 1 <= places
        )

    def is_level_across(self, places: int | None) -> bool:
        """Whether the cut line runs through those who share its place."""
        return (
            self.place is not None
            and places is not None
            and self.place <= places < self.place + self.level - 1
        )


def stand(
    marks: Sequence[Marks],
    rules: Rules,
    *,
    adjusted: Mapping[int, float] | None = None,
    drawn: Sequence[str] = (),
) -> list[Standing]:
    """Every pitch in its place, best first; those without a place last.

    Args:
        adjusted: entry → adjusted total, where that ranking decides. None: raw means do.
        drawn: references in drawn order, where the rules draw and the draw may be made.
    """
    lots = {reference: number for number, reference in enumerate(drawn)}
    rows = [_measure(each, rules, adjusted) for each in marks]
    keyed = list(zip(_orders(rows, is_estimated=adjusted is not None), rows, strict=True))
    keyed.sort(key=lambda pair: (*pair[0], lots.get(pair[1].reference, 0), pair[1].reference))
    alike = Counter(key for key, _ in keyed)
    same_total = Counter(key[:2] for key, _ in keyed)
    placed: list[Standing] = []
    before: tuple[Order, int] | None = None
    for number, (key, row) in enumerate(keyed, start=1):
        if row.total is None or row.short_of:
            placed.append(row)
        elif alike[key] > 1 and row.reference in lots:
            placed.append(replace(row, place=number, level=1, drawn=True))
        else:
            place = before[1] if before is not None and before[0] == key else number
            before = (key, place)
            by_tie = same_total[key[:2]] > alike[key]
            placed.append(replace(row, place=place, level=alike[key], by_tie=by_tie))
    return placed


def _measure(marks: Marks, rules: Rules, adjusted: Mapping[int, float] | None) -> Standing:
    if not marks.totals and marks.agreed is None:
        return Standing(marks.entry, marks.reference, reviews=0)
    totals = [as_exact(total) for total in marks.totals]
    mean, lowest, highest = _summary(totals)
    heaviest = None
    if rules.tie_break == HEAVIEST:
        heaviest, _, _ = _summary([as_exact(each) for each in marks.heaviest])
    if marks.agreed is not None:
        total, heaviest = (as_exact(each) for each in marks.agreed)
    elif adjusted is not None:
        total = as_exact(adjusted[marks.entry])
    else:
        total = mean or Fraction(0)
    return Standing(
        entry=marks.entry,
        reference=marks.reference,
        reviews=len(totals),
        mean=mean,
        lowest=lowest,
        highest=highest,
        total=total,
        tie_mean=heaviest if rules.tie_break == HEAVIEST else None,
        short_of=tuple(_short_of(marks, total, rules)),
        agreed=marks.agreed is not None,
    )


def _summary(
    numbers: Sequence[Fraction],
) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """(mean, lowest, highest), each None of none."""
    if not numbers:
        return None, None, None
    parts, whole = _over_one_denominator(numbers)
    mean = Fraction(sum(parts), whole * len(parts))
    return mean, numbers[parts.index(min(parts))], numbers[parts.index(max(parts))]


def _short_of(marks: Marks, total: Fraction, rules: Rules) -> list[str]:
    found = []
    if rules.minimum_total is not None and total < rules.minimum_total:
        found.append(f"total {_below(total, rules.minimum_total)} needed")
    for pk, floor in rules.floors.items():
        mean = marks.criteria.get(pk)
        if mean is not None and as_exact(mean) < floor.least:
            found.append(f"“{floor.name}” {_below(as_exact(mean), floor.least)} needed")
    return found


def _below(figure: Fraction, least: int) -> str:
    """The figure to as many places as show that it is below."""
    return f"{fixed(figure, places_to_tell((figure, least), least=2))}, at least {least}"


Order = tuple[int, int, int]
"""Smaller is better; equal means level."""


def _orders(rows: Sequence[Standing], *, is_estimated: bool) -> list[Order]:
    """Of each row, in whole numbers. Estimates share no small denominator: they are numbered."""
    totals = [row.total or Fraction(0) for row in rows]
    if is_estimated:
        numbers = {total: number for number, total in enumerate(sorted(set(totals)))}
        wholes = [numbers[total] for total in totals]
    else:
        wholes, _ = _over_one_denominator(totals)
    ties, _ = _over_one_denominator([row.tie_mean or Fraction(0) for row in rows])
    return [
        (2, 0, 0) if row.total is None else (1 if row.short_of else 0, -whole, -tie)
        for row, whole, tie in zip(rows, wholes, ties, strict=True)
    ]


def _over_one_denominator(numbers: Sequence[Fraction]) -> tuple[list[int], int]:
    """Their numerators, and the denominator: to add and to compare whole numbers is as exact as
    with fractions, and much faster."""
    pairs = [number.as_integer_ratio() for number in numbers]
    whole = lcm(*{below for _, below in pairs})
    return [above * (whole // below) for above, below in pairs], whole
