"""What a published change of the rules means for the pitches that are under way.

Drafts, and submitted pitches that can still be changed, are written under the new rulebook from
then on; nothing typed is lost. What was submitted keeps the rulebook that it was given under
(`Submission.rulebook`).
"""

from datetime import date, datetime

from django.db import transaction

from challenges.calls import addenda
from challenges.calls.models import Addendum, Stage
from challenges.pitches.models import Entry, EntryQuerySet, EntryState
from challenges.pitches.parts import people_in
from marketplace.accounts.models import User
from marketplace.activity.services import notify

UNDER_WAY = (EntryState.DRAFT, EntryState.SUBMITTED)


@transaction.atomic
def publish_addendum(*, addendum: Addendum, actor: User) -> Addendum:
    """As `challenges.calls.addenda.publish_addendum`, for everyone who has begun."""
    hold_under_way(addendum.stage)
    return carry_over(addenda.publish_addendum(addendum=addendum, actor=actor))


@transaction.atomic
def extend_deadline(
    *,
    stage: Stage,
    closes_at: datetime,
    scores_due_at: datetime,
    decision_on: date,
    reason: str,
    actor: User,
) -> Addendum:
    """As `challenges.calls.addenda.extend_deadline`, for everyone who has begun."""
    hold_under_way(stage)
    return carry_over(
        addenda.extend_deadline(
            stage=stage,
            closes_at=closes_at,
            scores_due_at=scores_due_at,
            decision_on=decision_on,
            reason=reason,
            actor=actor,
        )
    )


def hold_under_way(stage: Stage) -> None:
    """Hold the stage and all who are under way in it, before the change is recorded: a team that
    submits holds its entry, then waits for the chain."""
    addenda.hold(stage)
    list(_under_way(stage).select_for_update(of=("self",), no_key=True).order_by("pk"))


def _under_way(stage: Stage) -> EntryQuerySet:
    return Entry.objects.filter(stage=stage, state__in=UNDER_WAY)


def carry_over(addendum: Addendum) -> Addendum:
    """Put all who are under way on the new rulebook and tell their teams; call it inside the
    transaction that publishes the change, after `hold_under_way`."""
    under_way = _under_way(addendum.stage)
    teams = people_in(under_way.values_list("pitch", flat=True)).values()
    people = list(dict.fromkeys(person for team in teams for person in team))
    subject, body = addenda.letter_of(addendum)
    path = f"/calls/{addendum.stage.call.reference}/rules/{addendum.stage.order}/"
    notify(people, subject=subject, body=body, path=path)
    under_way.update(rulebook=addendum.rulebook)
    return addendum


def changes_since_begun(entry: Entry) -> list[Addendum]:
    """Published changes of a stage's rules since this pitch came to it, latest first."""
    begun = entry.pitch.created_at
    if entry.stage.order > 1:
        # A release takes a pitch on to the next stage.
        begun = entry.stage.call.stages.get(order=entry.stage.order - 1).released_at or begun
    return list(entry.stage.addenda.published().filter(published_at__gt=begun).reverse())
