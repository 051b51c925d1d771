"""The verbs on a call's legal checklist."""

import rules
from django.db import transaction

from challenges.calls.legal.checklist import keys_of
from challenges.calls.models import Call, LegalNote
from marketplace.accounts.models import User
from marketplace.activity.services import record
from marketplace.errors import NotAllowed, Refused


@transaction.atomic
def tick_step(*, call: Call, key: str, note: str, actor: User) -> LegalNote:
    """Say that a step is done, and where it can be seen; saying it again changes the note.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: no such step for this call, one that ticks itself, or no note.
    """
    _require(call, actor)
    if key not in keys_of(call):
        raise Refused("This call has no such step. Load the page again.")
    if not note.strip():
        raise Refused("Say what was done and where it can be seen: a link, a notice’s number.")
    found, _ = LegalNote.objects.update_or_create(
        call=call, key=key, defaults={"note": note.strip(), "by": actor}
    )
    record("calls.legal_step_done", call, chain=call.chain, actor=actor, step=key)
    return found


@transaction.atomic
def untick_step(*, call: Call, key: str, actor: User) -> None:
    """Take a tick back; one that is not there is no error."""
    _require(call, actor)
    gone, _ = LegalNote.objects.filter(call=call, key=key).delete()
    if gone:
        record("calls.legal_step_undone", call, chain=call.chain, actor=actor, step=key)


def _require(call: Call, actor: User) -> None:
    if not rules.has_perm("calls.view_call_at_desk", actor, call):
        raise NotAllowed("Only officers of the call’s region can do that.")
