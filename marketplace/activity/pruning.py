"""The last message to somebody who has no account any more goes once it was sent."""

from marketplace.activity.models import Notification


def forget_farewells(subject: str) -> int:
    """Delete what told people without an account that theirs is closed, once it has gone."""
    said = Notification.objects.filter(recipient=None, subject=subject)
    waiting = Notification.objects.unsent().values("pk")
    return said.exclude(pk__in=waiting).delete()[0]
