"""The register of interests: what ties people who judge or decide have, kept once for all calls."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from startups.models import Organisation

CONFIRMED_FOR = timedelta(days=365)


class Register(models.Model):
    """That a person’s register is whole, and when they last said so."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="register"
    )
    confirmed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Register of {self.person}"

    @property
    def due_on(self) -> date:
        """The day on which it must be confirmed again."""
        return timezone.localdate(self.confirmed_at + CONFIRMED_FOR)

    @property
    def is_due(self) -> bool:
        return self.due_on <= timezone.localdate()


class InterestKind(models.TextChoices):
    EMPLOYMENT = "employment", "Work: employee, owner, director, contractor"
    SHARES = "shares", "Shares or other money in it"
    FAMILY = "family", "Family or close friends there"
    ADVICE = "advice", "Advice or mentoring given to it"
    MEMBERSHIP = "membership", "Member, trustee or governor of it"
    OTHER = "other", "Something else"


class Interest(models.Model):
    """A person’s tie to an organisation, from one day to another or until now."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="interests"
    )
    kind = models.CharField("kind of tie", max_length=10, choices=InterestKind.choices)
    organisation_name = models.CharField("organisation", max_length=120)
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="where the name is that of a registered one",
    )
    began_on = models.DateField("from", null=True, blank=True)
    ended_on = models.DateField("until", null=True, blank=True)
    note = models.TextField(blank=True, max_length=1000)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["organisation_name", "kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(began_on=None) | Q(ended_on=None) | Q(ended_on__gte=F("began_on")),
                name="interest_ends_after_it_began",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.organisation_name}"

    @property
    def short_kind(self) -> str:
        """The kind’s first words: “Work”, “Advice or mentoring given to it”."""
        return self.get_kind_display().partition(":")[0]

    @property
    def span(self) -> str:
        """“2019 to 2023”, “since 2019”, “until 2023”; nothing where neither is known."""
        if self.began_on and self.ended_on:
            return f"{self.began_on.year} to {self.ended_on.year}"
        if self.began_on:
            return f"since {self.began_on.year}"
        return f"until {self.ended_on.year}" if self.ended_on else ""
