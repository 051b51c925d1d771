"""What judges of a blind stage open in place of a file: a copy that doesn't say who made it.

A copy is made of every document once it is safe to open, whether its stage is blind or not, so
that a stage that becomes blind later, or reads what an earlier one took, has them. Where a copy is
missing when it is asked for (a broker lost the task), it is made then.
"""

import hashlib
import io
from collections.abc import Iterable

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from challenges.pitches.models import OPENABLE, Attachment, JudgesCopy
from marketplace.activity.sweeping import take_turns
from marketplace.errors import Refused
from marketplace.files.nameless import CLEANED_TYPES, CLEANER, nameless
from marketplace.outages.owed import tell_worker

log = structlog.get_logger(__name__)


class KeptBack(Exception):
    """No copy could be made of a file, and no officer has let judges open it as it is."""


def queue_copy(attachment: Attachment) -> None:
    """Make the copy once the transaction that stored or cleared the file stands."""
    from challenges.pitches.tasks import make_judges_copies

    if attachment.is_openable and attachment.content_type in CLEANED_TYPES:
        tell_worker(make_judges_copies, [attachment.pk])


def waiting() -> QuerySet[Attachment]:
    """Files of which a copy is owed: they have none, or one from an earlier cleaner. What an
    officer has let through stays so."""
    owed = Q(judges_copy=None) | Q(
        judges_copy__made_by__lt=CLEANER, judges_copy__let_through_at=None
    )
    return Attachment.objects.filter(
        owed, content_type__in=CLEANED_TYPES, scan_state__in=OPENABLE
    ).order_by("uploaded_at", "pk")


def make_copies(attachments: QuerySet[Attachment], *, most: int | None = None) -> int:
    """Make the copies of these files; how many were made or found not to be possible. Safe to run
    twice: the later one finds the earlier one's."""
    return take_turns("judges-copies", attachments, lambda file: bool(make_copy(file)), most=most)


def make_copy(attachment: Attachment) -> JudgesCopy:
    """The copy of one file, made now if it is owed.

    Raises:
        FileNotFoundError: the file is not in storage.
        Attachment.DoesNotExist: it was taken away meanwhile.
    """
    content = _content_for_judges(attachment)
    stored = ""
    try:
        with transaction.atomic():
            # One at a time: the row of the file is held, as the copy has none yet.
            Attachment.objects.select_for_update(of=("self",), no_key=True).get(pk=attachment.pk)
            copy = JudgesCopy.objects.filter(attachment=attachment).first()
            if copy and (copy.made_by >= CLEANER or copy.let_through_at):
                return copy
            copy = copy or JudgesCopy(attachment=attachment)
            before, storage = copy.file.name, copy.file.storage
            copy.made_by, copy.made_at = CLEANER, timezone.now()
            copy.file, copy.size, copy.sha256 = "", 0, ""
            if content is not None:
                copy.file.save("copy", ContentFile(content), save=False)
                stored = copy.file.name or ""
                copy.size, copy.sha256 = len(content), hashlib.sha256(content).hexdigest()
            copy.save()
            if before:
                transaction.on_commit(lambda: storage.delete(before), robust=True)
            return copy
    except BaseException:
        if stored:
            JudgesCopy.file.field.storage.delete(stored)
        raise


def _content_for_judges(attachment: Attachment) -> bytes | None:
    """The cleaned file; None where it can't be cleaned, whatever the reason."""
    with attachment.file.open("rb") as stored:
        whole = io.BytesIO(stored.read())
    try:
        return nameless(whole)
    except Refused as refusal:
        log.info("no copy for judges", attachment=attachment.pk, why=str(refusal))
    except Exception:  # a file that breaks the cleaner is one that judges must not get
        log.exception("cleaner failed", attachment=attachment.pk)
    return None


def as_judges_open_it(attachment: Attachment) -> Attachment:
    """The file that a judge of a blind stage is served: its row, never saved, with the copy's
    content.

    Raises:
        KeptBack: it can't be cleaned, and no officer has let it through.
        FileNotFoundError: it is not in storage.
    """
    if attachment.content_type not in CLEANED_TYPES or not attachment.is_openable:
        return attachment
    copy = JudgesCopy.objects.filter(attachment=attachment).first() or make_copy(attachment)
    if copy.is_kept_back:
        raise KeptBack
    if copy.file:
        attachment.file, attachment.size, attachment.sha256 = copy.file, copy.size, copy.sha256
    return attachment


def kept_back(ids: Iterable[int]) -> list[Attachment]:
    """Of these files, those that no judge of a blind stage opens; one query."""
    return list(
        Attachment.objects.filter(
            pk__in=list(ids), judges_copy__file="", judges_copy__let_through_at=None
        ).order_by("pk")
    )
