"""Files that judges of a blind stage don't open, as what they say of their author can't be taken
out: an officer looks, and lets judges open them or not."""

from django.db import transaction
from django.utils import timezone

from challenges.judging.locks import require
from challenges.judging.models import Assignment
from challenges.judging.services.conflicts import officers_of
from challenges.pitches.models import Attachment, JudgesCopy
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import Refused


@transaction.atomic
def let_judges_open(*, attachment: Attachment, actor: User) -> JudgesCopy:
    """Let judges of blind stages open a file as it was sent: an officer looked into it.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: judges have a copy already, or may open it already.
    """
    copy = _held(attachment, actor)
    if not copy.is_kept_back:
        raise Refused("Judges can open this file already.")
    copy.let_through_at, copy.let_through_by = timezone.now(), actor
    return _saved(copy, "judging.file_let_through", actor)


@transaction.atomic
def keep_from_judges(*, attachment: Attachment, actor: User) -> JudgesCopy:
    """Take that back; who has opened it meanwhile has read it.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: it was not let through.
    """
    copy = _held(attachment, actor)
    if copy.let_through_at is None:
        raise Refused("Nobody has let judges open this file.")
    copy.let_through_at, copy.let_through_by = None, None
    return _saved(copy, "judging.file_kept_back", actor)


@transaction.atomic
def ask_officers_to_look(*, assignment: Assignment, attachment: Attachment) -> None:
    """Tell the call's officers, once, that a judge needs a file that is kept back."""
    copy = JudgesCopy.objects.select_for_update(of=("self",), no_key=True).get(
        attachment=attachment
    )
    if copy.asked_at is not None or not copy.is_kept_back:
        return
    copy.asked_at = timezone.now()
    copy.save(update_fields=["asked_at"])
    entry = assignment.entry
    notify(
        officers_of(entry.stage),
        subject=f"A judge can’t open a file: {entry.pitch}"[:200],
        body=(
            f"“{attachment.name}” of “{entry.pitch}” may say who applied, and that can’t be taken "
            "out of it, so judges don’t open it. Look into it: its properties, its remarks and "
            "what is inside. If nothing there tells, let them open it on the pitch’s page; if "
            "something does, ask the team for another file while the stage is open."
        ),
        path=f"/admin/desk/pitches/{attachment.entry_id}/",
    )


def _held(attachment: Attachment, actor: User) -> JudgesCopy:
    require("judging.run_panel", actor, attachment.entry.stage)
    copies = JudgesCopy.objects.select_for_update(of=("self",), no_key=True)
    copy = copies.filter(attachment=attachment).first()
    if copy is None or copy.file:
        raise Refused("Judges have a copy of this file without its author’s name.")
    return copy


def _saved(copy: JudgesCopy, verb: str, actor: User) -> JudgesCopy:
    copy.save(update_fields=["let_through_at", "let_through_by"])
    entry = copy.attachment.entry
    record(verb, entry, chain=entry.chain, actor=actor, attachment=copy.attachment_id)
    return copy
