"""Who reads what on a panel, how well it fits, and what keeps a pitch from having its judges."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from challenges.calls.models import Stage
from challenges.judging.matching import parts_of_pairs
from challenges.judging.models import Assignment, Panel, PanelMember, stands
from challenges.judging.pairs import barred_pairs, fit_of, limits_of, scorers, standing_of
from challenges.pitches.models import Entry, EntryState


@dataclass(frozen=True)
class Load:
    """A ready judge, how many pitches they have and may have at most (None: any number), and the
    mean fit of those (0 to 1)."""

    member: PanelMember
    pitches: int
    fit: float | None
    most: int | None = None


@dataclass(frozen=True)
class Reader:
    """A judge who has a pitch, and how well they know its matter (0 to 1)."""

    assignment: Assignment
    fit: float


@dataclass(frozen=True)
class Covered:
    """A pitch: who reads it, how many are wanting, and what keeps the others from it."""

    entry: Entry
    readers: list[Reader]
    lacking: int
    why: str = ""


@dataclass(frozen=True)
class Coverage:
    """`parts`: groups of judges who share no pitch, even through others (1: all comparable);
    `knows`: whether any judge has said what they know, so that fits say something."""

    loads: list[Load]
    pitches: list[Covered]
    parts: int
    knows: bool = False


def entries_to_read(stage: Stage, *, lacking_only: bool = False) -> QuerySet[Entry]:
    """The stage’s submitted pitches, annotated with `given`, the fewest readers first."""
    given = Count("assignments", filter=stands("assignments__"))
    entries = Entry.objects.filter(stage=stage, state=EntryState.SUBMITTED).annotate(given=given)
    if lacking_only:
        entries = entries.filter(given__lt=Panel.of(stage).reviews_per_pitch)
    return entries.select_related("pitch__organisation").order_by("given", "pitch__reference")


def coverage(stage: Stage, entries: list[Entry]) -> Coverage:
    """Of some of a stage’s pitches, and of all its ready judges."""
    panel = Panel.of(stage)
    if panel.pk is None:
        return Coverage([], [Covered(entry, [], panel.reviews_per_pitch) for entry in entries], 0)
    judges = list(scorers(panel).prefetch_related("expertise").order_by("name", "pk"))
    standing = list(standing_of(panel).values_list("member", "entry"))
    everything = sorted({entry for _, entry in standing} | {entry.pk for entry in entries})
    fit = fit_of(everything, judges)
    row = {pk: number for number, pk in enumerate(everything)}
    column = {judge.pk: number for number, judge in enumerate(judges)}
    load = Counter(judge for judge, _ in standing)
    fits: dict[int, list[float]] = {}
    for judge, read in standing:
        if judge in column:
            fits.setdefault(judge, []).append(float(fit[row[read], column[judge]]))
    barred, limits = barred_pairs(panel, judges), limits_of(panel, judges)
    shown = standing_of(panel).filter(entry__in=entries).select_related("member")
    readers: dict[int, list[Reader]] = {}
    for one in shown.order_by("member__name", "pk"):
        known = fit[row[one.entry_id], column[one.member_id]] if one.member_id in column else 0.0
        readers.setdefault(one.entry_id, []).append(Reader(one, float(known)))
    pitches = []
    for entry in entries:
        own = readers.get(entry.pk, [])
        lacking = max(0, panel.reviews_per_pitch - len(own))
        why = _why(limits, entry, own, judges, barred, load) if lacking else ""
        pitches.append(Covered(entry, own, lacking, why))
    means = {judge: sum(values) / len(values) for judge, values in fits.items()}
    return Coverage(
        [
            Load(judge, load[judge.pk], means.get(judge.pk), limits.get(judge.pk))
            for judge in judges
        ],
        pitches,
        parts_of_pairs(standing),
        knows=any(judge.expertise.all() for judge in judges),
    )


def _why(
    limits: dict[int, int],
    entry: Entry,
    readers: list[Reader],
    judges: list[PanelMember],
    barred: set[tuple[int, int]],
    load: Counter[int],
) -> str:
    """In words: how many of the others may not or can’t read it."""
    reading = {reader.assignment.member_id for reader in readers}
    others = [judge for judge in judges if judge.pk not in reading]
    tied = [judge for judge in others if (judge.pk, entry.pk) in barred]
    full = [
        judge
        for judge in others
        if judge not in tied and load[judge.pk] >= limits.get(judge.pk, load[judge.pk] + 1)
    ]
    away = [judge for judge in others if judge not in [*tied, *full] and judge.is_away_throughout]
    free = len(others) - len(tied) - len(full) - len(away)
    if not judges:
        return "Nobody on the panel is ready yet."
    if not others:
        return "Every judge who is ready has it. Invite another."
    found = [
        f"{len(tied)} may not: an interest, or not declared since it came in" if tied else "",
        f"{len(full)} at their limit" if full else "",
        f"{len(away)} away until the panel closes" if away else "",
        f"{free} free: share out" if free else "",
    ]
    return f"Of the other judges: {'; '.join(filter(None, found))}."
