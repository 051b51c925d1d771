"""After the release: ask for more feedback, appeal or complain; be answered by somebody else.

What is upheld waits until the decision is corrected (`challenges.awards.corrections`), or until an
officer says what came of it.
"""

from datetime import date, timedelta

import rules
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from challenges.calls.legal.working_days import working_days_after
from challenges.judging.locks import require
from challenges.judging.models import Appeal, AppealKind, AppealState
from challenges.judging.services.conflicts import officers_of
from challenges.judging.workflow import APPEAL
from challenges.pitches.models import Entry
from challenges.pitches.services import team_of
from marketplace.accounts.models import User
from marketplace.activity.services import notify, notify_once, record
from marketplace.activity.sweeping import take_turns
from marketplace.errors import Refused, TooLate, WrongState

WINDOW = 20
"""Working days after the release within which a team may come back."""

DAYS = {AppealKind.FEEDBACK: 10, AppealKind.APPEAL: 20, AppealKind.COMPLAINT: 20}
"""Working days until it is answered."""

EVENTS = {
    AppealKind.FEEDBACK: ["answer"],
    AppealKind.APPEAL: ["uphold", "uphold-in-part", "reject"],
    AppealKind.COMPLAINT: ["uphold", "uphold-in-part", "reject"],
}


def may_come_back_until(entry: Entry) -> date:
    """The last day on which the team of a released entry may file."""
    told_at = entry.decision.told_at
    if told_at is None:
        raise Refused("Nothing is decided yet.")
    return working_days_after(timezone.localdate(told_at), WINDOW)


@transaction.atomic
def file_appeal(*, entry: Entry, kind: str, grounds: str, actor: User) -> Appeal:
    """Come back about a released decision; it finds a reviewer who had no part in it.

    Raises:
        NotAllowed: not of the organisation that leads the pitch, or nothing is released.
        TooLate: more than 20 working days have passed. Refused: no kind or no words, or one is
            being looked at already.
    """
    entry = (
        Entry.objects.select_for_update(of=("self",), no_key=True)
        .select_related("decision", "stage__call__region", "pitch__organisation")
        .get(pk=entry.pk)
    )
    require("judging.file_appeal", actor, entry)
    if timezone.localdate() > may_come_back_until(entry):
        raise TooLate(f"This could be filed until {may_come_back_until(entry):%-d %B %Y}.")
    if kind not in AppealKind.values or not grounds.strip():
        raise Refused("Say what it is, and what is wrong or what you want to know.")
    if entry.appeals.open().exists():
        raise Refused("We are looking at what you sent before: wait for its answer.")
    appeal = Appeal(
        entry=entry,
        kind=kind,
        grounds=grounds.strip(),
        filed_by=actor,
        due_on=working_days_after(timezone.localdate(), DAYS[AppealKind(kind)]),
    )
    appeal.reviewer = _reviewer(appeal)
    appeal.save()
    record("judging.appeal_filed", entry, chain=entry.chain, actor=actor, kind=kind)
    missing = "" if appeal.reviewer else "No officer of the region is free of this decision. "
    notify(
        _who_looks_at(appeal),
        subject=f"{appeal} to answer by {appeal.due_on:%-d %B}",
        body=f"{missing}{appeal.grounds}",
        path=f"/admin/desk/appeals/{appeal.pk}/",
    )
    notify(
        team_of(entry),
        subject=f"Received: {appeal}",
        body=f"We answer by {appeal.due_on:%-d %B %Y}. Somebody who had no part in the decision "
        f"looks at it.\n\nYou wrote: {appeal.grounds}",
        path=f"/judging/pitches/{entry.pitch.reference}/appeal/",
    )
    return appeal


@transaction.atomic
def answer_appeal(*, appeal: Appeal, event: str, answer: str, actor: User) -> Appeal:
    """Answer it with an outcome and a reason; the team is told.

    Raises:
        NotAllowed: no officer of the call, or one who decided, judged or has a tie.
        WrongState: it is answered. Refused: no words, or an outcome that does not fit its kind.
    """
    appeal = _held(appeal)
    if event not in EVENTS[AppealKind(appeal.kind)]:
        raise Refused("Choose an outcome.")
    if not answer.strip():
        raise Refused("Say why: the team reads it, and so does an auditor.")
    APPEAL.apply(event, appeal, actor)
    appeal.answer, appeal.answered_by = answer.strip(), actor
    appeal.answered_at = timezone.now()
    appeal.save()
    entry = appeal.entry
    record("judging.appeal_answered", entry, chain=entry.chain, actor=actor, outcome=appeal.state)
    then = "; the decision is looked at again" if appeal.is_to_carry_out else ""
    notify(
        team_of(entry),
        subject=f"{appeal}: {appeal.get_state_display().lower()}{then}",
        body=appeal.answer,
        path=f"/judging/pitches/{entry.pitch.reference}/appeal/",
    )
    return appeal


@transaction.atomic
def carry_out_appeal(*, appeal: Appeal, words: str, actor: User) -> Appeal:
    """Say what came of an upheld appeal whose outcome needs no change; the team reads it.

    Raises:
        NotAllowed: no officer who may decide this stage.
        WrongState: it isn't upheld, or something has come of it. Refused: no words.
    """
    appeal = _held(appeal)
    require("judging.carry_out_appeal", actor, appeal)
    if not appeal.is_to_carry_out:
        raise WrongState("Nothing is to be done about this one any more.")
    if not words.strip():
        raise Refused("Say what came of it: the team reads it.")
    appeal.came_of_it = words.strip()
    appeal.carried_out_by, appeal.carried_out_at = actor, timezone.now()
    appeal.save(update_fields=["came_of_it", "carried_out_by", "carried_out_at"])
    record("judging.appeal_carried_out", appeal.entry, chain=appeal.entry.chain, actor=actor)
    notify(
        team_of(appeal.entry),
        subject=f"What came of it: {appeal}"[:200],
        body=appeal.came_of_it,
        path=f"/judging/pitches/{appeal.entry.pitch.reference}/appeal/",
    )
    return appeal


@transaction.atomic
def withdraw_appeal(*, appeal: Appeal, actor: User) -> Appeal:
    """Take it back before it is answered; the team is told, and whoever looks at it."""
    appeal = _held(appeal)
    APPEAL.apply("withdraw", appeal, actor)
    appeal.save(update_fields=["state"])
    entry = appeal.entry
    record("judging.appeal_withdrawn", entry, chain=entry.chain, actor=actor)
    notify(
        _who_looks_at(appeal),
        subject=f"Withdrawn: {appeal}",
        body=f"{entry.pitch.organisation} took it back, so there is nothing to answer any more.",
        path=f"/admin/desk/appeals/{appeal.pk}/",
    )
    notify(
        team_of(entry),
        subject=f"Withdrawn: {appeal}",
        body=f"{actor} took it back, so nobody answers it. The decision stays as it is.",
        path=f"/judging/pitches/{entry.pitch.reference}/appeal/",
    )
    return appeal


def remind_of_late_appeals(today: date | None = None) -> int:
    """Remind who looks at each that is due tomorrow or late, once each; how many messages."""
    today = today or timezone.localdate()
    soon = Appeal.objects.open().filter(due_on__lte=today + timedelta(days=1))
    rows = soon.select_related(
        "reviewer", "entry__pitch", "entry__stage__call__region", "entry__decision"
    )
    return take_turns("late-appeals", rows, lambda appeal: _remind(appeal, today))


@transaction.atomic
def _remind(appeal: Appeal, today: date) -> int:
    late = appeal.due_on < today
    return len(
        notify_once(
            _who_looks_at(appeal),
            key=f"appeal:{appeal.pk}:{'late' if late else 'soon'}",
            subject=f"{'Late' if late else 'Due'}: {appeal}, by {appeal.due_on:%-d %B}",
            body=appeal.grounds,
            path=f"/admin/desk/appeals/{appeal.pk}/",
        )
    )


def _reviewer(appeal: Appeal) -> User | None:
    """The officer with the fewest appeals who had no part in the decision."""
    free = [
        officer
        for officer in officers_of(appeal.entry.stage)
        if rules.has_perm("judging.answer_appeal", officer, appeal)
    ]
    load = dict(
        Appeal.objects.filter(Q(state=AppealState.OPEN), reviewer__in=free)
        .values_list("reviewer")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return min(free, key=lambda officer: (load.get(officer.pk, 0), officer.pk), default=None)


def _who_looks_at(appeal: Appeal) -> list[User]:
    """Its reviewer while they may answer it; another who may once they have left or have a tie;
    every officer of the region if nobody may."""
    reviewer = appeal.reviewer
    may_answer = (
        reviewer is not None
        and reviewer.is_active
        and rules.has_perm("judging.answer_appeal", reviewer, appeal)
    )
    looks = reviewer if may_answer else _reviewer(appeal)
    return [looks] if looks else officers_of(appeal.entry.stage)


def _held(appeal: Appeal) -> Appeal:
    return (
        Appeal.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "entry__stage__call__region",
            "entry__pitch__organisation",
            "entry__decision",
            "reviewer",
        )
        .get(pk=appeal.pk)
    )
