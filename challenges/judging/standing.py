"""Who stands where, by the sealed rules. Pure functions: no Django, no database.

The order of the sealed rulebook: who meets its minimums comes before who doesn't; then the total
that decides, raw or adjusted; then the tie-break (the heaviest criteria, or a draw); what is level
then stays level. Names and times decide nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

HEAVIEST, DRAW, ADJUSTED = "heaviest", "draw", "adjusted"
"""The sealed words, as `TieBreak` and `DecidesBy` of the calls write them."""

LEVEL_TO = 8
"""Decimal places to which means are compared, so that the noise of a float parts nobody."""

ADJUSTED_TO = 2
"""Decimal places of an adjusted total: finer than the draws that estimate it, it means nothing."""


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
    `agreed`: (total, mean on the heaviest criteria) that the panel's meeting put in their place."""

    entry: int
    reference: str
    totals: Sequence[Decimal] = ()
    heaviest: Sequence[float] = ()
    criteria: Mapping[int, float] = field(default_factory=dict)
    agreed: tuple[Decimal, float] | None = None


@dataclass(frozen=True)
class Standing:
    """One pitch among the others.

    `place` counts from 1 and is None without reviews or under a minimum (`short_of` says which,
    in words); `level` is how many share it. `total` (0 to 100) is the one that decides: agreed in
    the meeting (`agreed`), else raw mean or adjusted. `tie_mean` is the mean on the heaviest
    criteria where that parts level pitches; `drawn` says that a draw did. `mean`, `lowest`,
    `highest` are of the raw totals.
    """

    entry: int
    reference: str
    reviews: int
    mean: float | None = None
    lowest: float | None = None
    highest: float | None = None
    total: float | None = None
    tie_mean: float | None = None
    short_of: tuple[str, ...] = ()
    place: int | None = None
    level: int = 0
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
    rows.sort(key=lambda row: (*_order(row), lots.get(row.reference, 0), row.reference))
    alike: dict[tuple[float, ...], int] = {}
    for row in rows:
        alike[_order(row)] = alike.get(_order(row), 0) + 1
    placed: list[Standing] = []
    for number, row in enumerate(rows, start=1):
        many = alike[_order(row)]
        if row.total is None or row.short_of:
            placed.append(row)
        elif many > 1 and row.reference in lots:
            placed.append(replace(row, place=number, level=1, drawn=True))
        else:
            first = placed[-1] if placed else None
            follows = first is not None and _order(first) == _order(row)
            place = first.place if follows and first is not None else number
            placed.append(replace(row, place=place, level=many))
    return placed


def _measure(marks: Marks, rules: Rules, adjusted: Mapping[int, float] | None) -> Standing:
    if not marks.totals:
        return Standing(marks.entry, marks.reference, reviews=0)
    mean = _mean(marks.totals)
    total = mean if adjusted is None else round(adjusted[marks.entry], ADJUSTED_TO)
    heaviest = sum(marks.heaviest) / len(marks.heaviest) if marks.heaviest else None
    if marks.agreed is not None:
        total, heaviest = float(marks.agreed[0]), marks.agreed[1]
    return Standing(
        entry=marks.entry,
        reference=marks.reference,
        reviews=len(marks.totals),
        mean=mean,
        lowest=float(min(marks.totals)),
        highest=float(max(marks.totals)),
        total=total,
        tie_mean=heaviest if rules.tie_break == HEAVIEST else None,
        short_of=tuple(_short_of(marks, total, rules)),
        agreed=marks.agreed is not None,
    )


def _mean(totals: Sequence[Decimal]) -> float:
    """Of whole hundredths, so that equal means are equal numbers whatever their order."""
    return int(sum(totals) * 100) / (100 * len(totals))


def _short_of(marks: Marks, total: float, rules: Rules) -> list[str]:
    found = []
    if rules.minimum_total is not None and round(total, LEVEL_TO) < rules.minimum_total:
        found.append(f"total {total:.2f}, at least {rules.minimum_total} needed")
    for pk, floor in rules.floors.items():
        mean = marks.criteria.get(pk)
        if mean is not None and round(mean, LEVEL_TO) < floor.least:
            found.append(f"“{floor.name}” {mean:.2f}, at least {floor.least} needed")
    return found


def _order(row: Standing) -> tuple[float, ...]:
    """Smaller is better; equal means level."""
    if row.total is None:
        return (2, 0, 0)
    tie = 0 if row.tie_mean is None else round(row.tie_mean, LEVEL_TO)
    return (1 if row.short_of else 0, -round(row.total, LEVEL_TO), -tie)
