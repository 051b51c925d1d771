"""What officers keep for themselves; notes on a pitch lose their words with it, then go."""

from challenges.pitches.held import ERASED
from cms.desk.models import BulkMessage, Care, Note, SavedView, Tag
from marketplace.retention import Leaves, by, kept, register, words

register(
    Note,
    words("text", to=ERASED),
    by("by", shows=["at"]),
    by("mentions", shows=["at"]),
    pitch="pitch",
)
register(Tag, kept("name", why="a region’s own words, of no one pitch"))
register(Care, by("officer", leaves=Leaves.ROW, shows=["pitch__reference", "since"]))
register(
    SavedView,
    by("owner", leaves=Leaves.ROW, shows=["name", "query"]),
    kept("name", "query", why="goes with its row"),
)
register(
    BulkMessage,
    kept("token", "subject", "body", why="what officers wrote to many teams at once"),
    by("by", shows=["at", "subject"]),
)
