"""What applicants to a stage were promised, and what keeps the promise."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone


class Rulebook(models.Model):
    """What applicants to a stage were promised, sealed: numbered, hashed, never changed."""

    stage = models.ForeignKey("Stage", on_delete=models.PROTECT, related_name="rulebooks")
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


class SealedError(ValidationError):
    """Somebody tried to change what applicants were promised."""


class Promised(models.Model):
    """A part of a stage that a rulebook seals: after that it stays as it was published.

    Saving it unchanged is fine, because a form saves every part of a call together.
    """

    sealed_part: str
    """Where a rulebook's content lists such parts."""
    stage_id: int | None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._keep_promise()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self._promises() is not None:
            raise SealedError(SEALED)
        return super().delete(*args, **kwargs)

    def spec(self) -> dict[str, Any]:
        """What the rulebook says about it, as plain JSON."""
        raise NotImplementedError

    def clean(self) -> None:
        super().clean()
        self._keep_promise()

    def _keep_promise(self) -> None:
        promises = self._promises()
        if promises is not None and not any(_agrees(self.spec(), each) for each in promises):
            raise SealedError(SEALED)

    def _promises(self) -> list[dict[str, Any]] | None:
        if self.stage_id is None:
            return None
        rulebook = Rulebook.objects.filter(stage_id=self.stage_id).order_by("-number").first()
        return rulebook.content[self.sealed_part] if rulebook else None


def _agrees(spec: dict[str, Any], sealed: dict[str, Any]) -> bool:
    """Whether a part is as it was sealed; what older rulebooks do not speak of is not sealed."""
    return all(sealed.get(key, value) == value for key, value in spec.items())


SEALED = (
    "The rules of this stage are published, so its questions and criteria can’t be changed. "
    "Applicants rely on them."
)
