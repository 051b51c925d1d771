"""What limits hold of people: digests that name nobody, for a few days."""

from datetime import timedelta

from marketplace.limits.models import Tally
from marketplace.retention import Term, kept, register

LONGEST = timedelta(days=2)
"""No limit counts for longer than a day; a day more for clocks that differ."""

register(
    Tally,
    kept("key", why="a keyed digest, from which nothing can be read"),
    term=Term("last", lambda: LONGEST),
)
