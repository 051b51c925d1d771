from celery import shared_task
from django.utils import timezone

from cms.scheduled import carry_out


@shared_task
def publish_scheduled() -> int:
    """What editors timed and is due: pages that go live, and pages that go; how many."""
    return carry_out(timezone.now())
