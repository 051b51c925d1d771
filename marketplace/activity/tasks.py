"""Send mail, sweep up what was not sent, seal and check the record. Each may safely run twice."""

from celery import shared_task

from marketplace.activity import following, news, outbox
from marketplace.activity.proof import addresses, checking, seals


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
    """Seal what was recorded since the last seal; without a key, `watch_record` says so."""
    return seals.seal_chains().digest


@shared_task
def check_record() -> int:
    """Check the whole record; how many findings are no proof any more."""
    return checking.run_check().broken


@shared_task
def watch_record() -> int:
    return checking.watch()


@shared_task
def mail_seals() -> int:
    return addresses.mail_seals()
