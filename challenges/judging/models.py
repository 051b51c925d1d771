"""How pitches are judged: the panel, conflicts, assignments, scores and decisions."""

from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone

from challenges.calls.models import Criterion, Stage
from challenges.pitches.models import IN_COMPETITION, Entry, EntryQuerySet, Submission
from startups.models import Capability


class Panel(models.Model):
    """The people who judge one stage."""

    stage = models.OneToOneField(Stage, on_delete=models.CASCADE, related_name="panel")
    reviews_per_pitch = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1)],
        help_text="How many judges read each pitch.",
    )
    most_per_judge = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="How many pitches one judge reads at most; empty for no limit.",
    )

    def __str__(self) -> str:
        return f"Panel of {self.stage}"


class SharingState(models.TextChoices):
    WAITING = "waiting", "Waiting to begin"
    DONE = "done", "Done"
    REFUSED = "refused", "Not done"


class Sharing(models.Model):
    """One run of sharing pitches out among the judges of a panel, and what came of it."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="sharings")
    state = models.CharField(
        max_length=7, choices=SharingState.choices, default=SharingState.WAITING
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    anew = models.BooleanField(
        default=False, help_text="take back first what was not begun and not chosen by hand"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    given = models.PositiveIntegerField(default=0, help_text="reviews given out")
    lacking = models.PositiveIntegerField(default=0, help_text="reviews that no judge was free for")
    why = models.TextField(blank=True, help_text="why it was not done")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["panel", "-asked_at"], name="sharing_latest")]

    def __str__(self) -> str:
        return f"{self.panel}: {self.get_state_display()}"


class MemberRole(models.TextChoices):
    JUDGE = "judge", "Judge"
    CHAIR = "chair", "Chair"


class MemberState(models.TextChoices):
    INVITED = "invited", "Invited"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    REMOVED = "removed", "Removed"


class PanelMemberQuerySet(models.QuerySet):
    def for_judge(self, person: Any) -> "PanelMemberQuerySet":
        """A person's panels, those that close next first; annotates `to_score` and `scored`."""
        live = Q(assignments__entry__state__in=IN_COMPETITION)
        return (
            self.filter(user=person, state=MemberState.ACCEPTED)
            .select_related("panel__stage__call")
            .annotate(
                to_score=Count(
                    "assignments", filter=live & Q(assignments__state=AssignmentState.ASSIGNED)
                ),
                scored=Count(
                    "assignments", filter=live & Q(assignments__state=AssignmentState.SUBMITTED)
                ),
            )
            .order_by(
                F("panel__stage__released_at").desc(nulls_first=True),
                "panel__stage__scores_due_at",
                "pk",
            )
        )


class PanelMember(models.Model):
    """A person on a panel, from the invitation on."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="members")
    email = models.EmailField("e-mail address")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=5, choices=MemberRole.choices, default=MemberRole.JUDGE)
    state = models.CharField(
        max_length=8,
        choices=MemberState.choices,
        default=MemberState.INVITED,
        editable=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="panel_memberships",
    )
    expertise = models.ManyToManyField(
        Capability, blank=True, related_name="panel_members", help_text="what they know well"
    )
    token_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    responded_at = models.DateTimeField(null=True, blank=True)
    declared_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="when they said what interests they have, if any",
    )

    objects = PanelMemberQuerySet.as_manager()

    class Meta:
        ordering = ["panel", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "email"], name="panel_member_once"),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(user__isnull=False),
                name="accepted_member_has_account",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stage(self) -> Stage:
        return self.panel.stage

    @property
    def is_expired(self) -> bool:
        return self.state == MemberState.INVITED and self.expires_at <= timezone.now()


class ConflictKind(models.TextChoices):
    """As section 81 of the Procurement Act 2023 has them."""

    REAL = "real", "Real: it bears on what they do here"
    POTENTIAL = "potential", "Potential: it could come to bear"
    PERCEIVED = "perceived", "Perceived: a fair-minded person might think so"


class ConflictDecision(models.TextChoices):
    NONE = "none", "No conflict: nothing needs to be done"
    MANAGE = "manage", "Manage it: they go on, under a measure"
    RECUSE = "recuse", "Recuse: they keep out of it"


class ConflictQuerySet(models.QuerySet):
    def of_stage(self, stage: Any) -> "ConflictQuerySet":
        return self.filter(entry__stage=stage)

    def undecided(self) -> "ConflictQuerySet":
        return self.filter(decision="")

    def barring(self) -> "ConflictQuerySet":
        """Those that keep somebody away: recused, or nobody has looked at it yet."""
        return self.filter(decision__in=("", ConflictDecision.RECUSE))


class Conflict(models.Model):
    """A tie that a judge or an officer has to an applicant: declared, or found by the product.

    Until somebody has decided that it is none, or how it is managed, it keeps them away. One for
    each person and entry: whatever writes them holds the stage.
    """

    member = models.ForeignKey(
        PanelMember, null=True, on_delete=models.CASCADE, related_name="conflicts"
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="conflicts"
    )
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="conflicts")
    nature = models.TextField("what the tie is")
    was_found = models.BooleanField(
        default=False, db_default=False, help_text="by the product, not declared"
    )
    declared_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(
        max_length=9, choices=ConflictKind.choices, blank=True, default="", db_default=""
    )
    decision = models.CharField(
        max_length=6, choices=ConflictDecision.choices, blank=True, default="", db_default=""
    )
    reason = models.TextField("why, and under which measure", blank=True, default="", db_default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    objects = ConflictQuerySet.as_manager()

    class Meta:
        ordering = ["declared_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "entry"], name="conflict_once"),
            models.CheckConstraint(
                condition=Q(member__isnull=False, officer__isnull=True)
                | Q(member__isnull=True, officer__isnull=False),
                name="conflict_of_a_judge_or_an_officer",
            ),
            models.CheckConstraint(
                condition=Q(decision="")
                | Q(decided_at__isnull=False) & ~Q(kind="") & ~Q(reason=""),
                name="decided_conflict_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_name}: {self.entry}"

    @property
    def person_id(self) -> int | None:
        return self.member.user_id if self.member else self.officer_id

    @property
    def person_name(self) -> str:
        return self.member.name if self.member else str(self.officer)

    @property
    def is_barring(self) -> bool:
        return self.decision in ("", ConflictDecision.RECUSE)


class AssignmentState(models.TextChoices):
    ASSIGNED = "assigned", "To score"
    SUBMITTED = "submitted", "Scored"
    RECUSED = "recused", "Recused"


class Recommendation(models.TextChoices):
    FUND = "fund", "Take forward"
    DISCUSS = "discuss", "Discuss"
    DECLINE = "decline", "Don’t take forward"
    SCOPE = "scope", "Out of scope: it does not answer the call"


class AssignmentQuerySet(models.QuerySet):
    def for_judge(self, person: Any) -> "AssignmentQuerySet":
        """What this person may see: accepted, declared, not recused, and still in competition."""
        return (
            self.filter(
                member__user=person,
                member__state=MemberState.ACCEPTED,
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

    member = models.ForeignKey(PanelMember, on_delete=models.CASCADE, related_name="assignments")
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
        help_text="weighted mean of the scores, 0 to 100; set when submitted",
    )
    tie_score = models.FloatField(
        null=True,
        blank=True,
        help_text="mean of the scores on the heaviest criteria, 0 to 100; set when submitted",
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="goes up at every save")
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
        ]
        indexes = [models.Index(fields=["entry", "state", "total"], name="assignment_of_entry")]

    def __str__(self) -> str:
        return f"{self.member}: {self.entry}"


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


class Meeting(models.Model):
    """The panel's moderation meeting for a stage: from its opening each sees all scores, and
    none can be changed any more; what is agreed stands beside them."""

    stage = models.OneToOneField(Stage, on_delete=models.CASCADE, related_name="meeting")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Meeting about {self.stage}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Agreement(models.Model):
    """What the panel agreed on one pitch; it counts in place of the judges' own scores."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="agreement")
    total = models.DecimalField(
        max_digits=5, decimal_places=2, help_text="weighted mean of what was agreed, 0 to 100"
    )
    tie_score = models.FloatField(help_text="mean on the heaviest criteria, 0 to 100")
    version = models.PositiveIntegerField(default=1, help_text="goes up at every save")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gte=0, total__lte=100), name="agreed_total_0_to_100"
            )
        ]

    def __str__(self) -> str:
        return f"Agreed on {self.entry}: {self.total}"


class AgreedScore(models.Model):
    """What was agreed on one criterion, and why."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField()
    reason = models.TextField()

    class Meta:
        ordering = ["criterion__sort_order", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "criterion"], name="agreed_score_once"),
            models.CheckConstraint(condition=Q(value__lte=10), name="agreed_score_at_most_10"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"


class Outcome(models.TextChoices):
    SHORTLISTED = "shortlisted", "Short-listed"
    AWARDED = "awarded", "Awarded"
    NOT_AWARDED = "not-awarded", "Not awarded"


class Decision(models.Model):
    """What the officer decided about one entry; nobody outside hears before it is released."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="decision")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.TextField(help_text="For the record and the letter: why.")
    feedback = models.TextField(blank=True, help_text="What would make the pitch better.")
    amount = models.DecimalField(
        "award in pounds",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="awarded") | Q(amount__isnull=False),
                name="award_has_amount",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.get_outcome_display()}"


class AppealKind(models.TextChoices):
    FEEDBACK = "feedback", "More feedback: we want to understand the result"
    APPEAL = "appeal", "An appeal: the published rules were not kept"
    COMPLAINT = "complaint", "A complaint: about how we were treated"


class AppealState(models.TextChoices):
    OPEN = "open", "Being looked at"
    UPHELD = "upheld", "Upheld"
    PARTLY = "partly", "Upheld in part"
    REJECTED = "rejected", "Not upheld"
    ANSWERED = "answered", "Answered"
    WITHDRAWN = "withdrawn", "Withdrawn"


class AppealQuerySet(models.QuerySet):
    def in_regions(self, regions: Any) -> "AppealQuerySet":
        return self.filter(entry__stage__call__region__in=regions)

    def open(self) -> "AppealQuerySet":
        return self.filter(state=AppealState.OPEN)


class Appeal(models.Model):
    """What a team says after a released decision; somebody who did not decide looks at it."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="appeals")
    kind = models.CharField(max_length=9, choices=AppealKind.choices)
    grounds = models.TextField("what is wrong, or what they want to know")
    state = models.CharField(
        max_length=9, choices=AppealState.choices, default=AppealState.OPEN, editable=False
    )
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    filed_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["filed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state="open"), name="one_open_appeal_of_entry"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "withdrawn")) | ~Q(answer=""),
                name="answered_appeal_has_answer",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="appeal_to_answer")]

    def __str__(self) -> str:
        return f"{self.get_kind_display().partition(':')[0]} about {self.entry}"

    @property
    def is_late(self) -> bool:
        return self.state == AppealState.OPEN and self.due_on < timezone.localdate()


def first_arrivals(stage_id: int) -> EntryQuerySet:
    """A stage's entries in competition; annotates `arrived_at`, when each first came in."""
    first = Submission.objects.filter(entry=OuterRef("pk")).order_by("number").values("at")[:1]
    return (
        Entry.objects.filter(stage_id=stage_id)
        .in_competition()
        .annotate(arrived_at=Subquery(first))
    )
