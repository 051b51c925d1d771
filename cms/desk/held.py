"""What officers keep for themselves; notes on a pitch lose their words with it, then go."""

from challenges.pitches.held import ERASED
from cms.desk.models import BulkMessage, Care, Note, SavedView, Tag
from marketplace.activity.held import messages_stay
from marketplace.retention import Leaves, Term, by, kept, register, said, with_pitch, words

register(
    Note,
    words("text", to=ERASED, loses_names=True),
    by("by", shows=["at"]),
    by("mentions", shows=["at"]),
    pitch="pitch",
    call="call",
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
    kept("token", why="of the page that it was written on"),
    said("subject", "body", why="as long as messages are kept, or a pitch that it went to"),
    by("by", shows=["at", "subject"]),
    pitch="sent_to",
    term=Term("at", messages_stay),
)


@with_pitch
def forget_messages(pk: int) -> None:
    """What was written to this team goes; what others were written too goes with the last."""
    for message in BulkMessage.objects.filter(sent_to=pk):
        message.sent_to.remove(pk)
        if not message.sent_to.exists():
            message.subject, message.body = ERASED, ERASED
            message.save(update_fields=["subject", "body"])
