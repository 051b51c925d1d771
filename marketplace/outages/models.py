"""Tasks that are owed until they are done, and since when a part is away."""

from django.db import models
from django.utils import timezone


class OwedTask(models.Model):
    """A task with all that it is given; its row goes when it is done."""

    task = models.CharField(max_length=200, help_text="name, as Celery knows it")
    given = models.JSONField(default=list, help_text="ids and names, no words of anybody’s")
    asked_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveIntegerField(default=0, help_text="how often it failed")
    not_before = models.DateTimeField(
        null=True,
        blank=True,
        help_text="a worker has it in hand, and is taken for lost then; or it failed and waits",
    )

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="owed_task_oldest")]

    def __str__(self) -> str:
        return f"{self.task} {self.given}"


class Part(models.Model):
    """One outside part: when it was last looked at, and since when it is away."""

    name = models.CharField(max_length=20, primary_key=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    away_since = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=80, blank=True, help_text="the kind of error, no words")

    def __str__(self) -> str:
        return self.name
