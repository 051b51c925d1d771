"""Ties of judges and officers to applicants, and what was decided about them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from challenges.judging.models.panel import PanelMember
from challenges.pitches.models import Entry


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
