"""What a public body asks for: a call and the capabilities that it wants."""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator, validate_slug
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, When
from django.utils import timezone
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from marketplace.regions.models import LocalAuthority, Objective, Region, Sector
from startups.models import Capability, GrowthStage, Level, Size


class Programme(models.Model):
    """A family of calls: GovTech Catalyst, Urban Challenge."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="programmes")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80)
    summary = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["region", "slug"], name="programme_slug_in_region")
        ]

    def __str__(self) -> str:
        return self.name


class CallKind(models.TextChoices):
    CHALLENGE = "challenge", "Challenge"
    ACCELERATOR = "accelerator", "Accelerator call"


class LegalRoute(models.TextChoices):
    GRANT = "grant", "Grant"
    PRIZE = "prize", "Prize"
    RESEARCH = "research", "Research and development contract"
    BELOW_THRESHOLD = "below-threshold", "Below-threshold contract"
    COVERED = "covered", "Covered procurement"


class CallState(models.TextChoices):
    """What people decided; upcoming, open and closed follow from the clock (`CallStatus`)."""

    DRAFT = "draft", "Draft"
    PROPOSED = "proposed", "Waiting for approval"
    APPROVED = "approved", "Approved"
    CANCELLED = "cancelled", "Cancelled"


class CallStatus(models.TextChoices):
    """What the public sees, derived from the state, the stages' dates and the clock."""

    DRAFT = "draft", "Draft"
    PROPOSED = "proposed", "Waiting for approval"
    UPCOMING = "upcoming", "Opening soon"
    OPEN = "open", "Open"
    ASSESSING = "assessing", "Being assessed"
    DECIDED = "decided", "Decided"
    CANCELLED = "cancelled", "Cancelled"


PUBLIC_STATUSES = (
    CallStatus.OPEN,
    CallStatus.UPCOMING,
    CallStatus.ASSESSING,
    CallStatus.DECIDED,
)


class CallQuerySet(models.QuerySet):
    def approved(self) -> "CallQuerySet":
        return self.filter(state=CallState.APPROVED)

    def with_dates(self) -> "CallQuerySet":
        """Annotates `opens_at` (the first stage's), `decided_at` (the last's) and `closes_at`:
        the first stage's, or the last round's of a rolling call."""
        from challenges.calls.models.stage import Stage

        stages = Stage.objects.filter(call=OuterRef("pk"))
        first = stages.order_by("order")
        last = stages.order_by("-order")
        first_closes = Subquery(first.values("closes_at")[:1])
        last_closes = Subquery(last.values("closes_at")[:1])
        return self.annotate(
            opens_at=Subquery(first.values("opens_at")[:1]),
            closes_at=Case(When(is_rolling=True, then=last_closes), default=first_closes),
            decided_at=Subquery(last.values("released_at")[:1]),
        )

    def in_status(self, status: str, now: datetime | None = None) -> "CallQuerySet":
        """Approved calls which the public sees in `status` at `now`; see `Call.status_at`.

        Nothing for the states that the public never sees, so that a filter can't show drafts.
        """
        now = now or timezone.now()
        calls = self.approved().with_dates()
        match status:
            case CallStatus.UPCOMING:
                return calls.filter(opens_at__gt=now)
            case CallStatus.OPEN:
                return calls.filter(opens_at__lte=now, closes_at__gt=now)
            case CallStatus.ASSESSING:
                return calls.filter(closes_at__lte=now, decided_at=None)
            case CallStatus.DECIDED:
                decided = Q(closes_at__lte=now, decided_at__isnull=False)
                return calls.filter(decided | Q(opens_at=None))
        return calls.none()

    def to_approve_by(self, person: Any) -> "CallQuerySet":
        """Sent for approval, and neither sent nor ever owned by this person."""
        from challenges.calls.models.hand_over import HandOver

        owned = HandOver.objects.filter(Q(giver=person) | Q(taker=person), call=OuterRef("pk"))
        proposed = self.filter(~Exists(owned), state=CallState.PROPOSED)
        return proposed.exclude(proposed_by=person).exclude(owner=person)

    def open(self, now: datetime | None = None) -> "CallQuerySet":
        return self.in_status(CallStatus.OPEN, now)

    def in_regions(self, region_ids: set[int]) -> "CallQuerySet":
        return self.filter(region_id__in=region_ids)


def new_reference() -> str:
    """A short name that people can read out: no vowels, no look-alikes."""
    return "".join(secrets.choice("23456789BCDFGHJKMNPQRSTVWXZ") for _ in range(7))


class Call(ClusterableModel):
    """One competition. The page tells its story; this holds what it runs on."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="calls")
    programme = models.ForeignKey(
        Programme, null=True, blank=True, on_delete=models.PROTECT, related_name="calls"
    )
    kind = models.CharField(max_length=12, choices=CallKind.choices, default=CallKind.CHALLENGE)
    reference = models.CharField(
        max_length=40, unique=True, default=new_reference, validators=[validate_slug]
    )
    title = models.CharField(max_length=255)
    summary = models.TextField(help_text="The problem in two or three plain sentences.")
    commissioner = models.CharField(
        max_length=160, blank=True, help_text="The body that has the problem and owns the budget."
    )
    partner = models.CharField(max_length=160, blank=True, help_text="Who helps to run the call.")
    legal_route = models.CharField(max_length=16, choices=LegalRoute.choices, blank=True)
    budget = models.DecimalField(
        "total budget in pounds",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    award_limit = models.DecimalField(
        "most for one award in pounds",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    objectives = models.ManyToManyField(Objective, blank=True, related_name="calls")
    sectors = models.ManyToManyField(Sector, blank=True, related_name="calls")
    places = models.ManyToManyField(LocalAuthority, blank=True, related_name="calls")
    for_stages = models.JSONField(
        "stages of growth it is meant for",
        default=list,
        db_default=[],
        blank=True,
        help_text="None ticked: any. It guides readers and matching, and bars nobody: for what "
        "must hold, ask an eligibility question.",
    )
    for_sizes = models.JSONField(
        "sizes of organisation it is meant for",
        default=list,
        db_default=[],
        blank=True,
        help_text="None ticked: any.",
    )
    is_rolling = models.BooleanField(
        "rolling intake",
        default=False,
        db_default=False,
        help_text="Its stages are rounds, one after the other: people apply to the round that is "
        "open, and each is judged and decided by itself.",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="calls_owned",
    )
    state = models.CharField(
        max_length=10, choices=CallState.choices, default=CallState.DRAFT, editable=False
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    return_reason = models.TextField(blank=True, editable=False, help_text="why it was sent back")
    source = models.CharField(
        max_length=300, blank=True, help_text="where an imported call is from"
    )
    is_demonstration = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["region", "state"], name="call_of_region")]

    def __str__(self) -> str:
        return self.title

    @property
    def meant_for(self) -> list[str]:
        """Stages of growth and sizes, in words."""
        stages = [GrowthStage(each).label for each in self.for_stages]
        return [*stages, *(Size(each).label for each in self.for_sizes)]

    @property
    def chain(self) -> str:
        """The activity chain of everything that happens in this competition."""
        return f"call:{self.pk}"

    def status_at(self, now: datetime | None = None) -> CallStatus:
        """What the public sees at `now`. Uses `with_dates` annotations where they are present.

        An approved call without stages is one imported from a record of the past that gives
        no dates: it is over, and nothing is made up to show so.
        """
        if self.state != CallState.APPROVED:
            return CallStatus(self.state)
        now = now or timezone.now()
        opens_at, closes_at, decided_at = self._dates()
        if opens_at is None:
            return CallStatus.DECIDED
        if now < opens_at:
            return CallStatus.UPCOMING
        if now < closes_at:
            return CallStatus.OPEN
        return CallStatus.DECIDED if decided_at else CallStatus.ASSESSING

    @property
    def status(self) -> CallStatus:
        return self.status_at()

    def _dates(self) -> tuple[Any, Any, Any]:
        if hasattr(self, "decided_at"):
            return self.opens_at, self.closes_at, self.decided_at
        stages = list(self.stages.all())
        if not stages:
            return None, None, None
        closing = stages[-1] if self.is_rolling else stages[0]
        return stages[0].opens_at, closing.closes_at, stages[-1].released_at

    @property
    def first_stage(self) -> Any:
        """The first `Stage`, or None."""
        return next(iter(self.stages.all()), None)

    @property
    def entry_stage(self) -> Any:
        """The `Stage` that applicants enter by now, or None without stages.

        The first; of a rolling call the round that is open, or the next to open, or the last.
        """
        stages = list(self.stages.all())
        if not self.is_rolling:
            return stages[0] if stages else None
        now = timezone.now()
        return next(
            (each for each in stages if now < each.closes_at), stages[-1] if stages else None
        )


class WantedCapability(models.Model):
    """A capability that a call asks for, at least at a level."""

    call = ParentalKey(Call, on_delete=models.CASCADE, related_name="wanted")
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT, related_name="wanted_by")
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.WORKING)
    essential = models.BooleanField(default=False)

    class Meta:
        ordering = ["-essential", "-level", "capability__name"]
        constraints = [
            models.UniqueConstraint(fields=["call", "capability"], name="wanted_once"),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=4), name="wanted_level_1_to_4"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.capability} ({self.get_level_display()})"
