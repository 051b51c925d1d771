"""How well two records fit, as numbers from 0 to 1. Pure functions, no Django.

Each signal is a number from 0 (nothing) to 1 (all that could be wished), or None where one
of the two records says nothing about it. `fused` is their weighted mean.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WEIGHTS: Mapping[str, float] = {
    "capabilities": 0.55,
    "text": 0.25,
    "sectors": 0.12,
    "places": 0.08,
}
"""The share of each signal; they sum to 1. Capabilities lead: they are stated on both sides
with a level, and the words of a short profile say less. Place is a wish and not a rule."""

UNSTATED = 0.25
"""What a signal counts that a record says nothing about: better than a misfit, worse than a
fit, so that a sparse record neither wins nor is lost."""

WORTH_SHOWING = 0.2
"""Below this score a match is not shown: a sector in common and little else."""

ESSENTIAL_COUNTS = 2.0
"""An essential capability counts as much as this many others."""

SHORTFALL_COUNTS = 0.7
"""A level below what was asked earns this share of the ratio of the two levels."""


@dataclass(frozen=True)
class Asked:
    """A capability that a call asks for, at least at `level` (1 to 4)."""

    code: str
    name: str
    level: int
    essential: bool = False


@dataclass(frozen=True)
class Fit:
    """What became of one thing asked for; `held` is 0 where it is not claimed."""

    asked: Asked
    held: int

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
        """1 where met, a part where short, 0 where missing."""
        return 1.0 if self.is_met else SHORTFALL_COUNTS * self.held / self.asked.level


def fits(asked: Iterable[Asked], held: Mapping[str, int]) -> list[Fit]:
    """Each thing asked for beside the level (1 to 4) held, by capability code."""
    return [Fit(item, held.get(item.code, 0)) for item in asked]


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


def normalised(scores: Mapping[int, float]) -> dict[int, float]:
    """Raw relevance (any positive scale) as shares of the best: 1 for it, less for the rest."""
    best = max(scores.values(), default=0.0)
    return {key: value / best for key, value in scores.items()} if best > 0 else {}


def fused(signals: Mapping[str, float | None]) -> float:
    """The weighted mean of the signals named in `WEIGHTS`, from 0 to 1."""
    total = 0.0
    for name, weight in WEIGHTS.items():
        value = signals[name]
        total += weight * (UNSTATED if value is None else value)
    return round(total, 4)
