"""Each time a call was sent for approval: what it would have sealed, and what was said of it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from challenges.calls.models.call import Call


class ProposalOutcome(models.TextChoices):
    WAITING = "waiting", "Waiting for approval"
    APPROVED = "approved", "Approved"
    RETURNED = "returned", "Sent back"


class Proposal(models.Model):
    """One sending of a call; it stays, so that the next reader sees what changed since."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="proposals")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True, help_text="from who sent it, to who reads it")
    content = models.JSONField(help_text="see `challenges.calls.proposals`")
    outcome = models.CharField(
        max_length=8, choices=ProposalOutcome.choices, default=ProposalOutcome.WAITING
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(
        blank=True, help_text="the comment with approval, or why it went back"
    )
    reasons = models.JSONField(
        default=list, help_text="[what was found, why it was approved all the same], in words"
    )

    class Meta:
        ordering = ["call", "number"]
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="proposal_number_in_call"),
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(outcome="waiting"),
                name="one_waiting_proposal_of_call",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call}, proposal {self.number}"

    @property
    def reason_rows(self) -> list[dict[str, Any]]:
        """Its reasons, for a template."""
        return [{"finding": finding, "reason": reason} for finding, reason in self.reasons]
