"""Remind judges of what they have not scored yet."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.locks import require
from challenges.judging.models import Assignment, AssignmentState, MemberState, PanelMember
from challenges.pitches.models import IN_COMPETITION
from marketplace.accounts.models import User
from marketplace.activity.services import notify_once, record
from marketplace.activity.sweeping import take_turns
from marketplace.errors import Refused
from marketplace.times import on_moment


@transaction.atomic
def remind_judges(*, stage: Stage, actor: User, member: PanelMember | None = None) -> int:
    """Write to a judge, or to all, who have pitches to score; once a day to each; how many.

    Raises:
        NotAllowed: not an officer of the call. Refused: the panel can't score now.
    """
    require("judging.run_panel", actor, stage)
    if stage.released_at is not None or timezone.now() < stage.closes_at:
        raise Refused("There is nothing to score now.")
    today = timezone.localdate().isoformat()
    left = _left(stage, member)
    told = sum(_remind(judge, stage, number, today) for judge, number in left.items())
    if told:
        record("judging.reminded", stage, chain=stage.call.chain, actor=actor, judges=told)
    return told


BEFORE_CLOSE = (timedelta(days=1), timedelta(days=3))
"""How long before a panel closes judges are reminded by themselves, the shortest first."""


def remind_before_close(now: datetime | None = None) -> int:
    """Tell each judge with pitches to score, once for each time; how many. A moved close is
    another close."""
    now = now or timezone.now()
    stages = Stage.objects.filter(
        closes_at__lte=now,
        released_at=None,
        scores_due_at__gt=now,
        scores_due_at__lte=now + BEFORE_CLOSE[-1],
    ).select_related("call")
    return take_turns("judges", stages, lambda stage: _remind_panel(stage, now))


@transaction.atomic
def _remind_panel(stage: Stage, now: datetime) -> int:
    before = next(span for span in BEFORE_CLOSE if stage.scores_due_at <= now + span)
    key = f"{before.days}:{stage.scores_due_at.isoformat()}"
    return sum(_remind(judge, stage, left, key) for judge, left in _left(stage).items())


def _left(stage: Stage, member: PanelMember | None = None) -> dict[PanelMember, int]:
    """Judges with pitches to score, and how many."""
    waiting = Assignment.objects.filter(
        member__panel__stage=stage,
        member__state=MemberState.ACCEPTED,
        entry__state__in=IN_COMPETITION,
        state=AssignmentState.ASSIGNED,
    )
    if member is not None:
        waiting = waiting.filter(member=member)
    left: dict[PanelMember, int] = {}
    for review in waiting.select_related("member__user"):
        left[review.member] = left.get(review.member, 0) + 1
    return left


def _remind(judge: PanelMember, stage: Stage, number: int, when: str) -> int:
    if judge.user is None or judge.is_switched_off:
        return 0
    pitches = "1 pitch is" if number == 1 else f"{number} pitches are"
    return len(
        notify_once(
            [judge.user],
            key=f"to-score:{judge.pk}:{when}",
            subject=f"To score: {stage.call.title}",
            body=f"{pitches} waiting for your scores in “{stage.name}” of “{stage.call.title}”. "
            f"The panel closes {on_moment(stage.scores_due_at)}.",
            path=reverse("judging:panel", kwargs={"pk": judge.pk}),
        )
    )
