"""What was decided about a pitch."""

from datetime import datetime

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from challenges.pitches.models import Entry


class Outcome(models.TextChoices):
    SHORTLISTED = "shortlisted", "Short-listed"
    AWARDED = "awarded", "Awarded"
    NOT_AWARDED = "not-awarded", "Not awarded"


class Decision(models.Model):
    """What the officer decided about one entry; nobody outside hears before it is released."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="decision")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.TextField(help_text="For the record and the letter: why.")
    feedback = models.TextField(blank=True, help_text="What would make the pitch better.")
    amount = models.DecimalField(
        "award in pounds",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True, blank=True)
    corrected_at = models.DateTimeField(
        null=True, blank=True, help_text="when it last changed after its release"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="awarded") | Q(amount__isnull=False),
                name="award_has_amount",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.get_outcome_display()}"

    @property
    def told_at(self) -> datetime | None:
        """When the team was told what it says now."""
        return self.corrected_at or self.released_at
