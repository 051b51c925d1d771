"""Texts of a group of rows in one cell, so that a query for something else brings them along."""

from typing import Any

from django.db.models import Aggregate, TextField


class Joined(Aggregate):
    """Texts of a group with `between` between them, in no order; None of none."""

    function = "STRING_AGG"
    template = "%(function)s(%(distinct)s%(expressions)s, '%(between)s')"
    output_field = TextField()
    allow_distinct = False

    def __init__(self, *expressions: Any, between: str = " ", **more: Any) -> None:
        super().__init__(*expressions, between=between, **more)

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **more)
