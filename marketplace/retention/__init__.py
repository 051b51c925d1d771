"""What every model holds of a person or of a pitch, how long, and how it is erased.

Each app says so in its own `held.py`, one line a field; `checks` finds a field that nobody spoke
for. Erasing a pitch, deleting an account and the copy that a person may have all read the same
lines, so none of them can know less than another.
"""

from marketplace.retention.registry import (
    Leaves,
    Stays,
    Term,
    by,
    clears,
    held_for_person,
    kept,
    own,
    register,
    said,
    stays_for,
    through,
    with_person,
    with_pitch,
    words,
)

__all__ = [
    "Leaves",
    "Stays",
    "Term",
    "by",
    "clears",
    "held_for_person",
    "kept",
    "own",
    "register",
    "said",
    "stays_for",
    "through",
    "with_person",
    "with_pitch",
    "words",
]
