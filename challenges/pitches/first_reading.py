"""When somebody first read what was submitted to a stage: from then on nobody gets more time."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from challenges.calls.models import Stage
from marketplace.activity.services import record


def note_reading(stage: Stage, person: Any) -> None:
    """Remember that `person`, who is on no team, reads a submission of this stage; call it
    wherever one is shown or handed out. Only the first time is written down.

    Titles and names in a list are no submission; answers, files and copies are.
    """
    if stage.first_read_at is not None:
        return
    with transaction.atomic():
        first = Stage.objects.filter(pk=stage.pk, first_read_at=None)
        if first.update(first_read_at=timezone.now()):
            record("pitches.first_read", stage, chain=stage.call.chain, actor=person)
    stage.first_read_at = timezone.now()


def note_reading_of(stages: Any, person: Any) -> None:
    """As `note_reading`, for a queryset of stages of which something is handed out together."""
    for stage in stages.filter(first_read_at=None).select_related("call").distinct():
        note_reading(stage, person)
