"""Exact totals of reviews as part of a query for something else, so that a list needs no other."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Aggregate, CharField, Q, TextField, Value
from django.db.models.functions import Cast, Concat

from challenges.judging.ranking import exact_total

BETWEEN, WITHIN = " ", "|"


class _Joined(Aggregate):
    """Texts of a group with a blank between them, in no order; None of none."""

    function = "STRING_AGG"
    template = f"%(function)s(%(distinct)s%(expressions)s, '{BETWEEN}')"
    output_field = TextField()
    allow_distinct = False

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **more)


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
    return _Joined(one, filter=of)


def read_totals(joined: str | None) -> list[Fraction]:
    """The exact totals that `joined_totals` found, in no order."""
    pairs = (each.split(WITHIN) for each in (joined or "").split(BETWEEN) if each)
    return [exact_total(Decimal(total), exact) for total, exact in pairs]


def mean_of(numbers: Sequence[Fraction] | Sequence[int]) -> Fraction | None:
    """Exactly; None of none."""
    return Fraction(sum(numbers)) / len(numbers) if numbers else None
