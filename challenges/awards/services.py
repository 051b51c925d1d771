"""The verbs on funded projects: a release makes them; complete, end."""

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from challenges.awards.models import Award
from challenges.awards.workflow import AWARD
from challenges.judging.models import Decision, Outcome
from challenges.judging.services.telling import when_told
from marketplace.accounts.models import User
from marketplace.activity.services import record


@when_told
def make_award(decision: Decision, actor: User) -> Award | None:
    """Publish the award that a decision makes, in the transaction that releases it; None where it
    makes none."""
    if decision.outcome != Outcome.AWARDED:
        return None
    entry = decision.entry
    pitch = entry.pitch
    award = Award.objects.create(
        call=pitch.call,
        stage=entry.stage,
        entry=entry,
        organisation=pitch.organisation,
        title=pitch.title,
        slug=f"{slugify(pitch.title)[:120] or 'project'}-{pitch.reference.lower()}"
        + (f"-{entry.stage.order}" if entry.stage.order > 1 else ""),
        summary=pitch.summary,
        amount=decision.amount,
        awarded_on=timezone.localdate(decision.released_at),
        is_demonstration=pitch.organisation.is_demonstration,
    )
    record("awards.made", award, chain=entry.chain, actor=actor, amount=str(award.amount))
    return award


@transaction.atomic
def complete_award(*, award: Award, actor: User) -> Award:
    return _move("complete", award, actor)


@transaction.atomic
def end_award(*, award: Award, actor: User) -> Award:
    return _move("end", award, actor)


def _move(event: str, award: Award, actor: User) -> Award:
    award = Award.objects.select_for_update(of=("self",)).select_related("call").get(pk=award.pk)
    AWARD.apply(event, award, actor)
    award.save(update_fields=["state"])
    record(f"awards.{award.state}", award, chain=award.call.chain, actor=actor)
    return award
