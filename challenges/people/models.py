"""The directory of people who help a region to choose: board, ambassadors, groups, experts."""

from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from marketplace.regions.models import Region
from startups.models import Capability


class Group(models.TextChoices):
    BOARD = "board", "Digital Board"
    AMBASSADOR = "ambassador", "Technical ambassador"
    WORKING_GROUP = "working-group", "Working group"
    OUTSIDE = "outside", "Outside expert"


class ExpertQuerySet(models.QuerySet):
    def present(self) -> "ExpertQuerySet":
        """Those who have not left."""
        return self.filter(left_at=None)

    def public(self) -> "ExpertQuerySet":
        """Those whom everybody may read about: they said so themselves."""
        return self.present().filter(is_public=True)

    def in_regions(self, regions: Any) -> "ExpertQuerySet":
        return self.filter(region__in=regions)

    def own(self, person: Any) -> "ExpertQuerySet":
        """A person's entries: those under their address, which sign-in has confirmed."""
        return self.present().filter(email__iexact=person.email)

    def for_listing(self) -> "ExpertQuerySet":
        return self.select_related("region").prefetch_related("expertise").order_by("name", "pk")


class Expert(models.Model):
    """Somebody whom officers may ask onto a panel, with what they know and when they can."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="experts")
    email = models.EmailField("e-mail address")
    name = models.CharField(max_length=120)
    group = models.CharField(max_length=13, choices=Group.choices, default=Group.OUTSIDE)
    post = models.CharField(
        "post and organisation",
        max_length=160,
        blank=True,
        help_text="For example: Head of Data, Solihull Council",
    )
    about = models.TextField(
        blank=True, max_length=2000, help_text="What they have done, in a few sentences."
    )
    expertise = models.ManyToManyField(
        Capability, blank=True, related_name="experts", help_text="What they know well."
    )
    most_pitches = models.PositiveSmallIntegerField(
        "the most pitches they can read for one panel",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    away_from = models.DateField("away from", null=True, blank=True)
    away_until = models.DateField("away until", null=True, blank=True)
    is_public = models.BooleanField(
        "everybody may read this entry", default=False, help_text="Only they themselves say so."
    )
    is_demonstration = models.BooleanField(default=False, editable=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    left_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = ExpertQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["region", "email"], name="expert_once_in_region"),
            models.CheckConstraint(
                condition=Q(away_from=None, away_until=None) | Q(away_until__gte=F("away_from")),
                name="expert_away_in_order",
            ),
        ]
        indexes = [models.Index(fields=["region", "group", "name"], name="expert_of_group")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("people:person", kwargs={"pk": self.pk})

    @property
    def chain(self) -> str:
        return f"expert:{self.pk}"

    def is_away(self, first: Any, last: Any) -> bool:
        """Whether they are away on every day from `first` to `last`."""
        return bool(
            self.away_from
            and self.away_until
            and self.away_from <= first
            and self.away_until >= last
        )
