"""Organisations, their teams, and what they can do."""

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from marketplace.regions.models import LocalAuthority, Sector


class Level(models.IntegerChoices):
    """How well a capability is held, or how well it must be."""

    AWARENESS = 1, "Awareness"
    WORKING = 2, "Working"
    PRACTITIONER = 3, "Practitioner"
    EXPERT = 4, "Expert"


LEVEL_MEANINGS = {
    Level.AWARENESS: "has worked alongside it; would need a partner to deliver",
    Level.WORKING: "has delivered it under guidance, or once",
    Level.PRACTITIONER: "delivers it unaided, with references",
    Level.EXPERT: "leads the field; others are trained by them; published or certified evidence",
}


class CapabilityGroup(models.Model):
    name = models.CharField(max_length=80, unique=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name


class CapabilityQuerySet(models.QuerySet):
    def matching(self, words: str) -> list["Capability"]:
        """Those that have every word in their name or another name; all for no words.

        The framework is small and its other names are JSON, so this looks in memory.
        """
        wanted = words.casefold().split()
        found: Any = self.select_related("group")
        return [each for each in found if all(word in each.all_names for word in wanted)]


class Capability(models.Model):
    """One entry of the capability framework, shared by all regions."""

    group = models.ForeignKey(
        CapabilityGroup, on_delete=models.PROTECT, related_name="capabilities"
    )
    code = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    also_known_as = models.JSONField(default=list, blank=True, help_text="list of other names")

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        ordering = ["group__order", "name"]
        verbose_name_plural = "capabilities"

    def __str__(self) -> str:
        return self.name

    @property
    def all_names(self) -> str:
        """Its names in small letters, to look for words in."""
        return " · ".join([self.name, *self.also_known_as]).casefold()


class GrowthStage(models.TextChoices):
    IDEA = "idea", "Idea: no product yet"
    PROTOTYPE = "prototype", "Prototype: being tried"
    EARLY = "early", "Early: first paying customers"
    GROWING = "growing", "Growing: repeat customers"
    ESTABLISHED = "established", "Established"


class Size(models.TextChoices):
    """Bands of staff headcount, as in Commission Recommendation 2003/361/EC."""

    SOLE = "sole", "Just me"
    MICRO = "micro", "2 to 9 people"
    SMALL = "small", "10 to 49 people"
    MEDIUM = "medium", "50 to 249 people"
    LARGE = "large", "250 people or more"


company_number_validator = RegexValidator(
    r"^([0-9]{8}|[A-Z]{2}[0-9]{6}|R0[0-9]{6}|IP[0-9]{5}[A-Z0-9])$",
    "Enter the 8 characters of the number, for example 01234567 or SC123456.",
)


class OrganisationQuerySet(models.QuerySet):
    def public(self) -> "OrganisationQuerySet":
        return self.filter(is_public=True)

    def visible_to(self, person: Any) -> "OrganisationQuerySet":
        """Public ones, and the person's own."""
        if not person.is_authenticated:
            return self.public()
        return self.filter(
            models.Q(is_public=True)
            | models.Exists(
                Membership.objects.filter(organisation=models.OuterRef("pk"), user=person)
            )
        )

    def of(self, person: Any) -> "OrganisationQuerySet":
        return self.filter(memberships__user=person)

    def for_listing(self) -> "OrganisationQuerySet":
        return self.select_related("place").prefetch_related("sectors", "claims__capability")


class Organisation(models.Model):
    """A start-up or other organisation that pitches."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    company_number = models.CharField(
        "Companies House number", max_length=8, blank=True, validators=[company_number_validator]
    )
    website = models.URLField(blank=True)
    summary = models.CharField(max_length=300, blank=True, help_text="one or two sentences")
    description = models.TextField(blank=True)
    place = models.ForeignKey(
        LocalAuthority,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="organisations",
    )
    place_name = models.CharField("town or city", max_length=80, blank=True)
    stage = models.CharField(max_length=12, choices=GrowthStage.choices, blank=True)
    size = models.CharField(max_length=8, choices=Size.choices, blank=True)
    sectors = models.ManyToManyField(Sector, blank=True, related_name="organisations")
    is_public = models.BooleanField(
        "show our profile to the public",
        default=True,
        help_text="Name, summary, place, sectors and capabilities. Never pitches or people.",
    )
    is_demonstration = models.BooleanField(default=False, help_text="invented organisation")
    source = models.CharField(
        max_length=300, blank=True, help_text="where an imported entry is from"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="organisation_name_once"),
            models.UniqueConstraint(
                fields=["company_number"],
                condition=~models.Q(company_number=""),
                name="organisation_company_number_once",
            ),
        ]
        indexes = [models.Index(fields=["is_public", "name"], name="organisation_public")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("startups:organisation", kwargs={"slug": self.slug})

    @property
    def place_label(self) -> str:
        return self.place.name if self.place else self.place_name


class MemberRole(models.TextChoices):
    OWNER = "owner", "Owner"
    MEMBER = "member", "Member"


class MembershipQuerySet(models.QuerySet):
    def last_of_team(self) -> "MembershipQuerySet":
        """Those without whom nobody who can sign in would be on the team."""
        colleagues = Membership.objects.filter(
            organisation=OuterRef("organisation"), user__is_active=True
        ).exclude(user=OuterRef("user"))
        return self.filter(~Exists(colleagues)).select_related("organisation")


class Membership(models.Model):
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=6, choices=MemberRole.choices, default=MemberRole.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["joined_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organisation}"


class TeamInvitationQuerySet(models.QuerySet):
    def open(self) -> "TeamInvitationQuerySet":
        return self.filter(accepted_at=None, expires_at__gt=timezone.now())

    def unused(self) -> "TeamInvitationQuerySet":
        """Open ones, and those that ran out, which can be sent again."""
        return self.filter(accepted_at=None)


class TeamInvitation(models.Model):
    """An invitation to join an organisation, by a link that works once and not for ever."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField("e-mail address")
    token_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = TeamInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation}"

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.expires_at > timezone.now()


class Claim(models.Model):
    """A capability that an organisation says it has, at a level, with evidence."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="claims")
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT, related_name="claims")
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    evidence = models.TextField(help_text="what was delivered, for whom and when")
    evidence_url = models.URLField("link to evidence", blank=True)

    class Meta:
        ordering = ["-level", "capability__name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "capability"], name="claim_once"),
            models.CheckConstraint(
                condition=models.Q(level__gte=1, level__lte=4), name="claim_level_1_to_4"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.capability} ({self.get_level_display()})"
