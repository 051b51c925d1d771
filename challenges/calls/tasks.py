"""What the clock does with calls: tell who follows that one opened; remind of late answers."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from challenges.calls import enquiries
from challenges.calls.models import Call
from marketplace.activity.following import announce
from marketplace.activity.sweeping import take_turns

LOOK_BACK = timedelta(days=7)
"""A worker that was away for longer tells nothing: the news is old."""


@shared_task
def announce_open_calls() -> int:
    """Tell those who follow a call, or an objective that it serves. Safe to run at any time."""
    now = timezone.now()
    opened = (
        Call.objects.open(now).filter(opens_at__gt=now - LOOK_BACK).prefetch_related("objectives")
    )
    return take_turns("announce-open-calls", opened, _announce)


def _announce(call: Call) -> int:
    return announce(
        [call, *call.objectives.all()],
        key=f"opened:{call.pk}",
        text=f"Open now: {call.title}",
        path=f"/calls/{call.reference}/",
        at=call.opens_at,
    )


@shared_task
def remind_of_late_answers() -> int:
    """Tell the officer of each question whose day has passed, once for each such day."""
    return enquiries.remind_of_late_answers()
