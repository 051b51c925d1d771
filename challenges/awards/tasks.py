"""What the clock does after a release. Each may safely run twice."""

from celery import shared_task

from challenges.awards import lapsing


@shared_task
def watch_offers() -> int:
    return lapsing.watch_offers()


@shared_task
def tell_ended_lists() -> int:
    return lapsing.tell_ended_lists()
