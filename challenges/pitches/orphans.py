"""Files that no row names: left by a process that stopped between storing and committing."""

from datetime import timedelta

import structlog
from django.utils import timezone

from challenges.pitches.models import Attachment, JudgesCopy, ScanState

log = structlog.get_logger(__name__)

FOLDERS = ("attachments", "judges-copies")
GRACE = timedelta(hours=1)
"""A file younger than this may belong to a transaction that has not ended yet."""


def clear(grace: timedelta = GRACE) -> list[str]:
    """Delete the files in storage that no attachment names and that are older than `grace`.

    Returns:
        Their names in storage.
    """
    storage = Attachment.file.field.storage
    before = timezone.now() - grace
    gone = []
    for name in _unnamed():
        try:
            if storage.get_modified_time(name) < before:
                storage.delete(name)
                gone.append(name)
        except FileNotFoundError:  # another sweep was quicker
            continue
    if gone:
        log.info("orphan files cleared", files=len(gone))
    return gone


def _unnamed() -> list[str]:
    stored = {name for folder in FOLDERS for name in _files_in(folder)}
    for model in (Attachment, JudgesCopy):
        stored -= set(model.objects.values_list("file", flat=True))
    return sorted(stored)


def _files_in(folder: str) -> list[str]:
    try:
        _, files = Attachment.file.field.storage.listdir(folder)
    except FileNotFoundError:
        return []
    return [f"{folder}/{name}" for name in files]


def missing() -> list[int]:
    """Ids of attachments whose file storage has lost; infected ones were removed on purpose."""
    storage = Attachment.file.field.storage
    rows = Attachment.objects.exclude(scan_state=ScanState.INFECTED).values_list("pk", "file")
    return [pk for pk, name in rows.iterator() if not storage.exists(name)]
