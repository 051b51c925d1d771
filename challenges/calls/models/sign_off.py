"""An act that takes two officers: one proposes it, another signs, and then it is done."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from challenges.calls.models.call import Call


class SignOffState(models.TextChoices):
    PROPOSED = "proposed", "Waiting for a second officer"
    SIGNED = "signed", "Signed"
    RETURNED = "returned", "Sent back"
    TAKEN_BACK = "taken-back", "Taken back"


class SignOffQuerySet(models.QuerySet):
    def waiting(self) -> "SignOffQuerySet":
        return self.filter(state=SignOffState.PROPOSED)

    def of(self, matter: str, thing: models.Model) -> "SignOffQuerySet":
        return self.filter(matter=matter, thing_id=thing.pk)

    def in_regions(self, regions: Any) -> "SignOffQuerySet":
        return self.filter(call__region__in=regions)


class SignOff(models.Model):
    """One act as it was proposed; `challenges.calls.matters` knows what each matter does.

    `stood` is a digest of what the act is about as its proposer saw it: nobody signs something
    that has changed since.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="sign_offs")
    matter = models.CharField(max_length=40, help_text="app.act, as the matter is registered")
    thing_id = models.PositiveBigIntegerField(help_text="what it is done to, of the matter’s model")
    content = models.JSONField(default=dict, help_text="what exactly would be done, JSON values")
    reason = models.TextField(help_text="kept in the record")
    stood = models.CharField(max_length=64)
    state = models.CharField(
        max_length=10,
        choices=SignOffState.choices,
        default=SignOffState.PROPOSED,
        editable=False,
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, help_text="why it was sent back, or a word on signing")

    objects = SignOffQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "thing_id"],
                condition=models.Q(state="proposed"),
                name="one_open_sign_off_of_thing",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="signed")
                | (
                    models.Q(answered_by__isnull=False)
                    & ~models.Q(answered_by=models.F("proposed_by"))
                ),
                name="nobody_signs_their_own",
            ),
        ]
        indexes = [models.Index(fields=["matter", "thing_id"], name="sign_off_of_thing")]

    def __str__(self) -> str:
        return f"{self.matter} of {self.thing_id}"
