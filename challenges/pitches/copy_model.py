"""The copy of a file that judges of a blind stage open; part of the models of pitches."""

import uuid
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.utils import timezone


def private_storage() -> Any:
    return storages["private"]


def judges_copy_path(copy: "JudgesCopy", filename: str) -> str:
    return f"judges-copies/{uuid.uuid4().hex}"


class JudgesCopy(models.Model):
    """A file without what its program wrote into it of who made it, for judges of blind stages.

    Its team and officers have the file as it was sent. `file` is empty where none could be made:
    then nobody of a blind panel opens either, until an officer has looked and lets them.
    """

    attachment = models.OneToOneField(
        "pitches.Attachment", on_delete=models.CASCADE, related_name="judges_copy"
    )
    file = models.FileField(storage=private_storage, upload_to=judges_copy_path, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.PositiveSmallIntegerField(help_text="version of the cleaner")
    let_through_at = models.DateTimeField(null=True, blank=True)
    let_through_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="the officer who looked and found nothing that tells",
    )
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="when a judge asked for it and the officers were told"
    )

    class Meta:
        verbose_name_plural = "judges’ copies"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(file="") | models.Q(let_through_at=None),
                name="only_what_has_no_copy_is_let_through",
            )
        ]

    def __str__(self) -> str:
        return f"Judges’ copy of {self.attachment_id}"

    @property
    def is_kept_back(self) -> bool:
        """Whether judges of a blind stage may not open the file."""
        return not self.file and self.let_through_at is None
