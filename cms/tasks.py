from celery import shared_task
from django.utils import timezone

from cms.scheduled import carry_out
from marketplace.files.moving import move_to_private


@shared_task
def publish_scheduled() -> int:
    """What editors timed and is due: pages that go live, and pages that go; how many."""
    return carry_out(timezone.now())


@shared_task
def move_private_files() -> int:
    """What an older release put into the public folder; how many files were moved."""
    return move_to_private()["moved"]
