"""What the clock does in judging. Each may safely run twice."""

from celery import shared_task

from challenges.judging.services import appeals, sharing


@shared_task
def remind_of_late_appeals() -> int:
    return appeals.remind_of_late_appeals()


@shared_task
def share_out(pk: int) -> None:
    """Carry out one asked-for sharing of a panel's pitches."""
    sharing.carry_out(pk)
