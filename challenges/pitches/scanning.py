"""Files are scanned by ClamAV after they are stored, and stay closed until they are clean.

A scanner that is away is no reason to refuse a pitch: its files wait, and a sweep scans them
when it is back.
"""

from typing import Any
from urllib.parse import urlsplit

import clamd
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from challenges.pitches.judges_copies import queue_copy
from challenges.pitches.models import Attachment, ScanState
from challenges.pitches.parts import people_in
from marketplace.activity.services import notify, record
from marketplace.activity.sweeping import Halt, take_turns
from marketplace.outages.breaker import Away, breaker
from marketplace.outages.owed import tell_worker


class ScannerAway(Exception):
    """No verdict can be had now; the file waits."""


def queue_scan(attachment: Attachment) -> None:
    """Scan a stored file once the transaction that stored it stands."""
    from challenges.pitches.tasks import scan_attachments

    if attachment.scan_state == ScanState.WAITING:
        tell_worker(scan_attachments, [attachment.pk])


def scan(waiting: QuerySet[Attachment], *, most: int | None = None) -> int:
    """Give each waiting file its verdict; how many got one. Safe to run twice.

    A file that the scanner can't say anything about, or that is gone, waits behind the others.
    """
    return take_turns("scans", waiting.order_by("uploaded_at", "pk"), _scan, most=most)


def _scan(attachment: Attachment) -> bool:
    """Raises: Halt: the scanner is away. ScannerAway, FileNotFoundError: this file's fault."""
    # One that said nothing lately is asked for a word before it is given another file: a file
    # waits for a minute, and so would a worker, again and again.
    if breaker("scanner").has_failed and not _is_there():
        raise Halt("scanner not reached")
    try:
        finding = _verdict(attachment)
    except ScannerAway as away:
        if not _is_there():
            raise Halt(f"scanner not reached: {away}") from away
        raise
    return _settle(attachment.pk, finding)


def _is_there() -> bool:
    """Whether it answers, or did not lately: then it is left alone for some seconds."""
    try:
        with breaker("scanner").asking(clamd.ClamdError, OSError, ValueError):
            scanner = _scanner()
            scanner.timeout = settings.SCANNER_PING_TIMEOUT
            return bool(scanner.ping())
    except (clamd.ClamdError, OSError, Away, ValueError):
        return False


def _verdict(attachment: Attachment) -> str:
    """What the scanner calls the file; nothing if it is clean.

    Raises:
        ScannerAway: it does not answer, or answers that it can't say.
    """
    with attachment.file.open("rb") as stored:
        return finding_in(stored)


def finding_in(stored: Any) -> str:
    """What the scanner calls the content of an open file; nothing if it is clean.

    Raises:
        ScannerAway: it does not answer, or answers that it can't say.
    """
    try:
        status, finding = _scanner().instream(stored)["stream"]
    except FileNotFoundError:
        raise
    except (clamd.ClamdError, OSError, ValueError, LookupError, AttributeError) as error:
        raise ScannerAway(error) from error
    if status not in ("OK", "FOUND"):
        raise ScannerAway(finding)
    return finding or "" if status == "FOUND" else ""


def _scanner() -> Any:
    """A client for `CLAMD_URL`: tcp://host:3310 or unix:///run/clamav/clamd.ctl."""
    where, seconds = urlsplit(settings.CLAMD_URL), settings.SCANNER_TIMEOUT
    if where.scheme == "unix":
        return clamd.ClamdUnixSocket(where.path, timeout=seconds)
    return clamd.ClamdNetworkSocket(where.hostname, where.port or 3310, timeout=seconds)


@transaction.atomic
def _settle(pk: int, finding: str) -> bool:
    """Whether it still waited for this verdict: another worker's may have been quicker."""
    attachment = (
        Attachment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("entry__pitch__organisation", "entry__stage__call")
        .filter(pk=pk, scan_state=ScanState.WAITING)
        .first()
    )
    if attachment is None:
        return False
    attachment.scanned_at = timezone.now()
    attachment.scan_finding = finding[:120]
    attachment.scan_state = ScanState.INFECTED if finding else ScanState.CLEAN
    attachment.save(update_fields=["scanned_at", "scan_finding", "scan_state"])
    if finding:
        _remove(attachment)
    queue_copy(attachment)
    return True


def _remove(attachment: Attachment) -> None:
    """Take an infected file out of storage; its row stays, so that everyone sees what was there."""
    entry = attachment.entry
    storage, name = attachment.file.storage, attachment.file.name or ""
    transaction.on_commit(lambda: storage.delete(name), robust=True)
    record(
        "pitches.file_infected",
        entry,
        chain=entry.chain,
        attachment=attachment.pk,
        finding=attachment.scan_finding,
    )
    notify(
        people_in([entry.pitch_id])[entry.pitch_id],
        subject=f"A file was infected: {entry.pitch}",
        body=(
            f"“{attachment.name}” of “{entry.pitch}” holds {attachment.scan_finding}, so it was "
            "removed. Nobody has opened it.\n\nCheck the computer that it came from, then choose "
            "a clean file."
        ),
        path=entry.get_absolute_url(),
    )
