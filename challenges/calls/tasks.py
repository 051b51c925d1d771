"""What the clock does with calls that nobody has to press: tell who follows that one opened."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from challenges.calls.models import Call
from marketplace.activity.following import announce

LOOK_BACK = timedelta(days=7)
"""A worker that was away for longer tells nothing: the news is old."""


@shared_task
def announce_open_calls() -> int:
    """Tell those who follow a call, or an objective that it serves. Safe to run at any time."""
    now = timezone.now()
    opened = (
        Call.objects.open(now).filter(opens_at__gt=now - LOOK_BACK).prefetch_related("objectives")
    )
    return sum(
        announce(
            [call, *call.objectives.all()],
            key=f"opened:{call.pk}",
            text=f"Open now: {call.title}",
            path=f"/calls/{call.reference}/",
        )
        for call in opened
    )
