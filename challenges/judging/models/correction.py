"""What a released decision said before it was changed, and what it says since."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from challenges.calls.models import SignOff
from challenges.judging.models.decision import Outcome
from challenges.pitches.models import Entry
from marketplace.activity.models import AppendOnlyError


class CorrectionKind(models.TextChoices):
    CORRECTED = "corrected", "Corrected"
    TAKEN_UP = "taken-up", "Taken up from the reserve list"


class Correction(models.Model):
    """One change of a released decision: both versions, who asked for it and who made it.

    Never changed and never removed; only feedback leaves, when what a team wrote is erased.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="corrections")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=9, choices=CorrectionKind.choices)
    before_outcome = models.CharField(max_length=12, choices=Outcome.choices)
    before_reason = models.TextField()
    before_feedback = models.TextField(blank=True)
    before_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    before_told_at = models.DateTimeField(help_text="when the team was told the version before")
    before_decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.TextField()
    feedback = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    why = models.TextField(help_text="why it was changed; the team reads it")
    explanation = models.TextField(blank=True, help_text="why it departs from the ranking")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="corrections")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["entry", "number"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="correction_number_of_entry"),
            models.CheckConstraint(
                condition=~Q(proposed_by=F("made_by")), name="correction_takes_two"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="awarded") | Q(amount__gt=0), name="corrected_award_has_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry}, correction {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("corrections can’t be changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("corrections can’t be removed")
