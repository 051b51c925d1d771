"""The sweep of owed tasks, and the sign that work is being done at all."""

from celery import shared_task
from django.utils import timezone

from marketplace.outages import owed, watching


@shared_task
def carry_out(pk: int) -> bool:
    """Do one task that is owed."""
    return owed.carry_out(pk)


@shared_task
def carry_out_owed() -> int:
    """The sweep: what no broker took, or whose worker was killed."""
    return owed.sweep()


@shared_task
def note_work() -> None:
    """That this runs shows that the clock, the queue and a worker do their work."""
    watching.note_answer("work", timezone.now())
