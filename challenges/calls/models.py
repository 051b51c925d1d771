"""What a public body asks for: a call, its stages, and what applicants were promised."""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from marketplace.regions.models import LocalAuthority, Objective, Region, Sector
from startups.models import Capability, Level


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
        """Annotates `opens_at`, `closes_at` (the first stage's) and `decided_at` (the last's)."""
        stages = Stage.objects.filter(call=OuterRef("pk"))
        first = stages.order_by("order")
        last = stages.order_by("-order")
        return self.annotate(
            opens_at=Subquery(first.values("opens_at")[:1]),
            closes_at=Subquery(first.values("closes_at")[:1]),
            decided_at=Subquery(last.values("released_at")[:1]),
        )

    def in_status(self, status: str, now: datetime | None = None) -> "CallQuerySet":
        """Approved calls which the public sees in `status` at `now`; see `Call.status_at`."""
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
    reference = models.CharField(max_length=40, unique=True, default=new_reference)
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
        return stages[0].opens_at, stages[0].closes_at, stages[-1].released_at

    @property
    def first_stage(self) -> "Stage | None":
        return next(iter(self.stages.all()), None)


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


class TieBreak(models.TextChoices):
    """How places are given to pitches that are level. Never by name or time."""

    HEAVIEST_CRITERION = "heaviest", "Higher score on the criterion with most weight"
    PANEL = "panel", "The panel talks and agrees"


class Stage(ClusterableModel):
    """One round of a call: applicants enter, a panel scores, the officer decides."""

    call = ParentalKey(Call, on_delete=models.CASCADE, related_name="stages")
    order = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=80, default="Application")
    opens_at = models.DateTimeField("opens")
    closes_at = models.DateTimeField("closes")
    scores_due_at = models.DateTimeField("panel closes", help_text="No score is taken after this.")
    decision_on = models.DateField("decision expected")
    places = models.PositiveSmallIntegerField(
        "number to take forward", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    is_blind = models.BooleanField("blind: judges don’t see who applied", default=False)
    tie_break = models.CharField(
        max_length=10, choices=TieBreak.choices, default=TieBreak.HEAVIEST_CRITERION
    )
    released_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["call", "order"]
        constraints = [
            models.UniqueConstraint(fields=["call", "order"], name="stage_order_in_call"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")), name="stage_opens_before_it_closes"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__lte=F("scores_due_at")), name="stage_scores_after_close"
            ),
        ]
        indexes = [models.Index(fields=["opens_at", "closes_at"], name="stage_dates")]

    def __str__(self) -> str:
        return f"{self.call}: {self.name}"

    def clean(self) -> None:
        if self.opens_at and self.closes_at and self.opens_at >= self.closes_at:
            raise ValidationError({"closes_at": "The stage must close after it opens."})
        if self.closes_at and self.scores_due_at and self.scores_due_at < self.closes_at:
            raise ValidationError({"scores_due_at": "The panel must close after the stage does."})
        if self.closes_at and self.decision_on and self.decision_on < self.closes_at.date():
            raise ValidationError({"decision_on": "The decision must come after the stage closes."})

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether entries may be submitted: from `opens_at`, up to but not at `closes_at`."""
        now = now or timezone.now()
        return self.call.state == CallState.APPROVED and self.opens_at <= now < self.closes_at

    def takes_scores(self, now: datetime | None = None) -> bool:
        """Whether judges may score: entries are in, the panel has not closed, nothing is out."""
        now = now or timezone.now()
        return self.closes_at <= now < self.scores_due_at and self.released_at is None

    @property
    def rulebook(self) -> "Rulebook | None":
        return self.rulebooks.order_by("-number").first()


class QuestionKind(models.TextChoices):
    """What kind of answer a question takes; `challenges.calls.questions` says how."""

    SHORT_TEXT = "short-text", "Short text"
    LONG_TEXT = "long-text", "Long text"
    NUMBER = "number", "Number"
    MONEY = "money", "Money"
    DATE = "date", "Date"
    YES_NO = "yes-no", "Yes or no"
    CHOICE = "choice", "One choice"
    CHOICES = "choices", "Several choices"
    LINK = "link", "Link"
    FILE = "file", "File"


class Question(models.Model):
    stage = ParentalKey(Stage, on_delete=models.CASCADE, related_name="questions")
    sort_order = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(
        max_length=12, choices=QuestionKind.choices, default=QuestionKind.LONG_TEXT
    )
    label = models.CharField("question", max_length=255)
    guidance = models.TextField(blank=True)
    required = models.BooleanField(default=True)
    max_words = models.PositiveSmallIntegerField(
        "word limit",
        null=True,
        blank=True,
        validators=[MaxValueValidator(5000)],
        help_text="For text only.",
    )
    choices = models.TextField(blank=True, help_text="For choices: one a line.")
    identifies = models.BooleanField(
        "says who the applicant is", default=False, help_text="Hidden from judges in a blind stage."
    )

    class Meta:
        ordering = ["stage", "sort_order", "pk"]

    def __str__(self) -> str:
        return self.label

    @property
    def choice_list(self) -> list[str]:
        return [line.strip() for line in self.choices.splitlines() if line.strip()]

    def clean(self) -> None:
        if self.kind in (QuestionKind.CHOICE, QuestionKind.CHOICES) and len(self.choice_list) < 2:
            raise ValidationError({"choices": "Give at least two choices, one a line."})


class Criterion(models.Model):
    """What judges score, each on whole numbers from 0 to `scale`."""

    stage = ParentalKey(Stage, on_delete=models.CASCADE, related_name="criteria")
    sort_order = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=120)
    guidance = models.TextField(blank=True)
    weight = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Weights are shares of their sum; 100 in all is easiest to read.",
    )
    scale = models.PositiveSmallIntegerField(
        "highest score", default=5, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )

    class Meta:
        ordering = ["stage", "sort_order", "pk"]
        verbose_name_plural = "criteria"
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=1), name="criterion_weight_positive"),
            models.CheckConstraint(
                condition=Q(scale__gte=1, scale__lte=10), name="criterion_scale_1_to_10"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Rulebook(models.Model):
    """What applicants to a stage were promised, sealed: numbered, hashed, never changed."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="rulebooks")
    number = models.PositiveSmallIntegerField()
    sealed_at = models.DateTimeField(default=timezone.now)
    content = models.JSONField(help_text="see `challenges.calls.rulebook`")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical JSON of content")

    class Meta:
        ordering = ["stage", "number"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "number"], name="rulebook_number_in_stage")
        ]

    def __str__(self) -> str:
        return f"{self.stage}, rulebook {self.number}"
