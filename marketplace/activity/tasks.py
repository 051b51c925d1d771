"""Send mail, sweep up what was not sent, seal the chains. Each may safely run twice."""

from celery import shared_task
from django.utils import timezone

from marketplace.activity import following, news, outbox, services


@shared_task
def send_notifications(ids: list[int]) -> int:
    """Mail these notifications; one already mailed or in another worker's hands is left."""
    return outbox.send_soon(ids)


@shared_task
def send_unsent_notifications() -> int:
    """The sweep: send what a lost broker or a stopped worker left behind."""
    return outbox.sweep()


@shared_task
def tell_missed_news() -> int:
    return news.tell_missed_news()


@shared_task
def send_digests(pace: str) -> int:
    return following.send_digests(pace)


@shared_task
def seal_chains() -> str:
    return services.seal_chains(timezone.localdate()).digest
