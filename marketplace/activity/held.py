"""What messages, news and the activity record hold of people and of pitches.

Messages about a pitch are emptied with it by the app that knows pitches.
"""

from marketplace.activity.models import Chain, Follow, NewsLine, Notification, Record, Seal, Told
from marketplace.retention import Leaves, by, kept, register

CHAINED = "may only be added to, so that an auditor can prove nothing was removed; ids, no names"

register(Chain, kept("key", "head", why=CHAINED))
register(
    Record,
    by("actor", shows=["at", "verb", "thing_type", "thing_id"]),
    kept("verb", "thing_type", "thing_id", "detail", "previous", "digest", why=CHAINED),
)
register(Seal, kept("heads", "digest", why=CHAINED))
register(
    Notification,
    by("recipient", leaves=Leaves.ROW, shows=["created_at", "subject", "body", "path", "read_at"]),
    by("sender", leaves=Leaves.CLEARED),
    kept("address", "subject", "body", "path", "unsubscribe", "refusal", why="goes with its row"),
    address="address",
    goes_with_address=True,
)
register(
    Told,
    by("person", leaves=Leaves.ROW, shows=["key", "at"]),
    kept("key", why="goes with its row; ids, no names"),
)
register(
    Follow,
    by("person", leaves=Leaves.ROW, shows=["name", "pace", "since"]),
    kept("thing_type", "thing_id", "name", why="goes with its row"),
)
register(
    NewsLine,
    by("person", leaves=Leaves.ROW, shows=["text", "reason", "created_at", "told_at"]),
    kept("key", "text", "reason", "path", why="goes with its row"),
)
