"""What matching reads of calls and of organisations: a few queries, however many they are."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from challenges.awards.models import Award
from challenges.calls.models import Call, WantedCapability
from search.scoring import Asked, Held
from startups.models import Claim, Organisation

MOST_IDS = 5_000
"""In one query: what a database takes, and what fits in little memory."""


@dataclass
class Brief:
    """A call: what it asks for, names of its sectors and places, ids of its objectives, and the
    stages of growth and sizes it is meant for (none: any)."""

    pk: int
    asked: list[Asked] = field(default_factory=list)
    sectors: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    objectives: set[int] = field(default_factory=set)
    stages: list[str] = field(default_factory=list)
    sizes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Funded:
    """A project of an organisation."""

    call: int
    title: str
    objectives: frozenset[int]


@dataclass
class Profile:
    """An organisation: capability code → what is held, sectors, place and projects; its stage and
    size, where it says them."""

    pk: int
    place: str
    stage: str
    size: str
    updated_at: datetime
    held: dict[str, Held] = field(default_factory=dict)
    sectors: set[str] = field(default_factory=set)
    funded: list[Funded] = field(default_factory=list)


def briefs(ids: Collection[int]) -> dict[int, Brief]:
    """Four queries for each `MOST_IDS` calls."""
    return {pk: brief for part in _parts(ids) for pk, brief in _briefs(part).items()}


def profiles(ids: Collection[int]) -> dict[int, Profile]:
    """Five queries for each `MOST_IDS` organisations."""
    return {pk: profile for part in _parts(ids) for pk, profile in _profiles(part).items()}


def _briefs(ids: list[int]) -> dict[int, Brief]:
    found: dict[int, Brief] = {}
    rows = Call.objects.filter(pk__in=ids).values_list(
        "pk", "for_stages", "for_sizes", "objectives"
    )
    for pk, stages, sizes, objective in rows.order_by("pk", "objectives"):
        brief = found.setdefault(pk, Brief(pk, stages=stages, sizes=sizes))
        if objective is not None:
            brief.objectives.add(objective)
    wanted = WantedCapability.objects.filter(call__in=ids).values_list(
        "call", *_capability(), "level", "essential"
    )
    for call, code, name, group, level, essential in wanted.order_by("pk"):
        found[call].asked.append(Asked(code, name, level, essential, group))
    for call, name in _names(Call, "sectors", ids):
        found[call].sectors.add(name)
    for call, name in _names(Call, "places", ids):
        found[call].places.add(name)
    return found


def _profiles(ids: list[int]) -> dict[int, Profile]:
    rows = Organisation.objects.filter(pk__in=ids).values_list(
        "pk", "place__name", "stage", "size", "updated_at"
    )
    found = {
        pk: Profile(pk, place or "", stage, size, updated_at)
        for pk, place, stage, size, updated_at in rows
    }
    claims = Claim.objects.filter(organisation__in=ids).values_list(
        "organisation", *_capability(), "level"
    )
    for firm, code, name, group, level in claims.order_by("pk"):
        found[firm].held[code] = Held(name, level, group)
    for firm, name in _names(Organisation, "sectors", ids):
        found[firm].sectors.add(name)
    awards = list(
        Award.objects.standing()
        .filter(organisation__in=ids)
        .order_by("pk")
        .values_list("organisation", "call", "title")
    )
    objectives: dict[int, set[int]] = {}
    if awards:
        for call, objective in _names(Call, "objectives", {row[1] for row in awards}, "pk"):
            objectives.setdefault(call, set()).add(objective)
    for firm, call, title in awards:
        served = frozenset(objectives.get(call, ()))
        found[firm].funded.append(Funded(call, title, served))
    return found


def _capability() -> tuple[str, str, str]:
    return "capability__code", "capability__name", "capability__group__name"


def _names(model: Any, many: str, ids: Iterable[int], what: str = "name") -> Iterator[Any]:
    """(Id, name) of a model's many-to-many rows."""
    rows = model.objects.filter(pk__in=list(ids), **{f"{many}__isnull": False})
    return rows.order_by().values_list("pk", f"{many}__{what}").iterator(chunk_size=5000)


def _parts(ids: Collection[int]) -> Iterator[list[int]]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), MOST_IDS):
        yield wanted[start : start + MOST_IDS]
