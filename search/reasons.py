"""Why two records fit and what stands between them, in plain words that are true of both."""

from collections.abc import Iterable, Sequence

from search.scoring import Fit, is_unsuited
from startups.models import GrowthStage, Level, Size


def capability_reasons(found: Sequence[Fit]) -> list[str]:
    return [
        f"{Level(fit.held).label} in {fit.asked.name}, asked for {Level(fit.asked.level).label}"
        for fit in found
        if fit.is_met
    ]


def capability_gaps(found: Sequence[Fit]) -> list[str]:
    """What is short or not claimed, the essential ones first."""
    ordered = sorted(found, key=lambda fit: not fit.asked.essential)
    return [_gap(fit) for fit in ordered if not fit.is_met]


def _gap(fit: Fit) -> str:
    essential = " (essential)" if fit.asked.essential else ""
    if fit.is_missing:
        nearest = f"; the nearest claimed is {fit.sibling.name}" if fit.sibling else ""
        return f"Not yet claimed: {fit.asked.name}{essential}{nearest}"
    held, asked = Level(fit.held).label, Level(fit.asked.level).label
    return f"{held} in {fit.asked.name}, asked for {asked}{essential}"


def sector_reasons(shared: Iterable[str]) -> list[str]:
    names = sorted(shared)
    return [f"Both: {', '.join(names)}"] if names else []


def place_reasons(places: set[str], place: str) -> list[str]:
    return [f"Based in {place}, where it is wanted"] if place in places else []


def place_gaps(places: set[str], place: str) -> list[str]:
    if not places or not place or place in places:
        return []
    return [f"Based in {place}; it is for {', '.join(sorted(places))}"]


def meant_reasons(stages: Sequence[str], sizes: Sequence[str], stage: str, size: str) -> list[str]:
    """That a call is meant for organisations at this stage of growth, and of this size."""
    found = []
    if stage in stages:
        found.append(f"Meant for the stage {_stage(stage)}")
    if size in sizes:
        found.append(f"Meant for the size {Size(size).label}")
    return found


def meant_gaps(stages: Sequence[str], sizes: Sequence[str], stage: str, size: str) -> list[str]:
    """That it is meant for others; nothing where an organisation does not say."""
    found = []
    if is_unsuited(stages, stage):
        meant = ", ".join(map(_stage, stages))
        found.append(f"At the stage {_stage(stage)}; it is meant for {meant}")
    if is_unsuited(sizes, size):
        meant = ", ".join(Size(each).label for each in sizes)
        found.append(f"Of the size {Size(size).label}; it is meant for {meant}")
    return found


def _stage(value: str) -> str:
    return GrowthStage(value).label.partition(":")[0]


def record_reasons(titles: Sequence[str]) -> list[str]:
    """Projects funded towards an objective of the call; the first two by name."""
    named = " and ".join(f"“{title}”" for title in titles[:2])
    return [f"Funded before for the same objective: {named}"] if titles else []


def filling_reasons(found: Sequence[Fit]) -> list[str]:
    """What somebody brings that the asking side lacks."""
    return [
        f"{Level(fit.held).label} in {fit.asked.name}, which the call asks for and you lack"
        for fit in found
        if fit.held
    ]


def word_reasons(whose: str, says: str, shared: Sequence[str], passage: str = "") -> list[str]:
    """Nothing for a single word: one word in common is chance as often as not.

    Args:
        whose, says: "Your words" and "It says", or as it may be.
        passage: where the other record says so, word for word.
    """
    if len(shared) < 2:
        return []
    quoted = f". {says}: “{passage}”" if passage else ""
    return [f"{whose}: {', '.join(shared)}{quoted}"]
