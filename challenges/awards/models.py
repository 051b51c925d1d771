"""What was funded, for how much, and what it answers."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Call, Stage
from challenges.pitches.models import Entry
from startups.models import Organisation


class AwardState(models.TextChoices):
    ACTIVE = "active", "Under way"
    COMPLETED = "completed", "Completed"
    ENDED = "ended", "Ended early"
    WITHDRAWN = "withdrawn", "Withdrawn"


class AwardQuerySet(models.QuerySet):
    def standing(self) -> "AwardQuerySet":
        """Those whose money counts: not the withdrawn ones."""
        return self.exclude(state=AwardState.WITHDRAWN)

    def for_listing(self) -> "AwardQuerySet":
        return self.select_related(
            "organisation__place", "call__programme", "call__region", "stage"
        )

    def for_page(self) -> "AwardQuerySet":
        """Brings along what a project's own page shows, its call's page included."""
        return self.for_listing().select_related("call__page")


class Award(models.Model):
    """A funded project, public from the moment that its decision is released."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="awards")
    stage = models.ForeignKey(
        Stage, null=True, blank=True, on_delete=models.PROTECT, related_name="awards"
    )
    entry = models.OneToOneField(
        Entry,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="award",
        help_text="empty for an award imported from a published record",
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="awards")
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=160, unique=True)
    summary = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2, help_text="pounds")
    amount_is_limit = models.BooleanField(
        default=False,
        db_default=False,
        help_text="the record gives the most that could be paid, not what was",
    )
    awarded_on = models.DateField(null=True, blank=True)
    state = models.CharField(
        max_length=9, choices=AwardState.choices, default=AwardState.ACTIVE, editable=False
    )
    state_reason = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="why it ended early or was withdrawn; the public reads it",
    )
    state_changed_on = models.DateField(null=True, blank=True)
    corrected_on = models.DateField(
        null=True, blank=True, help_text="when what was published of it was last put right"
    )
    correction_note = models.TextField(
        blank=True, default="", db_default="", help_text="what was put right; the public reads it"
    )
    source = models.CharField(
        max_length=300, blank=True, help_text="where an imported award is from"
    )
    is_demonstration = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AwardQuerySet.as_manager()

    class Meta:
        ordering = ["-awarded_on", "title"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="award_not_negative")
        ]
        indexes = [models.Index(fields=["-awarded_on", "title"], name="award_latest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("awards:project", kwargs={"slug": self.slug})
