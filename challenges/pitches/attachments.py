"""The verbs on a pitch's files: attach, remove."""

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from challenges.calls.models import QuestionKind
from challenges.pitches.content import attachments_in
from challenges.pitches.judges_copies import queue_copy
from challenges.pitches.models import Attachment, Entry, ScanState
from challenges.pitches.scanning import queue_scan
from challenges.pitches.services import touched, writable
from marketplace.accounts.models import User
from marketplace.errors import Refused
from marketplace.files import check_file


def attach_file(*, entry: Entry, question: int, upload: UploadedFile, actor: User) -> Attachment:
    """Store a file as the answer to a question, in place of the one before.

    It is in storage when this returns.

    Raises:
        Refused: the file is empty, too large, damaged or of a kind that is not taken, or
            the pitch can't be changed (see `save_answers`).
    """
    checked = check_file(upload)
    stored = ""
    try:
        with transaction.atomic():
            entry = writable(entry, actor)
            _require_file_question(entry, question)
            _require_room(entry, question, checked.size)
            _retire(entry, question)
            attachment = Attachment(
                entry=entry,
                question_id=question,
                name=checked.name,
                content_type=checked.content_type,
                size=checked.size,
                sha256=checked.sha256,
                uploaded_by=actor,
                scan_state=ScanState.WAITING if settings.CLAMD_URL else ScanState.UNSCANNED,
            )
            attachment.file.save(checked.name, checked.content, save=False)
            stored = attachment.file.name or ""
            attachment.save()
            touched(entry)
            queue_scan(attachment)
            queue_copy(attachment)
            return attachment
    except BaseException:
        if stored:
            Attachment.file.field.storage.delete(stored)
        raise


@transaction.atomic
def remove_file(*, entry: Entry, question: int, actor: User) -> None:
    """Take a question's file away; removing what is not there does nothing."""
    entry = writable(entry, actor)
    if _retire(entry, question):
        touched(entry)


def _require_file_question(entry: Entry, question: int) -> None:
    asked = {spec["id"] for spec in entry.specs if spec["kind"] == QuestionKind.FILE}
    if question not in asked:
        raise Refused("This pitch has no such question.")


def _require_room(entry: Entry, question: int, size: int) -> None:
    """All of a pitch's current files together stay under a limit."""
    others = entry.attachments.filter(replaced_at=None).exclude(question=question)
    held = others.aggregate(sum=Sum("size"))["sum"] or 0
    most = settings.ATTACHMENTS_MAX_BYTES
    if held + size > most:
        raise Refused(
            f"The files of one pitch may be {filesizeformat(most)} together, and the others are "
            f"{filesizeformat(held)}. Choose a smaller file, or take another away first."
        )


def _retire(entry: Entry, question: int) -> bool:
    """Set the current file aside if a submission names it; otherwise nobody needs it."""
    current = entry.attachments.filter(question=question, replaced_at=None).first()
    if current is None:
        return False
    contents = entry.submissions.values_list("content", flat=True)
    if any(current.pk in attachments_in(content) for content in contents):
        current.replaced_at = timezone.now()
        current.save(update_fields=["replaced_at"])
        return True
    storage, name = current.file.storage, current.file.name or ""
    current.delete()
    transaction.on_commit(lambda: storage.delete(name), robust=True)
    return True
