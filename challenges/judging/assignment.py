"""Who reads what. Pure functions: no Django, no database."""

from collections.abc import Hashable, Iterable, Mapping, Sequence

Entry = Hashable
Judge = Hashable


def share_out(
    entries: Sequence[Entry],
    judges: Sequence[Judge],
    *,
    reviews: int,
    conflicts: Iterable[tuple[Judge, Entry]] = (),
    existing: Iterable[tuple[Judge, Entry]] = (),
) -> tuple[list[tuple[Judge, Entry]], dict[Entry, int]]:
    """Give each entry `reviews` judges, evenly, and nobody one that they may not see.

    Entries with the fewest possible judges choose first; each takes those with least to read.

    Args:
        conflicts: pairs that must never be made.
        existing: pairs that stand already; they count, and are not given again.

    Returns:
        The new pairs, and for each entry that could not be given enough judges how many lack.
    """
    barred = set(conflicts)
    readers: dict[Entry, set[Judge]] = {entry: set() for entry in entries}
    load: dict[Judge, int] = dict.fromkeys(judges, 0)
    for judge, entry in existing:
        load[judge] = load.get(judge, 0) + 1
        readers.setdefault(entry, set()).add(judge)
    new, lacking = [], {}
    for entry in sorted(entries, key=lambda e: _choices(e, judges, barred)):
        free = [j for j in judges if (j, entry) not in barred and j not in readers[entry]]
        wanted = max(0, reviews - len(readers[entry]))
        chosen = _least_loaded(free, load, wanted)
        for judge in chosen:
            load[judge] += 1
            new.append((judge, entry))
        if len(chosen) < wanted:
            lacking[entry] = wanted - len(chosen)
    return new, lacking


def _choices(entry: Entry, judges: Sequence[Judge], barred: set[tuple[Judge, Entry]]) -> int:
    return sum((judge, entry) not in barred for judge in judges)


def _least_loaded(free: Sequence[Judge], load: Mapping[Judge, int], count: int) -> list[Judge]:
    return sorted(free, key=lambda judge: load[judge])[:count]
