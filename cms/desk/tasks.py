from celery import shared_task

from cms.desk.models import Note


@shared_task
def erase_notes() -> int:
    """Officers’ notes on pitches whose words were erased; how many."""
    gone, _ = Note.objects.filter(pitch__erased_at__isnull=False).delete()
    return gone
