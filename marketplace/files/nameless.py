"""Documents without what programs wrote into them about who made them.

What a person reads in them stays as it is.
"""

from typing import Any

from marketplace.errors import Refused
from marketplace.files.kinds import CONTENT_TYPES, IMAGES
from marketplace.files.nameless_archives import nameless_archive
from marketplace.files.nameless_pdfs import nameless_pdf

CLEANER = 1
"""Goes up when more is taken out, so that older copies are made again."""

CLEANED_TYPES = frozenset(name for kind, name in CONTENT_TYPES.items() if kind not in IMAGES)
"""Content types of files that programs sign; pictures lost theirs when they came in."""


def nameless(file: Any) -> bytes:
    """A PDF or office document without names that its programs wrote into it.

    Raises:
        Refused: it is locked, damaged, too large inside, or holds what can't be looked into.
    """
    file.seek(0)
    start = file.read(5)
    file.seek(0)
    if start == b"%PDF-":
        return nameless_pdf(file)
    if start.startswith(b"PK"):
        return nameless_archive(file)
    raise Refused("It is of a kind that can’t be looked into.")
