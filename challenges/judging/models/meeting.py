"""The panel’s moderation meeting and what was agreed in it."""

from fractions import Fraction

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from challenges.calls.models import Criterion, Stage
from challenges.judging.ranking import exact_total
from challenges.pitches.models import Entry


class Meeting(models.Model):
    """The panel's moderation meeting for a stage: from its opening each sees all scores, and
    none can be changed any more; what is agreed stands beside them."""

    stage = models.OneToOneField(Stage, on_delete=models.CASCADE, related_name="meeting")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Meeting about {self.stage}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Agreement(models.Model):
    """What the panel agreed on one pitch; it counts in place of the judges' own scores."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="agreement")
    total = models.DecimalField(
        max_digits=5, decimal_places=2, help_text="weighted mean of what was agreed, 0 to 100"
    )
    exact_total = models.CharField(
        max_length=40,
        default="",
        db_default="",
        help_text="the same as a fraction, which decides",
    )
    tie_score = models.FloatField(help_text="mean on the heaviest criteria, 0 to 100")
    version = models.PositiveIntegerField(default=1, help_text="goes up at every save")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gte=0, total__lte=100), name="agreed_total_0_to_100"
            )
        ]

    def __str__(self) -> str:
        return f"Agreed on {self.entry}: {self.total}"

    @property
    def exact(self) -> Fraction:
        """The total as it counts."""
        return exact_total(self.total, self.exact_total)


class AgreedScore(models.Model):
    """What was agreed on one criterion, and why."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField()
    reason = models.TextField()

    class Meta:
        ordering = ["criterion__sort_order", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "criterion"], name="agreed_score_once"),
            models.CheckConstraint(condition=Q(value__lte=10), name="agreed_score_at_most_10"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"
