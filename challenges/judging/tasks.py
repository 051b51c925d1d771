"""What the clock does in judging. Each may safely run twice."""

from celery import shared_task

from challenges.judging import retention, table
from challenges.judging.services import (
    appeals,
    membership,
    outbox,
    releasing,
    reminding,
    sharing,
)


@shared_task
def remind_of_late_appeals() -> int:
    return appeals.remind_of_late_appeals()


@shared_task
def remind_before_close() -> int:
    return reminding.remind_before_close()


@shared_task
def remind_of_invitations() -> int:
    return membership.remind_of_invitations()


@shared_task
def carry_out_releases() -> int:
    return releasing.carry_out_due()


@shared_task
def send_overdue_letters() -> int:
    return outbox.send_overdue()


@shared_task
def remind_of_held_letters() -> int:
    return outbox.remind_of_held()


@shared_task
def work_out_rankings() -> int:
    """Fit the adjusted scores of panels at work, so that no page waits for it."""
    return table.work_out_rankings()


@shared_task
def warn_of_erasure() -> int:
    return retention.warn_of_erasure()


@shared_task
def erase_old_pitches() -> int:
    return retention.erase_old_pitches()


@shared_task
def share_out(pk: int) -> None:
    """Carry out one asked-for sharing of a panel's pitches."""
    sharing.carry_out(pk)
