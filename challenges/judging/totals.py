"""Exact totals of reviews as part of a query for something else, so that a list needs no other.

The database keeps each total as a fraction in text, so it can neither compare nor sort them
exactly: what hangs on an order or a limit is read here and put in order by fractions.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Aggregate, CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from challenges.judging.ranking import exact_total
from marketplace.joined import Joined

BETWEEN, WITHIN = " ", "|"


def joined_totals(prefix: str = "", of: Q | None = None) -> Aggregate:
    """Annotates rows with what `read_totals` reads.

    Args:
        prefix: the way to the reviews, as "assignments__".
        of: which of them.
    """
    one = Concat(
        Cast(f"{prefix}total", CharField()),
        Value(WITHIN),
        f"{prefix}exact_total",
        output_field=CharField(),
    )
    return Joined(one, between=BETWEEN, filter=of)


def read_totals(joined: str | None) -> list[Fraction]:
    """The exact totals that `joined_totals` found, in no order."""
    pairs = (each.split(WITHIN) for each in (joined or "").split(BETWEEN) if each)
    return [exact_total(Decimal(total), exact) for total, exact in pairs]


def mean_of(numbers: Sequence[Fraction] | Sequence[int]) -> Fraction | None:
    """Exactly; None of none."""
    return Fraction(sum(numbers)) / len(numbers) if numbers else None


def spread_of(totals: Sequence[Fraction]) -> Fraction | None:
    """From the lowest to the highest, exactly; None of none."""
    return max(totals) - min(totals) if totals else None


def in_exact_order(
    rows: QuerySet,
    figure: Callable[[Sequence[Fraction]], Fraction | None],
    *,
    falling: bool = False,
) -> list[int]:
    """Keys of the rows by an exact figure of their totals, in one query; rows without one last.

    Args:
        rows: annotated as `totals` with `joined_totals`; rows with equal figures keep their order.
        figure: of the exact totals of one row, as `mean_of`.
        falling: the highest first.
    """
    found = [(figure(read_totals(joined)), pk) for pk, joined in rows.values_list("pk", "totals")]
    sign = -1 if falling else 1
    found.sort(key=lambda row: (row[0] is None, 0 if row[0] is None else sign * row[0]))
    return [pk for _, pk in found]


def read_in_order(rows: QuerySet, keys: Sequence[int]) -> list[Any]:
    """The rows with these keys, in their order; one that went away meanwhile is left out."""
    found = rows.order_by().in_bulk(keys)
    return [found[key] for key in keys if key in found]
