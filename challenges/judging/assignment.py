"""Who reads what. Pure functions: no Django, no database.

Reviews are first given to whoever has least to read, then moved along chains of judges while
that makes loads evener. When no such chain is left, the loads are as even as the conflicts
allow: Harvey, Ladner, Lovász and Tamir, "Semi-matchings for bipartite graphs and load
balancing", Journal of Algorithms 59 (2006), theorem 3.1.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

Entry = Hashable
Judge = Hashable
Pair = tuple[Judge, Entry]


def share_out(
    entries: Sequence[Entry],
    judges: Sequence[Judge],
    *,
    reviews: int,
    most: int | Mapping[Any, int] | None = None,
    conflicts: Iterable[Pair] = (),
    existing: Iterable[Pair] = (),
) -> tuple[list[Pair], dict[Entry, int]]:
    """Give each entry `reviews` judges, evenly, and nobody one that they may not see.

    Args:
        most: entries that one judge may have, those that stand included: one number for all, or
            one for each judge who has a limit.
        conflicts: pairs that must never be made.
        existing: pairs that stand already; they count, and are not given again.

    Returns:
        The new pairs, and for each entry that could not be given enough judges how many lack.
    """
    barred = set(conflicts) | set(existing)
    limit = dict.fromkeys(judges, most) if isinstance(most, int) else dict(most or {})
    load: dict[Judge, int] = dict.fromkeys(judges, 0)
    readers: dict[Entry, int] = dict.fromkeys(entries, 0)
    for judge, entry in existing:
        load[judge] = load.get(judge, 0) + 1
        readers[entry] = readers.get(entry, 0) + 1
    held: dict[Judge, list[Entry]] = {judge: [] for judge in judges}
    lacking: dict[Entry, int] = {}
    for entry in entries:
        free = [
            judge
            for judge in judges
            if (judge, entry) not in barred and load[judge] < limit.get(judge, load[judge] + 1)
        ]
        wanted = max(0, reviews - readers[entry])
        chosen = sorted(free, key=lambda judge: load[judge])[:wanted]
        for judge in chosen:
            load[judge] += 1
            held[judge].append(entry)
        if len(chosen) < wanted:
            lacking[entry] = wanted - len(chosen)
    _even_out(held, load, barred, limit)
    return [(judge, entry) for judge in judges for entry in held[judge]], lacking


def _even_out(
    held: dict[Judge, list[Entry]],
    load: dict[Judge, int],
    barred: set[Pair],
    limit: Mapping[Judge, int],
) -> None:
    """Move entries from judges with more to judges with less, in place, while that helps."""
    while chain := _find_chain(held, load, barred, limit):
        for giver, entry, taker in chain:
            held[giver].remove(entry)
            held[taker].append(entry)
        load[chain[0][0]] -= 1
        load[chain[-1][2]] += 1


def _find_chain(
    held: Mapping[Judge, list[Entry]],
    load: Mapping[Judge, int],
    barred: set[Pair],
    limit: Mapping[Judge, int],
) -> list[tuple[Judge, Entry, Judge]]:
    """Moves (from, entry, to) that take one from a judge and give one to who has two less."""
    least = min((load[judge] for judge in held), default=0)
    for start in sorted(held, key=lambda judge: -load[judge]):
        if load[start] - least < 2:
            break
        if chain := _chain_from(start, held, load, barred, limit):
            return chain
    return []


def _chain_from(
    start: Judge,
    held: Mapping[Judge, list[Entry]],
    load: Mapping[Judge, int],
    barred: set[Pair],
    limit: Mapping[Judge, int],
) -> list[tuple[Judge, Entry, Judge]]:
    came: dict[Judge, tuple[Judge, Entry, Judge]] = {}
    queue = deque([start])
    while queue:
        giver = queue.popleft()
        for taker in held:
            if taker == start or taker in came:
                continue
            has = set(held[taker])
            entry = next(
                (e for e in held[giver] if e not in has and (taker, e) not in barred), None
            )
            if entry is None:
                continue
            came[taker] = (giver, entry, taker)
            has_room = load[taker] < limit.get(taker, load[taker] + 1)
            if load[taker] <= load[start] - 2 and has_room:
                return _walk_back(came, start, taker)
            queue.append(taker)
    return []


def _walk_back(
    came: Mapping[Judge, tuple[Judge, Entry, Judge]], start: Judge, end: Judge
) -> list[tuple[Judge, Entry, Judge]]:
    chain = [came[end]]
    while chain[0][0] != start:
        chain.insert(0, came[chain[0][0]])
    return chain
