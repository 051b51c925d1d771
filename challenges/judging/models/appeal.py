"""What a team says after the release."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from challenges.judging.models.correction import Correction
from challenges.pitches.models import Entry


class AppealKind(models.TextChoices):
    FEEDBACK = "feedback", "More feedback: we want to understand the result"
    APPEAL = "appeal", "An appeal: the published rules were not kept"
    COMPLAINT = "complaint", "A complaint: about how we were treated"


class AppealState(models.TextChoices):
    OPEN = "open", "Being looked at"
    UPHELD = "upheld", "Upheld"
    PARTLY = "partly", "Upheld in part"
    REJECTED = "rejected", "Not upheld"
    ANSWERED = "answered", "Answered"
    WITHDRAWN = "withdrawn", "Withdrawn"


class AppealQuerySet(models.QuerySet):
    def in_regions(self, regions: Any) -> "AppealQuerySet":
        return self.filter(entry__stage__call__region__in=regions)

    def upheld(self) -> "AppealQuerySet":
        return self.filter(state__in=(AppealState.UPHELD, AppealState.PARTLY))

    def to_carry_out(self) -> "AppealQuerySet":
        """Upheld, wholly or in part, and nothing has come of it yet."""
        return self.upheld().filter(carried_out_at__isnull=True)

    def open(self) -> "AppealQuerySet":
        return self.filter(state=AppealState.OPEN)


class Appeal(models.Model):
    """What a team says after a released decision; somebody who did not decide looks at it."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="appeals")
    kind = models.CharField(max_length=9, choices=AppealKind.choices)
    grounds = models.TextField("what is wrong, or what they want to know")
    state = models.CharField(
        max_length=9, choices=AppealState.choices, default=AppealState.OPEN, editable=False
    )
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    filed_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    carried_out_at = models.DateTimeField(
        null=True, blank=True, help_text="when something came of an upheld one"
    )
    carried_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    came_of_it = models.TextField(
        blank=True, default="", db_default="", help_text="in words; the team reads it"
    )
    correction = models.ForeignKey(
        Correction, null=True, blank=True, on_delete=models.PROTECT, related_name="appeals"
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["filed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state="open"), name="one_open_appeal_of_entry"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "withdrawn")) | ~Q(answer=""),
                name="answered_appeal_has_answer",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="appeal_to_answer")]

    def __str__(self) -> str:
        return f"{self.get_kind_display().partition(':')[0]} about {self.entry}"

    @property
    def is_to_carry_out(self) -> bool:
        upheld = self.state in (AppealState.UPHELD, AppealState.PARTLY)
        return upheld and self.carried_out_at is None

    @property
    def is_late(self) -> bool:
        return self.state == AppealState.OPEN and self.due_on < timezone.localdate()
