"""What is held while a released decision changes: everything that follows from it, the chain last.

A team that declines, an officer who signs and one who ends the project all take these rows in this
order, so none waits for another in a ring.
"""

from typing import Any

from challenges.awards.models import Award
from challenges.judging.locks import hold_stage
from challenges.judging.models import Appeal
from challenges.pitches.models import Entry


def hold_decision(entry: Entry) -> None:
    """Hold an entry's stage, the entry and those of its pitch after it, its appeals and award.
    Inside a transaction."""
    stage = hold_stage(entry.stage_id)
    from_here_on = Entry.objects.filter(pitch=entry.pitch_id, stage__order__gte=stage.order)
    _hold(from_here_on.order_by("stage__order"))
    _hold(Appeal.objects.filter(entry=entry).order_by("pk"))
    _hold(Award.objects.filter(entry=entry))


def _hold(rows: Any) -> None:
    list(rows.select_for_update(of=("self",), no_key=True))
