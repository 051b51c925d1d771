"""Who applied and who is ahead, by place and size of firm, for officers to look at."""

from collections import Counter

from challenges.calls.models import Stage
from challenges.judging.table import Table
from startups.models import Size

FEWEST = 5
"""Of a group, in a table by place or size: fewer could tell who is meant."""


def distribution(stage: Stage, table: Table) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """(by what, [(group, pitches, of those above the cut line)]), small numbers left out."""
    ahead = {row.entry for row in table.standings if row.goes_forward(table.rules.places)}
    rows = list(
        stage.entries.in_competition()
        .order_by()
        .values_list("pk", "pitch__organisation__place__name", "pitch__organisation__size")
    )
    sizes = dict(Size.choices)
    by = {
        "Place": [(pk, place or "Not said, or outside the region") for pk, place, _ in rows],
        "Size of firm": [(pk, sizes.get(size, "Not said")) for pk, _, size in rows],
    }
    return [(what, _groups(pairs, ahead)) for what, pairs in by.items()]


def _groups(pairs: list[tuple[int, str]], ahead: set[int]) -> list[tuple[str, str, str]]:
    many = Counter(group for _, group in pairs)
    good = Counter(group for pk, group in pairs if pk in ahead)
    return [
        (
            group,
            str(number) if number >= FEWEST else f"under {FEWEST}",
            str(good[group]) if number >= FEWEST else "not shown",
        )
        for group, number in sorted(many.items())
    ]
