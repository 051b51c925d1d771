"""Send mail, sweep up what was not sent, seal the chains. Each may safely run twice."""

from datetime import timedelta
from typing import Any

import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Q
from django.utils import timezone

from marketplace.activity import following, news, services
from marketplace.activity.models import Notification

log = structlog.get_logger(__name__)

CLAIM_LASTS = timedelta(minutes=10)
BATCH = 200


@shared_task
def send_notifications(ids: list[int]) -> int:
    """Mail these notifications; one already mailed or in another worker's hands is left."""
    sent = 0
    try:
        with get_connection() as connection:
            for pk in ids:
                if _claim(pk):
                    sent += _send(Notification.objects.get(pk=pk), connection)
    except OSError as error:  # no mail server answers: nothing was claimed
        log.warning("mail server not reached", error=str(error))
    return sent


@shared_task
def send_unsent_notifications() -> int:
    """The sweep: send what a lost broker or a stopped worker left behind."""
    waiting_since = timezone.now() - timedelta(minutes=1)
    ids = list(
        Notification.objects.unsent()
        .filter(_free(), created_at__lt=waiting_since)
        .order_by("created_at")
        .values_list("pk", flat=True)[:BATCH]
    )
    return send_notifications(ids)


@shared_task
def tell_missed_news() -> int:
    return news.tell_missed_news()


@shared_task
def send_digests(pace: str) -> int:
    return following.send_digests(pace)


@shared_task
def seal_chains() -> str:
    return services.seal_chains(timezone.localdate()).digest


def _free() -> Q:
    """In no worker's hands, or in those of one that has stopped."""
    return Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIM_LASTS)


def _claim(pk: int) -> bool:
    waiting = Notification.objects.unsent().filter(_free(), pk=pk)
    return bool(waiting.update(claimed_at=timezone.now()))


def _send(notification: Notification, connection: Any) -> bool:
    body = notification.body
    if notification.path:
        body = f"{body}\n\n{settings.SITE_URL}{notification.path}"
    # A header has one line, whatever was typed into the name that it quotes.
    subject = " ".join(notification.subject.split())
    headers = {}
    if notification.unsubscribe:
        # RFC 8058: mail programs offer one click, which they send as a POST.
        address = f"{settings.SITE_URL}{notification.unsubscribe}"
        headers = {
            "List-Unsubscribe": f"<{address}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        body = f"{body}\n\nNo more such mail: {address}"
    message = EmailMessage(
        subject, body, to=[notification.address], connection=connection, headers=headers
    )
    try:
        message.send()
    except OSError as error:  # the sweep tries again; smtplib's errors are OSErrors
        log.warning("mail not sent", notification=notification.pk, error=str(error))
        Notification.objects.filter(pk=notification.pk).update(claimed_at=None)
        return False
    except ValueError as error:  # an address that no mail can have: others must not wait for it
        log.error("mail can’t be sent", notification=notification.pk, error=str(error))
        return False
    Notification.objects.filter(pk=notification.pk).update(mailed_at=timezone.now())
    return True
