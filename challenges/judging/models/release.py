"""How decided letters leave: one release for a stage, and each letter as it goes out."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from challenges.calls.models import SignOff, Stage
from challenges.judging.models.decision import Decision
from challenges.pitches.models import EntryState

RELEASE_MATTER = "judging.release"
"""The name by which its sign-off is known."""


class ReleaseState(models.TextChoices):
    WAITING = "waiting", "Signed, goes out at its time"
    DONE = "done", "Released"
    STOPPED = "stopped", "Stopped before it went out"
    REFUSED = "refused", "Could not go out"


class ReleaseQuerySet(models.QuerySet):
    def waiting(self) -> "ReleaseQuerySet":
        return self.filter(state=ReleaseState.WAITING)

    def due(self, now: datetime) -> "ReleaseQuerySet":
        return self.waiting().filter(goes_out_at__lte=now)

    def of(self, stage: Any) -> "ReleaseQuerySet":
        return self.filter(stage=stage)


class Release(models.Model):
    """A signed release of a stage's decisions: nobody outside hears before `goes_out_at`."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="releases")
    sign_off = models.OneToOneField(SignOff, on_delete=models.PROTECT, related_name="release")
    goes_out_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=ReleaseState.choices, default=ReleaseState.WAITING, editable=False
    )
    ended_at = models.DateTimeField(null=True, help_text="when it went out or came to nothing")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who stopped it; nobody where the clock ended it",
    )
    why = models.TextField(blank=True, help_text="why it was stopped, or could not go out")

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage"],
                condition=Q(state__in=("waiting", "done")),
                name="one_release_of_stage",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("stopped", "refused"))
                | (Q(ended_at__isnull=False) & ~Q(why="")),
                name="ended_release_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state="stopped") | Q(ended_by__isnull=False),
                name="stopped_release_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["state", "goes_out_at"], name="release_due")]

    def __str__(self) -> str:
        return f"Release of {self.stage_id}, {self.state}"


class OutgoingLetterQuerySet(models.QuerySet):
    def held(self) -> "OutgoingLetterQuerySet":
        """Those that somebody keeps back, before or after their stage is released: not of a pitch
        that has left the competition, whose team is told nothing."""
        waits = self.filter(held_at__isnull=False, sent_at=None)
        return waits.filter(decision__entry__state=EntryState.SUBMITTED)

    def overdue(self, now: datetime) -> "OutgoingLetterQuerySet":
        """Held ones of released stages that may be held no longer."""
        return self.held().filter(held_until__lte=now)


class OutgoingLetter(models.Model):
    """One decision's letter, where an officer changed it or holds it back, and once it is sent.

    Without a row, or with an empty `body`, the standard text goes out. Of an edited one, `body`
    is the part that the officer may write; what every letter must say is added as it is sent.
    Once it is sent, `subject` and `body` are the whole of it, word for word.
    """

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="letter")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    written_for = models.CharField(
        max_length=64, blank=True, help_text="digest of the decision that an edited text is about"
    )
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    edited_at = models.DateTimeField(null=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    held_at = models.DateTimeField(null=True)
    hold_reason = models.TextField(blank=True)
    held_until = models.DateTimeField(
        null=True, help_text="set at the release: then it goes out by itself"
    )
    sent_at = models.DateTimeField(null=True)

    objects = OutgoingLetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(held_at=None) | (Q(held_by__isnull=False) & ~Q(hold_reason="")),
                name="held_letter_says_why",
            ),
        ]
        indexes = [models.Index(fields=["held_until"], name="letter_held_until")]

    def __str__(self) -> str:
        return f"Letter on {self.decision_id}"

    @property
    def is_edited(self) -> bool:
        return self.edited_at is not None

    @property
    def is_held(self) -> bool:
        return self.held_at is not None and self.sent_at is None

    def hold(self, person: Any, reason: str) -> None:
        self.held_by, self.held_at, self.hold_reason = person, timezone.now(), reason
