"""Organisations, their teams, and what they can do."""

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower, Replace
from django.urls import reverse
from django.utils import timezone

from marketplace.names import fold_organisation, organisation_key, spelled, without_spaces
from marketplace.regions.models import LocalAuthority, Sector
from startups.company_numbers import WELL_FORMED, normalise


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


LONGEST_FOLDED = 200
MOST_TWINS = 10
SPACELESS = Replace("folded_name", models.Value(" "), models.Value(""))
"""As `without_spaces` in `marketplace.names`, in the database."""

company_number_validator = RegexValidator(
    WELL_FORMED,
    "Enter the 8 characters of the number, for example 01234567 or SC123456.",
)


class FoldedNameField(models.CharField):
    """What near-identical names have in common, worked out at every way of saving."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        folded = organisation_key(model_instance.name)[: self.max_length]  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, folded)
        return folded


class OrganisationQuerySet(models.QuerySet):
    def update(self, **fields: Any) -> int:
        """A new name brings its folded form along."""
        if isinstance(fields.get("name"), str):
            fields["folded_name"] = organisation_key(fields["name"])[:LONGEST_FOLDED]
        return super().update(**fields)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        rows = list(objs)
        if "name" in fields:
            for organisation in rows:
                organisation.folded_name = organisation_key(organisation.name)[:LONGEST_FOLDED]
        return super().bulk_update(rows, _with_folded(fields) or [], batch_size)

    def called(self, name: str) -> "OrganisationQuerySet":
        """Those with this name or nearly: “Acme-Data Ltd” and “ACMEdata Limited” are one."""
        key = organisation_key(name)[:LONGEST_FOLDED]
        same = models.Q(name__iexact=" ".join(name.split()))
        near = models.Q(spaceless=without_spaces(key))
        return self.alias(spaceless=SPACELESS).filter(same | near if key else same)

    def one_called(self, name: str) -> "Organisation | None":
        """The one that is written just so, or the only one that nearly is."""
        found = list(self.called(name)[:MOST_TWINS])
        exact = [each for each in found if same_name(each.name, name)]
        chosen = exact or found
        return chosen[0] if len(chosen) == 1 else None

    def matching(self, words: str) -> "OrganisationQuerySet":
        """For a look-up: by company number, or every word somewhere in the name."""
        number = normalise(words)
        found = models.Q(company_number=number) if number else models.Q(pk=None)
        key = fold_organisation(words).split()
        if key:
            named = models.Q()
            for word in key:
                named &= models.Q(folded_name__contains=word)
            found |= named | models.Q(spaceless=without_spaces(organisation_key(words)))
        return self.alias(spaceless=SPACELESS).filter(found)

    def named_with(self, words: str) -> "OrganisationQuerySet":
        """For the search of a list: as `matching`, or with these very words in the name."""
        return self.filter(
            models.Q(name__icontains=words) | models.Q(pk__in=self.matching(words).values("pk"))
        )

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


def same_name(one: str, other: str) -> bool:
    """The same letters, whatever their case and the spaces between."""
    return spelled(one) == spelled(other)


def _with_folded(fields: Any) -> "list[str] | None":
    """Names of the columns to write, with the folded name beside the name."""
    if fields is None:
        return None
    named = list(fields)
    return [*named, "folded_name"] if "name" in named and "folded_name" not in named else named


class Organisation(models.Model):
    """A start-up or other organisation that pitches."""

    name = models.CharField(max_length=120)
    folded_name = FoldedNameField(
        max_length=LONGEST_FOLDED, default="", db_default="", db_index=True, editable=False
    )
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

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        super().save(*args, update_fields=_with_folded(update_fields), **kwargs)

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
