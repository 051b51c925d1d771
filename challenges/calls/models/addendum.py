"""A published change to what applicants were promised."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from challenges.calls.models.call import Call
from challenges.calls.models.rulebook import Rulebook
from challenges.calls.models.stage import Stage


class AddendumState(models.TextChoices):
    PROPOSED = "proposed", "Waiting for approval"
    PUBLISHED = "published", "Published"
    RETURNED = "returned", "Sent back"


class AddendumQuerySet(models.QuerySet):
    def published(self) -> "AddendumQuerySet":
        return self.filter(state=AddendumState.PUBLISHED).order_by("published_at")

    def waiting(self) -> "AddendumQuerySet":
        return self.filter(state=AddendumState.PROPOSED)


class Addendum(models.Model):
    """A change to a sealed stage: proposed by one officer, published by another.

    Once published it stays, with the rulebook that it led to. Only an extension of the
    deadline is published by whoever makes it, as it takes nothing from anyone.
    """

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="addenda")
    state = models.CharField(
        max_length=9,
        choices=AddendumState.choices,
        default=AddendumState.PROPOSED,
        editable=False,
    )
    reason = models.TextField(help_text="published; applicants read it")
    clarification = models.TextField(blank=True, help_text="joins the rules, as it is written")
    changes = models.JSONField(default=dict, help_text="see `challenges.calls.addenda`")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    return_reason = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True)
    rulebook = models.OneToOneField(
        Rulebook, null=True, on_delete=models.PROTECT, related_name="addendum"
    )
    differences = models.JSONField(default=list, help_text="[what, before, after] in words")

    objects = AddendumQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        verbose_name_plural = "addenda"
        constraints = [
            models.UniqueConstraint(
                fields=["stage"],
                condition=models.Q(state="proposed"),
                name="one_proposed_addendum_in_stage",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="published")
                | models.Q(published_at__isnull=False, rulebook__isnull=False),
                name="published_addendum_has_rulebook",
            ),
        ]

    def __str__(self) -> str:
        return f"Addendum to {self.stage}"

    @property
    def call(self) -> Call:
        return self.stage.call

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its differences, for a template."""
        return [
            dict(zip(("what", "before", "after"), row, strict=True)) for row in self.differences
        ]
