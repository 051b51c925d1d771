from celery import shared_task

from challenges.interests import services


@shared_task
def remind_to_confirm() -> int:
    return services.remind_to_confirm()
