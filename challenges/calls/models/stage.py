"""The rounds of a call, and what applicants to each were promised."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from challenges.calls.draw import commitment
from challenges.calls.models.call import Call, CallState
from challenges.calls.models.rulebook import Rulebook, SealedError
from marketplace.arrival import asked_at
from marketplace.times import day_ended_by, is_midnight


class TieBreak(models.TextChoices):
    """How places are given to pitches that are level. Never by name or time."""

    HEAVIEST_CRITERION = "heaviest", "Higher score on the criterion with most weight"
    PANEL = "panel", "The panel talks and agrees"
    DRAW = "draw", "A draw, from a seed that was sealed with the rules"


class DecidesBy(models.TextChoices):
    """Which ranking the places follow."""

    RAW = "raw", "Mean of the judges’ totals"
    ADJUSTED = "adjusted", "Totals adjusted for harsh and lenient judges"


CONFLICT_RULES = (
    "Nobody judges or decides about a pitch in which they, their family, their employer or "
    "their business partners have an interest, real or apparent. Judges declare their interests "
    "before they see a pitch. The chair or the officer decides on each: none, managed or "
    "recused. Who is recused sees nothing more of that pitch."
)


def new_secret() -> str:
    return secrets.token_hex(32)


ENQUIRIES_END_BEFORE = timedelta(days=3)
"""Before a stage closes: an answer that comes later helps nobody."""


class Stage(ClusterableModel):
    """One round of a call: applicants enter, a panel scores, the officer decides."""

    call = ParentalKey(Call, on_delete=models.CASCADE, related_name="stages")
    order = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=80, default="Application")
    opens_at = models.DateTimeField("opens")
    closes_at = models.DateTimeField("closes")
    midnight_meant = models.DateTimeField(
        null=True,
        editable=False,
        help_text="a closing time at 0:00 of which an officer said that this very moment is meant",
    )
    questions_until = models.DateTimeField(
        "enquiries until",
        null=True,
        blank=True,
        help_text="Empty: until three days before the stage closes.",
    )
    scores_due_at = models.DateTimeField("panel closes", help_text="No score is taken after this.")
    decision_on = models.DateField("decision expected")
    places = models.PositiveSmallIntegerField(
        "number to take forward", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    is_blind = models.BooleanField("blind: judges don’t see who applied", default=False)
    unblinded_at = models.DateTimeField(
        null=True, editable=False, help_text="when judges were told who applied, if they were"
    )
    tie_break = models.CharField(
        max_length=10, choices=TieBreak.choices, default=TieBreak.HEAVIEST_CRITERION
    )
    decides_by = models.CharField(
        "ranking that decides",
        max_length=8,
        choices=DecidesBy.choices,
        default=DecidesBy.RAW,
        db_default=DecidesBy.RAW,
    )
    minimum_total = models.PositiveSmallIntegerField(
        "lowest total that can win",
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="Of 100. Empty: any total can.",
    )
    conflict_rules = models.TextField(
        "rules on conflicts of interest", default=CONFLICT_RULES, db_default=""
    )
    draw_secret = models.CharField(
        max_length=64,
        default=new_secret,
        db_default="",
        editable=False,
        help_text="Its hash is sealed with the rules; it is shown when decisions are released.",
    )
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_read_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="when somebody who is on no team first read what was submitted",
    )

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
            models.CheckConstraint(
                condition=Q(minimum_total=None) | Q(minimum_total__lte=100),
                name="stage_minimum_at_most_100",
            ),
        ]
        indexes = [models.Index(fields=["opens_at", "closes_at"], name="stage_dates")]

    def __str__(self) -> str:
        return f"{self.call}: {self.name}"

    def clean(self) -> None:
        if self.opens_at and self.closes_at and self.opens_at >= self.closes_at:
            raise ValidationError({"closes_at": "The stage must close after it opens."})
        if self.questions_until and self.closes_at and self.questions_until > self.closes_at:
            raise ValidationError({"questions_until": "Enquiries must end before the stage does."})
        if self.closes_at and self.scores_due_at and self.scores_due_at < self.closes_at:
            raise ValidationError({"scores_due_at": "The panel must close after the stage does."})
        if self.closes_at and self.decision_on and self.decision_on < day_ended_by(self.closes_at):
            raise ValidationError({"decision_on": "The decision must come after the stage closes."})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises: SealedError: a promise would change; only an addendum changes those."""
        written = kwargs.get("update_fields")
        if self.pk and (written is None or set(written) & set(PROMISED_OF_STAGE)):
            self._keep_promise()
        super().save(*args, **kwargs)

    def promises(self) -> dict[str, Any]:
        """What the rulebook says of the stage itself, as plain JSON."""
        return {
            "stage": self.name,
            "opens_at": self.opens_at.astimezone(UTC).isoformat(),
            "questions_until": self.enquiries_close_at.astimezone(UTC).isoformat(),
            "closes_at": self.closes_at.astimezone(UTC).isoformat(),
            "scores_due_at": self.scores_due_at.astimezone(UTC).isoformat(),
            "decision_on": self.decision_on.isoformat(),
            "places": self.places,
            "blind": self.is_blind,
            "tie_break": self.tie_break,
            "decides_by": self.decides_by,
            "minimum_total": self.minimum_total,
            "conflict_rules": self.conflict_rules,
            "draw_commitment": commitment(self.draw_secret),
        }

    def _keep_promise(self) -> None:
        sealed = self.rulebook
        if sealed is None:
            return
        promises = self.promises()
        if any(sealed.content.get(key, value) != value for key, value in promises.items()):
            raise SealedError(SEALED_STAGE)

    @property
    def asks_about_midnight(self) -> bool:
        """Whether it closes at 0:00, and nobody has said yet that this moment is meant."""
        return is_midnight(self.closes_at) and self.midnight_meant != self.closes_at

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether entries may be submitted: from `opens_at`, up to but not at `closes_at`."""
        now = now or asked_at()
        return self.call.state == CallState.APPROVED and self.opens_at <= now < self.closes_at

    @property
    def enquiries_close_at(self) -> datetime:
        """Until when people may ask about the stage."""
        return self.questions_until or max(self.opens_at, self.closes_at - ENQUIRIES_END_BEFORE)

    def takes_enquiries(self, now: datetime | None = None) -> bool:
        """From the call's approval on, before it opens too."""
        now = now or asked_at()
        return self.call.state == CallState.APPROVED and now < self.enquiries_close_at

    @property
    def hides_names(self) -> bool:
        """Whether judges still may not know who applied."""
        return self.is_blind and self.unblinded_at is None

    def awaits_scoring(self, now: datetime | None = None) -> bool:
        """Whether the call is still to close, so that judges can't score yet."""
        return (now or timezone.now()) < self.closes_at

    def takes_scores(self, now: datetime | None = None) -> bool:
        """Whether judges may score: entries are in, the panel has not closed, nothing is out."""
        now = now or timezone.now()
        return self.closes_at <= now and not self.panel_has_closed(now)

    def panel_has_closed(self, now: datetime | None = None) -> bool:
        """Whether no score is taken any more: its time is over, or the decisions are out."""
        return (now or timezone.now()) >= self.scores_due_at or self.released_at is not None

    @property
    def rulebook(self) -> Rulebook | None:
        return self.rulebooks.order_by("-number").first()


PROMISED_OF_STAGE = (
    "name",
    "opens_at",
    "questions_until",
    "closes_at",
    "scores_due_at",
    "decision_on",
    "places",
    "is_blind",
    "tie_break",
    "decides_by",
    "minimum_total",
    "conflict_rules",
    "draw_secret",
)
SEALED_STAGE = (
    "The rules of this stage are published, so its dates and rules change by an addendum only. "
    "Applicants rely on them."
)
