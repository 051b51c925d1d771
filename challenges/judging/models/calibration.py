"""The calibration round: a panel scores sample pitches and compares, before the real ones."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from challenges.calls.models import Criterion
from challenges.judging.models.panel import Panel, PanelMember


class Calibration(models.Model):
    """A panel's round: from its opening until it ends, no real pitch takes a score."""

    panel = models.OneToOneField(Panel, on_delete=models.CASCADE, related_name="calibration")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Calibration of {self.panel}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class Sample(models.Model):
    """An invented pitch, for the panel to practise on."""

    calibration = models.ForeignKey(Calibration, on_delete=models.CASCADE, related_name="samples")
    sort_order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    text = models.TextField(max_length=20_000)

    class Meta:
        ordering = ["sort_order"]
        constraints = [
            models.UniqueConstraint(fields=["calibration", "sort_order"], name="sample_in_order")
        ]

    def __str__(self) -> str:
        return self.title


class SampleReview(models.Model):
    """One judge's scores of a sample; handed in, they stay, and the judge sees the others'."""

    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="reviews")
    member = models.ForeignKey(PanelMember, on_delete=models.CASCADE, related_name="sample_reviews")
    handed_in_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "member"], name="sample_review_once")
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.sample}"


class SampleScore(models.Model):
    """A score on one criterion, and why."""

    review = models.ForeignKey(SampleReview, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="+")
    value = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True, max_length=10_000)

    class Meta:
        ordering = ["criterion__sort_order", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["review", "criterion"], name="sample_score_once"),
            models.CheckConstraint(condition=Q(value__lte=10), name="sample_score_at_most_10"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"
