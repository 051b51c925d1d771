"""What officers keep for themselves: notes, tags, who looks after what, views of the list.

None of it is ever shown to applicants, judges or the public.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from challenges.calls.models import Call
from challenges.pitches.models import Pitch
from marketplace.regions.models import Region


class Note(models.Model):
    """A remark on a call or a pitch. It stays as it was written; a correction is another note."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="notes")
    pitch = models.ForeignKey(
        Pitch, null=True, blank=True, on_delete=models.CASCADE, related_name="notes"
    )
    text = models.TextField(max_length=5000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["call", "pitch", "-at"], name="note_of_thing")]

    def __str__(self) -> str:
        return self.text[:60]


class Colour(models.TextChoices):
    GREY = "grey", "Grey"
    BLUE = "blue", "Blue"
    GREEN = "green", "Green"
    YELLOW = "yellow", "Yellow"
    RED = "red", "Red"


class Tag(models.Model):
    """A word that a region's officers put on pitches."""

    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=6, choices=Colour.choices, default=Colour.GREY)
    pitches: Any = models.ManyToManyField(Pitch, blank=True, related_name="tags")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("region", Lower("name"), name="tag_once_in_region")]

    def __str__(self) -> str:
        return self.name


class Care(models.Model):
    """The officer who looks after a pitch."""

    pitch = models.OneToOneField(Pitch, on_delete=models.CASCADE, related_name="care")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pitches_cared_for"
    )
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.officer}: {self.pitch}"


class SavedViewQuerySet(models.QuerySet):
    def for_officer(self, person: Any, regions: set[int]) -> "SavedViewQuerySet":
        """Their own, and those shared in their regions."""
        return self.filter(Q(owner=person) | Q(region__in=regions)).select_related("owner")


class SavedView(models.Model):
    """Filters and order of the list of pitches under a name; shared where a region is given."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, help_text="as in the address, without the page")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint("owner", Lower("name"), name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name


class BulkMessage(models.Model):
    """A message to the teams of many pitches, sent once however often its button is pressed."""

    token = models.CharField(max_length=40, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    subject = models.CharField(max_length=150)
    body = models.TextField()
    pitches = models.PositiveIntegerField()
    sent_to: Any = models.ManyToManyField(
        Pitch, blank=True, related_name="+", help_text="so that its words can go with theirs"
    )

    def __str__(self) -> str:
        return self.subject
