"""A judges’ copy goes with its row, however that goes: with its file, its pitch, by erasure."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from challenges.pitches.models import JudgesCopy


@receiver(post_delete, sender=JudgesCopy)
def remove_file(instance: JudgesCopy, **kwargs: Any) -> None:
    storage, name = instance.file.storage, instance.file.name or ""
    if name:
        transaction.on_commit(lambda: storage.delete(name), robust=True)
