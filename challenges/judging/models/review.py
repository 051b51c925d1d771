"""One judge’s review of one pitch, and its scores."""

from fractions import Fraction
from typing import Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from challenges.calls.models import Criterion
from challenges.judging.ranking import exact_total
from challenges.pitches.models import Entry, EntryQuerySet, Submission


class AssignmentState(models.TextChoices):
    ASSIGNED = "assigned", "To score"
    SUBMITTED = "submitted", "Scored"
    RECUSED = "recused", "Recused"


class Recommendation(models.TextChoices):
    FUND = "fund", "Take forward"
    DISCUSS = "discuss", "Discuss"
    DECLINE = "decline", "Don’t take forward"
    SCOPE = "scope", "Out of scope: it does not answer the call"


def stands(prefix: str = "") -> Q:
    """Reviews that are handed in, or that somebody has who can write them: not recused, nor
    unfinished with somebody whose account is switched off.

    Args:
        prefix: the way to the reviews, as "assignments__".
    """
    return ~Q(**{f"{prefix}state": AssignmentState.RECUSED}) & ~Q(
        **{f"{prefix}state": AssignmentState.ASSIGNED, f"{prefix}member__user__is_active": False}
    )


class AssignmentQuerySet(models.QuerySet):
    def for_judge(self, person: Any) -> "AssignmentQuerySet":
        """What this person may see: accepted, declared, not recused, and still in competition."""
        return (
            self.filter(
                member__user=person,
                member__state="accepted",
                member__declared_at__isnull=False,
                entry__in=Entry.objects.in_competition(),
            )
            .exclude(state=AssignmentState.RECUSED)
            .select_related(
                "member__panel__stage__call",
                "entry__pitch__organisation",
                "entry__stage__call",
            )
        )


class Assignment(models.Model):
    """One judge's review of one entry."""

    member = models.ForeignKey(
        "judging.PanelMember", on_delete=models.CASCADE, related_name="assignments"
    )
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="assignments")
    state = models.CharField(
        max_length=9,
        choices=AssignmentState.choices,
        default=AssignmentState.ASSIGNED,
        editable=False,
    )
    recommendation = models.CharField(max_length=8, choices=Recommendation.choices, blank=True)
    comment = models.TextField("comment for the panel only", blank=True)
    total = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="weighted mean of the scores, 0 to 100, to be shown; set when submitted",
    )
    exact_total = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="the same as a fraction, which decides; set when submitted",
    )
    tie_score = models.FloatField(
        null=True,
        blank=True,
        help_text="mean of the scores on the heaviest criteria, 0 to 100; set when submitted",
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="goes up at every save")
    taken_back = models.BooleanField(
        default=False,
        db_default=False,
        help_text="recused for no interest: an officer took the judge off the panel, and this out",
    )
    by_hand = models.BooleanField(
        default=False, db_default=False, help_text="an officer chose this judge for this pitch"
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "entry"], name="assignment_once"),
            models.CheckConstraint(
                condition=Q(total__isnull=True) | Q(total__gte=0, total__lte=100),
                name="assignment_total_0_to_100",
            ),
            models.CheckConstraint(
                condition=~Q(state="submitted") | Q(total__isnull=False),
                name="submitted_assignment_has_total",
            ),
            models.CheckConstraint(
                condition=Q(taken_back=False) | Q(state="recused"),
                name="only_what_counts_nowhere_is_taken_back",
            ),
        ]
        indexes = [models.Index(fields=["entry", "state", "total"], name="assignment_of_entry")]

    def __str__(self) -> str:
        return f"{self.member}: {self.entry}"

    @property
    def state_label(self) -> str:
        """Its state in words, the true reason where it counts nowhere."""
        return "Taken back" if self.taken_back else self.get_state_display()

    @property
    def exact(self) -> Fraction | None:
        """The total as it counts; None while it is not handed in."""
        return None if self.total is None else exact_total(self.total, self.exact_total)

    def forget_figures(self) -> None:
        """What is a draft again has no total."""
        self.total = self.tie_score = None
        self.exact_total = ""


class Score(models.Model):
    """One judge's score of one entry on one criterion."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="scores")
    value = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True, help_text="may be sent to the applicant, unsigned")

    class Meta:
        ordering = ["criterion__sort_order", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "criterion"], name="score_once"),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__lte=10),
                name="score_at_most_10",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"


def first_arrivals(stage_id: int) -> EntryQuerySet:
    """A stage's entries in competition; annotates `arrived_at`, when each could first be seen."""
    first = Submission.objects.filter(entry=OuterRef("pk")).order_by("number")
    return (
        Entry.objects.filter(stage_id=stage_id)
        .in_competition()
        .annotate(arrived_at=Subquery(first.values("kept_at")[:1]))
    )
