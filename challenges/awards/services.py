"""The verbs on funded projects: release decisions (which makes them), complete, end."""

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from challenges.awards.models import Award
from challenges.awards.workflow import AWARD
from challenges.calls.models import Stage
from challenges.judging import decisions
from challenges.judging.models import Decision, Outcome
from marketplace.accounts.models import User
from marketplace.activity.services import record


@transaction.atomic
def release_decisions(*, stage: Stage, actor: User, explanation: str = "") -> list[Award]:
    """Release a stage's decisions and publish its awards, in one transaction.

    Raises:
        As `challenges.judging.decisions.release`.
    """
    released = decisions.release(stage=stage, actor=actor, explanation=explanation)
    return [
        _make_award(decision, actor) for decision in released if decision.outcome == Outcome.AWARDED
    ]


def _make_award(decision: Decision, actor: User) -> Award:
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
