"""What search holds: copies of what is public, and what people asked to be kept."""

from marketplace.retention import Leaves, by, clears, kept, register
from search.models import (
    Evaluation,
    IndexEntry,
    IndexFacet,
    Opinion,
    OwedWrite,
    SavedSearch,
    SynonymGroup,
    TextVector,
    Word,
)

COPY = "a copy, written again from what it is of; no pitch is in it"
TOOLS = "words of the search itself"

register(
    IndexEntry,
    kept("kind", "digest", "title", "summary", "body", "keywords", "url", why=COPY),
    kept("capabilities", why=COPY),
)
register(IndexFacet, kept("name", "value", "label", why=COPY))
register(TextVector, kept("digest", "model", "vector", why=COPY))
register(OwedWrite, kept("kind", why=COPY))
register(Opinion, clears("by", shows=["call__title", "side", "is_good", "at"]))
register(Evaluation, kept("why", "values", why=TOOLS), by("by", shows=["asked_at"]))
register(
    SavedSearch,
    by("person", leaves=Leaves.ROW, shows=["name", "query", "created_at"]),
    kept("name", "query", why="goes with its row"),
)
register(SynonymGroup, kept("phrases", why=TOOLS))
register(Word, kept("text", why=TOOLS))
