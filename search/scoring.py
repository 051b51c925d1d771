"""How well two records fit, as numbers from 0 to 1. Pure functions, no Django.

Each signal is a number from 0 (nothing) to 1 (all that could be wished), or None where one
of the two records says nothing about it. `weighed` is their weighted mean.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypeVar

WEIGHTS_VERSION = 3
"""Goes up with every change of what stands below, so that a judgement says what it judged."""

WEIGHTS: Mapping[str, float] = {
    "capabilities": 0.45,
    "text": 0.30,
    "sectors": 0.10,
    "record": 0.06,
    "places": 0.05,
    "freshness": 0.04,
}
"""The share of each signal; they sum to 1. Capabilities lead: they are stated on both sides
with a level, and the words of a short profile say less. Place is a wish and not a rule."""

UNSTATED = 0.25
"""What a signal counts that a record says nothing about: better than a misfit, worse than a
fit, so that a sparse record neither wins nor is lost."""

UNSUITED_KEEPS = 0.75
"""What a score keeps for each of stage and size that a call is not meant for."""

WORTH_SHOWING = 0.2
"""Below this score a match is not shown: a sector in common and little else."""

ESSENTIAL_COUNTS = 2.0
"""An essential capability counts as much as this many others."""

SHORTFALL_COUNTS = 0.7
"""A level below what was asked earns this share of the ratio of the two levels."""

SIBLING_COUNTS = 0.25
"""A capability of the same group earns this share of what a shortfall would."""

LIFT = 0.15
"""Added for a match that somebody called good."""

OTHER_RECORD = 0.6
"""What an award for another objective counts, where one for the same counts 1."""

FRESH_DAYS, OLD_DAYS = 180, 730
"""A record touched within the first counts as fresh; after the second, as not at all."""

NEW_SHARE = 0.2
"""Of the places in a list of organisations, kept for those without an award yet."""

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Asked:
    """A capability that a call asks for, at least at `level` (1 to 4); `group` is its family."""

    code: str
    name: str
    level: int
    essential: bool = False
    group: str = ""


@dataclass(frozen=True)
class Held:
    """A capability that an organisation claims, at `level` (1 to 4)."""

    name: str
    level: int
    group: str = ""


@dataclass(frozen=True)
class Fit:
    """What became of one thing asked for; `held` is 0 where it is not claimed, and `sibling` then
    is what is claimed of the same group, if anything."""

    asked: Asked
    held: int
    sibling: Held | None = None

    @property
    def is_met(self) -> bool:
        return self.held >= self.asked.level

    @property
    def is_short(self) -> bool:
        return 0 < self.held < self.asked.level

    @property
    def is_missing(self) -> bool:
        return self.held == 0

    @property
    def share(self) -> float:
        """1 where met, a part where short or where a sibling is held, 0 where missing."""
        if self.is_met:
            return 1.0
        if self.held:
            return SHORTFALL_COUNTS * self.held / self.asked.level
        if self.sibling:
            return (
                SIBLING_COUNTS * SHORTFALL_COUNTS * min(1.0, self.sibling.level / self.asked.level)
            )
        return 0.0


def fits(asked: Iterable[Asked], held: Mapping[str, Held]) -> list[Fit]:
    """Each thing asked for beside what is held, by capability code."""
    families: dict[str, Held] = {}
    for each in held.values():
        best = families.get(each.group)
        if each.group and (best is None or (each.level, each.name) > (best.level, best.name)):
            families[each.group] = each
    return [
        Fit(item, found.level)
        if (found := held.get(item.code))
        else Fit(item, 0, families.get(item.group))
        for item in asked
    ]


def capability_score(found: Sequence[Fit]) -> float | None:
    """Weighted mean of the shares, the essential ones counting more; None for nothing asked."""
    if not found:
        return None
    weights = [ESSENTIAL_COUNTS if fit.asked.essential else 1.0 for fit in found]
    total = sum(weight * fit.share for weight, fit in zip(weights, found, strict=True))
    return total / sum(weights)


def overlap_score(wanted: set[str], offered: set[str]) -> float | None:
    """1 for anything in common, 0 for nothing; None where one side names none."""
    if not wanted or not offered:
        return None
    return 1.0 if wanted & offered else 0.0


def record_score(awards: int, for_same_objective: int) -> float | None:
    """1 for a funded project towards one of the call's objectives, less for any other; None for
    nobody's first: who is new is not marked down for it."""
    if not awards:
        return None
    return 1.0 if for_same_objective else OTHER_RECORD


def freshness_score(days: float) -> float:
    """1 for a record touched lately, falling to 0 for one that nobody has looked after."""
    return min(1.0, max(0.0, (OLD_DAYS - days) / (OLD_DAYS - FRESH_DAYS)))


def is_unsuited(meant_for: Sequence[str], own: str) -> bool:
    """Whether a call is meant for others; an organisation that does not say is not."""
    return bool(meant_for and own and own not in meant_for)


def weighed(
    signals: Mapping[str, float | None], *, liked: bool = False, unsuited: int = 0
) -> float:
    """The weighted mean of the signals named in `WEIGHTS`, from 0 to 1.

    Args:
        unsuited: of stage and size, how many the call is not meant for.
    """
    total = 0.0
    for name, weight in WEIGHTS.items():
        value = signals[name]
        total += weight * (UNSTATED if value is None else value)
    total = total * UNSUITED_KEEPS**unsuited + (LIFT if liked else 0.0)
    return round(min(total, 1.0), 4)


def with_fair_reach(
    ranked: Sequence[Thing], is_new: Callable[[Thing], bool], limit: int
) -> list[Thing]:
    """The first so many, with `NEW_SHARE` of the places for the new where there are as many.

    The best of the new take the places of the last of the others; all keep their order.
    """
    chosen = list(range(min(limit, len(ranked))))
    wanted = ceil(NEW_SHARE * limit)
    waiting = [n for n in range(len(chosen), len(ranked)) if is_new(ranked[n])]
    short = wanted - sum(is_new(ranked[n]) for n in chosen)
    for newcomer in waiting[: max(short, 0)]:
        last = next(n for n in reversed(chosen) if not is_new(ranked[n]))
        chosen.remove(last)
        chosen.append(newcomer)
    return [ranked[n] for n in sorted(chosen)]
