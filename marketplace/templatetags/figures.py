"""Facts and numbers as template tags: lists, tables, key figures, bars and timelines."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.utils.text import slugify

from marketplace.rounding import plain

register = template.Library()


@register.inclusion_tag("components/summary_list.html")
def summary_list(rows: Iterable[Any], classes: str = "") -> dict[str, Any]:
    """Facts about one thing.

    Args:
        rows: (key, value) pairs, or mappings with `key`, `value` and `actions`, a list of
            mappings with `href`, `text` and `about` (read out after the text).
    """
    found = [row if isinstance(row, Mapping) else {"key": row[0], "value": row[1]} for row in rows]
    return {
        "rows": found,
        "classes": classes,
        "any_actions": any(row.get("actions") for row in found),
    }


@register.inclusion_tag("components/task_list.html")
def task_list(items: Iterable[Mapping[str, Any]], prefix: str = "task-list") -> dict[str, Any]:
    """Things to do, each with `title`, `status` and if wanted `href`, `hint`, `colour`."""
    return {"items": list(items), "prefix": prefix}


@register.inclusion_tag("components/stat_tiles.html")
def stat_tiles(tiles: Iterable[tuple[Any, str]]) -> dict[str, Any]:
    """Key figures as (value, label) pairs."""
    return {"tiles": tiles}


@register.inclusion_tag("components/data_table.html")
def data_table(
    caption: str,
    head: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    numeric: str = "",
    hide_caption: bool = False,
) -> dict[str, Any]:
    """A plain table that scrolls where it does not fit; `numeric` lists columns from 0: "2,3"."""
    right = {int(number) for number in numeric.split(",") if number}

    def cells(row: Sequence[Any]) -> list[dict[str, Any]]:
        return [{"text": text, "numeric": place in right} for place, text in enumerate(row)]

    return {
        "caption": caption,
        "hide_caption": hide_caption,
        "id": f"table-{slugify(caption)}",
        "head": cells(head),
        "rows": [cells(row) for row in rows],
    }


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Iterable[Any]) -> dict[str, Any]:
    """What happened, newest first: activity records, or mappings with `at`, `title` and if
    wanted `actor` and `text`."""
    found = [
        entry
        if isinstance(entry, Mapping)
        else {"at": entry.at, "title": happened(entry.verb), "actor": entry.actor}
        for entry in entries
    ]
    return {"entries": found}


@register.filter
def happened(verb: str) -> str:
    """“pitches.terms_accepted” in words: “Terms accepted”."""
    return verb.rpartition(".")[2].replace("_", " ").capitalize()


@register.inclusion_tag("components/meter.html")
def meter(value: float, maximum: float = 100, text: str = "") -> dict[str, Any]:
    """A bar for one number, with the number in words beside it."""
    return {
        "width": _percent(value, 0, maximum),
        "text": text or f"{plain(value)} of {plain(maximum)}",
    }


@register.inclusion_tag("components/range.html")
def range_bar(
    low: float, mean: float, high: float, minimum: float = 0, maximum: float = 10
) -> dict[str, Any]:
    """How far opinions spread: a bar from the lowest to the highest with a mark at the mean."""
    left, right = (_percent(value, minimum, maximum) for value in (low, high))
    return {
        "left": left,
        "spread": max(round(right - left, 1), 1),
        "middle": min(max(_percent(mean, minimum, maximum) - 1, 0), 98),
        "text": f"{plain(mean)} ({plain(low)} to {plain(high)})",
    }


def _percent(value: float, minimum: float, maximum: float) -> float:
    if maximum <= minimum:
        return 0.0
    share = (float(value) - float(minimum)) / (float(maximum) - float(minimum))
    return round(100 * min(max(share, 0.0), 1.0), 1)
