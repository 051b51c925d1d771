"""The panel of a stage: who judges, and the runs that shared pitches out among them."""

from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.models.review import Assignment, AssignmentState, stands
from challenges.pitches.models import IN_COMPETITION
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

    @classmethod
    def of(cls, stage: Stage) -> "Panel":
        """The stage's panel as it is now; one that is not saved where nobody has set it up."""
        return cls.objects.filter(stage=stage).first() or cls(stage=stage)


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
    OBSERVER = "watch", "Observer: sees the meeting, scores nothing"  # the column holds five


class MemberState(models.TextChoices):
    INVITED = "invited", "Invited"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    REMOVED = "removed", "Removed"
    STEPPED_DOWN = "stepped", "Stepped down"


class WithoutPitches(models.TextChoices):
    """Why a judge has nothing to score; the label is for a small tag."""

    RECUSED = "recused", "Recused"
    NONE_FOR_THEM = "none", "No pitch for you"
    NOT_SHARED_OUT = "later", "Not shared out yet"


class PanelMemberQuerySet(models.QuerySet):
    def with_shares(self) -> "PanelMemberQuerySet":
        """Annotates what `why_nothing_to_score` reads."""
        live = Q(assignments__entry__state__in=IN_COMPETITION)
        given_out = Assignment.objects.filter(
            stands(), member__panel=OuterRef("panel"), entry__state__in=IN_COMPETITION
        )
        return self.annotate(
            recused_from=Count(
                "assignments",
                filter=live
                & Q(assignments__state=AssignmentState.RECUSED, assignments__taken_back=False),
            ),
            is_shared_out=Exists(given_out),
        )

    def for_judge(self, person: Any) -> "PanelMemberQuerySet":
        """A person's panels, those that close next first; annotates `to_score` and `scored`."""
        live = Q(assignments__entry__state__in=IN_COMPETITION)
        return (
            self.filter(user=person, state=MemberState.ACCEPTED)
            .with_shares()
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
    reminded_at = models.DateTimeField(
        null=True, blank=True, help_text="when they were written to again by the clock"
    )
    responded_at = models.DateTimeField(null=True, blank=True)
    declared_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="when they said what interests they have, if any",
    )

    most_pitches = models.PositiveSmallIntegerField(
        "the most pitches they can read",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    away_from = models.DateField("away from", null=True, blank=True)
    away_until = models.DateField("away until", null=True, blank=True)

    objects = PanelMemberQuerySet.as_manager()

    recused_from: int
    is_shared_out: bool
    """Both from `with_shares`."""

    class Meta:
        ordering = ["panel", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "email"], name="panel_member_once"),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(user__isnull=False),
                name="accepted_member_has_account",
            ),
            models.CheckConstraint(
                condition=Q(away_from=None, away_until=None) | Q(away_until__gte=F("away_from")),
                name="member_away_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stage(self) -> Stage:
        return self.panel.stage

    @property
    def scores(self) -> bool:
        """Whether this person is given pitches: an observer is not."""
        return self.role != MemberRole.OBSERVER

    def why_nothing_to_score(self) -> "WithoutPitches":
        """Of one `with_shares` who has no pitch: why, to be shown to them."""
        if self.recused_from:
            return WithoutPitches.RECUSED
        if self.is_shared_out:
            return WithoutPitches.NONE_FOR_THEM
        return WithoutPitches.NOT_SHARED_OUT

    @property
    def is_switched_off(self) -> bool:
        """Whether their account can’t sign in any more, so that they can’t score."""
        return self.user is not None and not self.user.is_active

    @property
    def is_away_throughout(self) -> bool:
        """Whether no day is left on which they could score."""
        if self.away_from is None or self.away_until is None:
            return False
        last = timezone.localdate(self.stage.scores_due_at)
        return self.away_from <= timezone.localdate() and self.away_until >= last

    @property
    def is_expired(self) -> bool:
        return self.state == MemberState.INVITED and self.expires_at <= timezone.now()
