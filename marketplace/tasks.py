"""Wagtail's own background work, sent through Celery after commit; and sessions that are over."""

from typing import Any

from celery import shared_task
from django.core.management import call_command
from django.db import transaction
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import get_random_id

from marketplace.outages.owed import hand_over
from marketplace.retention import pruning


@shared_task
def run_task(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Call the django-tasks task at a dotted path."""
    import_string(path).call(*args, **kwargs)


@shared_task
def clear_sessions() -> None:
    """Sessions that are over go from the database, with whatever was kept in them."""
    call_command("clearsessions")


@shared_task
def forget_past_terms() -> dict[str, int]:
    """What is kept for a time goes when that is over."""
    return pruning.forget_past_terms()


class CeleryOnCommitBackend(BaseTaskBackend):
    """Hands each task to Celery after commit; keeps no results."""

    supports_async_task = False
    supports_get_result = False

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        self.validate_task(task)
        with transaction.atomic():
            hand_over(run_task, task.module_path, list(args), dict(kwargs))
        return TaskResult(
            task=task,
            id=get_random_id(),
            status=TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
