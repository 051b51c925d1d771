"""What messages, news and the activity record hold of people and of pitches.

Messages about a pitch are emptied with it by the app that knows pitches.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from marketplace.activity.models import (
    UNSENT,
    Chain,
    Follow,
    NewsLine,
    Notification,
    Record,
    RecordCheck,
    RecordFinding,
    Seal,
    SealAddress,
    SealedHead,
    SealKey,
    Setback,
    SignedSeal,
    Told,
    Unwanted,
)
from marketplace.activity.sweeping import FORGOTTEN_AFTER
from marketplace.retention import Leaves, Stays, Term, by, kept, register, said

CHAINED = Stays(
    "the record of what was done in each competition and when, with a number in your place, and "
    "the reasons that officers gave for it",
    "it may only be added to, so that an auditor can see that nothing was removed",
)
NUMBERS = "ids and digests, no words"


def messages_stay() -> timedelta | None:
    """How long a message is kept; None: without end."""
    days = settings.NOTIFICATION_RETENTION_DAYS
    return timedelta(days=days) if days > 0 else None


register(Chain, kept("key", "head", why=NUMBERS))
register(
    Record,
    by("actor", shows=["at", "verb", "thing_type", "thing_id"]),
    kept("detail", why=CHAINED),
    kept("verb", "thing_type", "thing_id", "previous", "digest", why=NUMBERS),
)
register(Seal, kept("heads", "digest", why=NUMBERS))
register(
    SealKey,
    kept("key", "public", "previous", "after_digest", "signature", "endorsement", why=NUMBERS),
    kept("note", why="what happened to a key, for everybody"),
)
register(SignedSeal, kept("previous", "key", "root", "digest", "signature", why=NUMBERS))
register(SealedHead, kept("chain", "head", "records", why=NUMBERS))
register(RecordCheck, kept("failure", why="a kind of error; no words"))
register(RecordFinding, kept("kind", "where", "what", why=NUMBERS))
register(
    SealAddress,
    by("added_by", leaves=Leaves.CLEARED),
    kept("email", why="goes with its row"),
    address="email",
    goes_with_address=True,
)
register(
    Notification,
    by("recipient", leaves=Leaves.ROW, shows=["created_at", "subject", "body", "path", "read_at"]),
    by("sender", leaves=Leaves.CLEARED),
    said("subject", "body", "refusal", why="goes with its row"),
    kept("address", "path", "unsubscribe", why="goes with its row"),
    address="address",
    goes_with_address=True,
    term=Term("created_at", messages_stay, still_needed=UNSENT),
)
register(
    Told,
    by("person", leaves=Leaves.ROW, shows=["key", "at"]),
    kept("key", why="goes with its row; ids, no names"),
    # Nothing is told again after that: tasks look back for days, not years.
    term=Term("at", messages_stay),
)
register(
    Unwanted,
    kept("address", why="a keyed digest, so that no more mail goes there; no address is kept"),
    kept("source", why="ids, no names"),
)
register(
    Setback,
    kept("sweep", "error", why="names a task and a kind of error; ids, no names"),
    term=Term("at", lambda: FORGOTTEN_AFTER),
)
register(
    Follow,
    by("person", leaves=Leaves.ROW, shows=["name", "pace", "since"]),
    said("name", why="goes with its row"),
    kept("thing_type", "thing_id", why="goes with its row"),
)
register(
    NewsLine,
    by("person", leaves=Leaves.ROW, shows=["text", "reason", "created_at", "told_at"]),
    said("text", "reason", why="goes with its row"),
    kept("key", "path", why="goes with its row"),
    term=Term("created_at", messages_stay, still_needed=Q(told_at=None)),
)
