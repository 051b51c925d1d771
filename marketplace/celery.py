"""The Celery application; tasks are found in each app's `tasks.py`."""

import os
from typing import Any

from celery import Celery, Task
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.production")


class SiteTask(Task):
    """A task that nobody waits for long to hand over.

    A queue that does not take it is left alone for some seconds, and each task has a sweep that
    finds it again: see `docs/decisions/0035-parts-that-go-away.md`.
    """

    abstract = True

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Raises: kombu.exceptions.OperationalError: no queue took it, whatever the reason."""
        from marketplace.outages.breaker import Away, breaker

        if self.app.conf.task_always_eager:
            return super().apply_async(*args, **options)
        try:
            with breaker("broker").asking(Exception):
                return super().apply_async(*args, **options)
        except Away as away:
            raise OperationalError("the queue is left alone for a moment") from away
        except OperationalError:
            raise
        except Exception as error:  # a full, read-only or mis-spoken Redis says so in its own way
            raise OperationalError(type(error).__name__) from error


app = Celery("marketplace", task_cls=SiteTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
