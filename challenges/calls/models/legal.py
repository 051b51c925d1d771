"""What an officer ticked off on a call's legal checklist."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from challenges.calls.models.call import Call


class LegalNote(models.Model):
    """One step done: who said so, when, and where the proof is."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="legal_notes")
    key = models.SlugField(max_length=40, help_text="see `challenges/calls/legal/rules.json`")
    note = models.TextField(help_text="what was done, and where it can be seen")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["call", "key"], name="legal_step_once")]

    def __str__(self) -> str:
        return f"{self.call}: {self.key}"
