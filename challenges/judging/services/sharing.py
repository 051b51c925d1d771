"""Sharing pitches out as work beside the request: asked for, done by a worker, told."""

from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.models import Panel, Sharing, SharingState
from challenges.judging.pairs import available
from challenges.judging.services.assigning import (
    NOBODY_READY,
    assign_entries,
    hold_open_panel,
    take_back_unbegun,
)
from marketplace.accounts.models import User
from marketplace.errors import Refused
from marketplace.outages.owed import hand_over

PATIENCE = timedelta(minutes=10)
"""After this a run that has not ended counts as lost, and may be asked for again."""


@transaction.atomic
def ask_to_share(*, stage: Stage, actor: User, anew: bool = False) -> Sharing:
    """Have the stage's pitches shared out by a worker.

    Args:
        anew: take back first what no judge has begun and nobody chose by hand.

    Raises:
        NotAllowed, Refused, TooLate: as `assign_entries`.
        Refused: they are being shared out at this moment.
    """
    from challenges.judging.tasks import share_out

    stage = hold_open_panel(stage, actor)
    panel, _ = Panel.objects.get_or_create(stage=stage)
    if not available(panel).exists():
        raise Refused(NOBODY_READY)
    waiting = panel.sharings.filter(
        state=SharingState.WAITING, asked_at__gt=timezone.now() - PATIENCE
    )
    if waiting.exists():
        raise Refused("The pitches are being shared out at this moment. Wait for the result.")
    sharing = Sharing.objects.create(panel=panel, by=actor, anew=anew)
    hand_over(share_out, sharing.pk, or_here=True)
    return sharing


def carry_out(pk: int) -> None:
    """Do what was asked for, once; a second run finds it done. A refusal is kept as the reason."""
    try:
        with transaction.atomic():
            sharing = _held(pk)
            if sharing is None or sharing.by is None:
                return
            stage = sharing.panel.stage
            if sharing.anew:
                take_back_unbegun(stage=stage, actor=sharing.by)
            given, lacking = assign_entries(
                stage=stage, actor=sharing.by, tell=lambda step: _tell_step(pk, step)
            )
            _end(sharing, SharingState.DONE, given=given, lacking=lacking)
    except Refused as refused:
        with transaction.atomic():
            if sharing := _held(pk):
                _end(sharing, SharingState.REFUSED, why=str(refused))


def step_of(sharing: Sharing) -> int | None:
    """Which of `STEPS` a worker is at; None before it begins. Kept beside the transaction, which
    shows nothing until it ends."""
    return cache.get(f"sharing:{sharing.pk}")


def _tell_step(pk: int, step: int) -> None:
    cache.set(f"sharing:{pk}", step, PATIENCE.total_seconds())


def _held(pk: int) -> Sharing | None:
    """The run, locked, if nobody has carried it out."""
    found = Sharing.objects.select_for_update(of=("self",), no_key=True).select_related(
        "panel__stage", "by"
    )
    return found.filter(pk=pk, state=SharingState.WAITING).first()


def _end(sharing: Sharing, state: SharingState, **fields: object) -> None:
    sharing.state, sharing.ended_at = state, timezone.now()
    for name, value in fields.items():
        setattr(sharing, name, value)
    sharing.save()
