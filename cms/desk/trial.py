"""Trying a stage out as an applicant would meet it, with the very verbs, and leaving no trace.

Everything happens in one transaction that is always rolled back: the invented applicant, the
pitch, its submission, its record and its mail. Files are not taken, because storage knows no
transactions.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from challenges.calls.models import Call, CallState, Stage
from challenges.calls.services import seal_rulebook
from challenges.pitches.content import build_content
from challenges.pitches.forms import WriteForm, checked_form
from challenges.pitches.models import Entry, Pitch
from challenges.pitches.services import save_answers, submit_entry
from marketplace.accounts.models import User
from marketplace.errors import Incomplete
from startups.models import Membership, Organisation
from startups.rules import forget_memberships


@dataclass(frozen=True)
class Trial:
    """What an applicant would see: the form, or what was submitted with its digest."""

    fields: str
    content: dict[str, Any] | None = None
    digest: str = ""
    problems: tuple[tuple[str, str], ...] = ()


def try_out(stage: Stage, actor: User, data: Any, draw: Any) -> Trial:
    """Fill in and, if it was asked for, submit; nothing of it stays.

    Args:
        data: what the browser sent, or None to begin.
        draw: makes the HTML of a form's fields, while what they show still exists.
    """
    try:
        with transaction.atomic():
            trial = _play(stage, actor, data, draw)
            transaction.set_rollback(True)
            return trial
    finally:
        forget_memberships(actor)


def _play(stage: Stage, actor: User, data: Any, draw: Any) -> Trial:
    entry = _entry(stage, actor)
    if data is None:
        return Trial(draw(WriteForm(entry)))
    form = WriteForm(entry, data)
    entry = save_answers(
        entry=entry,
        answers=form.answers(),
        version=entry.version,
        actor=actor,
        **form.headings(),
    )
    if "submit" not in data:
        return Trial(draw(checked_form(entry, strict=False)))
    try:
        submission = submit_entry(entry=entry, actor=actor)
    except Incomplete as incomplete:
        return Trial(draw(checked_form(entry, strict=True)), problems=tuple(incomplete.problems))
    content, _ = build_content(entry)
    return Trial("", content=content, digest=submission.digest)


def _entry(stage: Stage, actor: User) -> Entry:
    """A draft of an invented applicant in this stage, opened for the length of a transaction."""
    now = timezone.now()
    Call.objects.filter(pk=stage.call_id).update(state=CallState.APPROVED)
    Stage.objects.filter(pk=stage.pk).update(
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(hours=1),
        scores_due_at=now + timedelta(hours=2),
    )
    stage = Stage.objects.select_related("call").get(pk=stage.pk)
    rulebook = stage.rulebook or seal_rulebook(stage)
    name = f"Test {uuid4().hex}"
    organisation = Organisation.objects.create(name=name, slug=name[-32:], is_public=False)
    Membership.objects.create(organisation=organisation, user=actor)
    forget_memberships(actor)
    pitch = Pitch.objects.create(call=stage.call, organisation=organisation)
    return Entry.objects.create(pitch=pitch, stage=stage, rulebook=rulebook)
