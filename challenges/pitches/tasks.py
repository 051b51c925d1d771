"""What can wait: scanning files, clearing up after stopped processes. Each may safely run twice."""

from celery import shared_task

from challenges.pitches import judges_copies, orphans, reminders, scanning
from challenges.pitches.models import Attachment

BATCH = 100


@shared_task
def scan_attachments(ids: list[int]) -> int:
    return scanning.scan(Attachment.objects.waiting().filter(pk__in=ids))


@shared_task
def scan_waiting_attachments() -> int:
    """The sweep: what waited for a scanner, or whose task a broker lost."""
    return scanning.scan(Attachment.objects.waiting(), most=BATCH)


@shared_task
def make_judges_copies(ids: list[int]) -> int:
    return judges_copies.make_copies(judges_copies.waiting().filter(pk__in=ids))


@shared_task
def make_waiting_judges_copies() -> int:
    """The sweep: files from before there were copies, and those whose task a broker lost."""
    return judges_copies.make_copies(judges_copies.waiting(), most=BATCH)


@shared_task
def remind_of_drafts() -> int:
    return reminders.remind_of_drafts()


@shared_task
def clear_orphan_files() -> int:
    return len(orphans.clear())
