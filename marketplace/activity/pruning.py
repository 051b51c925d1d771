"""Messages are not kept for ever: they name people, and quote what is erased elsewhere."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from marketplace.activity.models import Notification

BATCH = 5000


def forget_old_messages(now: datetime | None = None) -> int:
    """Delete messages past their time, never one that still waits to be mailed; how many. Safe
    to run twice."""
    days = settings.NOTIFICATION_RETENTION_DAYS
    if days <= 0:
        return 0
    before = (now or timezone.now()) - timedelta(days=days)
    old = Notification.objects.filter(created_at__lt=before)
    due = old.exclude(pk__in=Notification.objects.unsent().values("pk"))
    ids = list(due.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return Notification.objects.filter(pk__in=ids).delete()[0]


def forget_farewells(subject: str) -> int:
    """Delete what told people without an account that theirs is closed, once it has gone."""
    said = Notification.objects.filter(recipient=None, subject=subject)
    waiting = Notification.objects.unsent().values("pk")
    return said.exclude(pk__in=waiting).delete()[0]
