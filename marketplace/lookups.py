"""Numbers beyond what a column holds are in no row: to ask for one is to find nothing.

Ids come from addresses, forms, filters and scripts, so anybody may send forty digits. Django
answers `pk=` so by itself, but hands `pk__in=`, and comparison with a row’s link to another, to
the database, which fails (OverflowError on SQLite, DataError on PostgreSQL). Registered once,
here, so that no form and no view has to think of it, Wagtail’s neither.
"""

import copy
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import ForeignObject, IntegerField
from django.db.models.expressions import ColPairs
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.lookups import In


def _fits(value: Any, field: Any, connection: Any) -> bool:
    """Whether the column can hold it. SQLite holds 64 bits, PostgreSQL what the field says."""
    while getattr(field, "remote_field", None):
        field = field.target_field
    if not isinstance(value, int) or not isinstance(field, IntegerField):
        return True
    low, high = connection.ops.integer_field_range(field.get_internal_type())
    return (low is None or low <= value) and (high is None or value <= high)


class _InWhatFits:
    """Leaves out what no row can hold; with nothing left it is an empty list, which finds none."""

    lhs: Any
    rhs: Any

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        lookup = self
        if self.rhs_is_direct_value() and not isinstance(self.lhs, ColPairs):  # type: ignore[attr-defined]
            fitting = [each for each in self.rhs if _fits(each, self.lhs.output_field, connection)]
            if len(fitting) < len(self.rhs):
                lookup = copy.copy(self)
                lookup.rhs = fitting
        return super(_InWhatFits, lookup).as_sql(compiler, connection)  # type: ignore[misc]


@IntegerField.register_lookup
class IntegerIn(_InWhatFits, In):
    pass


@ForeignObject.register_lookup
class LinkIn(_InWhatFits, RelatedIn):
    pass


@ForeignObject.register_lookup
class LinkExact(RelatedExact):
    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        if not _fits(self.rhs, self.lhs.output_field, connection):
            raise EmptyResultSet
        return super().process_rhs(compiler, connection)
