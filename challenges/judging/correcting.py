"""Change one released decision: what must hold, and what changes with it below the awards.

The verbs that officers use are in `challenges.awards.corrections` and `challenges.awards.offers`:
an award follows its decision in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q
from django.utils import timezone

from challenges.calls.models import Call, CallState, SignOff, Stage
from challenges.judging.decisions import check_outcome, keep_minimums, next_stage
from challenges.judging.departures import departures
from challenges.judging.models import (
    Appeal,
    Correction,
    CorrectionKind,
    Decision,
    MemberState,
    Offer,
    OfferState,
    Outcome,
)
from challenges.judging.table import table_of
from challenges.pitches.going_on import close_entry, following_entry, go_on
from challenges.pitches.models import WON, Entry, EntryState
from challenges.pitches.workflow import DECIDED, ENTRY
from marketplace.accounts.models import User
from marketplace.activity.chain import sha256
from marketplace.activity.services import notify, record
from marketplace.errors import Incomplete, Refused, WrongState
from marketplace.numbers import pounds
from marketplace.times import moment, on_moment


@dataclass(frozen=True)
class Version:
    """What a decision says; `amount` in pounds for an award, else None."""

    outcome: str
    reason: str
    feedback: str
    amount: Decimal | None

    @classmethod
    def of(cls, decision: Decision) -> "Version":
        return cls(decision.outcome, decision.reason, decision.feedback, decision.amount)

    @classmethod
    def read(cls, content: dict[str, Any]) -> "Version":
        """From JSON values, as `as_json` writes them.

        Raises:
            Refused: an outcome or an amount that is none.
        """
        outcome, amount = str(content.get("outcome")), content.get("amount")
        if outcome not in Outcome.values:
            raise Refused("Choose an outcome.")
        try:
            awarded = None if amount in (None, "") else Decimal(str(amount))
        except InvalidOperation as error:
            raise Refused("Give the amount of the award, in pounds.") from error
        if awarded is not None and not awarded.is_finite():
            raise Refused("Give the amount of the award, in pounds.")
        return cls(
            outcome,
            str(content.get("reason", "")).strip(),
            str(content.get("feedback", "")).strip(),
            awarded if outcome == Outcome.AWARDED else None,
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "feedback": self.feedback,
            "amount": None if self.amount is None else str(self.amount),
        }

    @property
    def label(self) -> str:
        """For example "Awarded, £12,000"."""
        money = "" if self.amount is None else f", {pounds(self.amount)}"
        return f"{Outcome(self.outcome).label}{money}"


def check_call(call: Call) -> None:
    """Raises: Refused: nothing is given or taken in a call that is cancelled."""
    if call.state != CallState.APPROVED:
        raise Refused("The call was cancelled, so its decisions stay as they are.")


def check_change(
    entry: Entry, to: Version, now: datetime | None = None, own_until: datetime | None = None
) -> datetime | None:
    """Whether a released decision could say this instead.

    Args:
        own_until: until when the pitch may hand in to the next stage, should that have closed.

    Returns:
        The same where it is needed, else None.

    Raises:
        Refused: it can't, with what stands in the way.
    """
    now = now or timezone.now()
    stage, decision = entry.stage, entry.decision
    check_call(stage.call)
    if decision.released_at is None:
        raise Refused("This isn’t released yet: change the outcome itself.")
    if entry.pitch.erased_at is not None:
        raise Refused("What this pitch said is erased, so its decision can’t be looked at again.")
    if entry.state not in DECIDED:
        raise WrongState("This pitch isn’t in the competition any more.")
    check_outcome(stage, to.outcome, to.reason, to.amount)
    holds_place = entry.state in WON
    if to == Version.of(decision) and entry.state != EntryState.DECLINED:
        raise Refused("That is what the decision says already.")
    if entry.state == EntryState.DECLINED and to.outcome == Outcome.NOT_AWARDED:
        raise Refused("Its organisation declined the place: there is nothing to take back.")
    if not holds_place and to.outcome in WON:
        keep_minimums(stage, {entry.pk})
    if Offer.objects.filter(place__entry=entry, state=OfferState.OPEN, until__gt=now).exists():
        raise Refused("A place from the reserve list is offered to it: wait for the answer.")
    return _check_next_stage(entry, to, now, own_until)


def _check_next_stage(
    entry: Entry, to: Version, now: datetime, own_until: datetime | None
) -> datetime | None:
    following = following_entry(entry)
    if to.outcome != Outcome.SHORTLISTED:
        if following is not None and following.state in (*DECIDED,):
            raise Refused(
                f"“{following.stage.name}” is decided for this pitch: correct that decision."
            )
        return None
    if entry.state == EntryState.SHORTLISTED:
        return None
    stage = next_stage(entry.stage)
    if stage is None:
        return None  # `check_outcome` has refused
    if stage.released_at is not None:
        raise Refused(
            f"“{stage.name}” is decided already, so nobody can join it. Award this pitch, or leave "
            "its outcome and say in the letter what went wrong."
        )
    was_in = following is not None and following.submitted_version is not None
    if now < stage.closes_at or was_in or not stage.questions.exists():
        return None
    return own_time(stage, own_until, now)


LEAST = timedelta(days=1)
"""How long a team has to answer an offer, or to write in time of its own, at least; from the moment
that a second officer signs."""


def own_time(
    stage: Stage, until: datetime | None, now: datetime, least: timedelta = LEAST
) -> datetime:
    """Until when a pitch that comes to a closed stage may hand in.

    Raises:
        Refused: nobody says until when, it is too short, or the panel would be gone by then.
    """
    if now + least >= stage.scores_due_at:
        raise Refused(
            f"“{stage.name}” has closed, and its panel scores until {moment(stage.scores_due_at)}: "
            "nobody could read what this pitch hands in. Award it, or leave its outcome and say in "
            "the letter what went wrong."
        )
    if until is None:
        raise Refused(
            f"“{stage.name}” closed {on_moment(stage.closes_at)}. Give this pitch time of its own "
            f"there, that ends before its panel does, {on_moment(stage.scores_due_at)}."
        )
    if not now + least <= until < stage.scores_due_at:
        raise Refused(
            "Time of its own is at least a day, and ends before the panel of "
            f"“{stage.name}” does, {on_moment(stage.scores_due_at)}."
        )
    return until


def new_departures(entry: Entry, to: Version) -> list[str]:
    """Where the decisions would depart from the ranking or the rules, and don't yet."""
    table = table_of(entry.stage)
    # A winner whose letter is held back has its place as well.
    untold = Q(state=EntryState.SUBMITTED, decision__outcome__in=WON)
    has_place = entry.stage.entries.filter(Q(state__in=WON) | untold)
    ahead = set(has_place.values_list("pk", flat=True))
    after = ahead | {entry.pk} if to.outcome in WON else ahead - {entry.pk}
    before = set(departures(table.standings, ahead, table.rules.places))
    return [
        sentence
        for sentence in departures(table.standings, after, table.rules.places)
        if sentence not in before
    ]


def need_explanation(found: list[str], explanation: str) -> None:
    """Raises: Incomplete: there are departures, and nobody says why."""
    if found and not explanation.strip():
        raise Incomplete(
            "This departs from the ranking or the rules. Say why, or don’t.",
            [("explanation", sentence) for sentence in found],
        )


def change_decision(
    *,
    entry: Entry,
    to: Version,
    event: str,
    kind: str,
    why: str,
    sign_off: SignOff,
    actor: User,
    explanation: str = "",
    own_until: datetime | None = None,
) -> Correction:
    """Let a released decision say this from now on, and keep what it said.

    Call it inside a transaction that holds the entry and what follows from it (see
    `challenges.awards.holding`), after `check_change`.

    Args:
        event: of the entry's workflow; done by `actor`.
        sign_off: says which two officers answer for it.
        own_until: until when it may hand in to a next stage that has closed.
    """
    decision, before_state = entry.decision, entry.state
    before = Version.of(decision)
    now = timezone.now()
    ENTRY.apply(event, entry, actor)
    entry.save(update_fields=["state"])
    correction = Correction.objects.create(
        entry=entry,
        number=entry.corrections.count() + 1,
        kind=kind,
        before_outcome=before.outcome,
        before_reason=before.reason,
        before_feedback=before.feedback,
        before_amount=before.amount,
        before_told_at=decision.told_at,
        before_decided_by=decision.decided_by,
        outcome=to.outcome,
        reason=to.reason,
        feedback=to.feedback,
        amount=to.amount,
        why=why,
        explanation=explanation,
        proposed_by=sign_off.proposed_by,
        made_by=sign_off.answered_by,
        sign_off=sign_off,
        at=now,
    )
    decision.outcome, decision.reason = to.outcome, to.reason
    decision.feedback, decision.amount = to.feedback, to.amount
    decision.decided_by, decision.decided_at = sign_off.proposed_by, now
    decision.corrected_at = now
    decision.save()
    _move_on(entry, before_state, actor, own_until)
    record(
        "judging.corrected" if kind == CorrectionKind.CORRECTED else "judging.taken_up",
        entry,
        chain=entry.chain,
        actor=actor,
        number=correction.number,
        proposed_by=sign_off.proposed_by_id,
        sign_off=sign_off.pk,
        before=_for_chain(before),
        after=_for_chain(to),
        reason=why,
        **({"own_until": own_until.isoformat()} if own_until else {}),
    )
    return correction


def _for_chain(version: Version) -> dict[str, Any]:
    """Outcome and money, and a digest of the words: those may have to leave one day."""
    return {
        "outcome": version.outcome,
        "amount": None if version.amount is None else str(version.amount),
        "words": sha256([version.reason, version.feedback]),
    }


def _move_on(entry: Entry, before_state: str, actor: User, own_until: datetime | None) -> None:
    """The entry in the next stage follows: it opens, or it closes with its words kept."""
    if entry.state == EntryState.SHORTLISTED:
        stage = next_stage(entry.stage)
        if stage is not None and before_state != EntryState.SHORTLISTED:
            go_on(entry=entry, stage=stage, actor=actor, own_until=own_until)
    else:
        close_following(entry=entry, actor=actor)


def close_following(*, entry: Entry, actor: User) -> Entry | None:
    """Close a pitch's entry in the next stage, if it has an open one, and tell its judges."""
    following = following_entry(entry)
    if following is None or following.state in (EntryState.CLOSED, *DECIDED):
        return None
    closed = close_entry(entry=following, actor=actor)
    judges = [
        review.member.user
        for review in closed.assignments.select_related("member__user")  # type: ignore[attr-defined]
        if review.member.user_id and review.member.state == MemberState.ACCEPTED
    ]
    notify(
        judges,
        subject=f"A pitch left {closed.stage.name}: {closed.pitch.reference}",
        body=f"Pitch {closed.pitch.reference} no longer takes part in “{closed.stage.name}”, so "
        "you need not score it. What you wrote is kept.",
    )
    return closed


def tell_judges(entry: Entry) -> None:
    """That a decision of their stage was corrected; not which, nor how."""
    panel = getattr(entry.stage, "panel", None)
    if panel is None:
        return
    members = panel.members.filter(state=MemberState.ACCEPTED, user__isnull=False)
    notify(
        [member.user for member in members.select_related("user")],
        subject=f"A decision was corrected: {entry.stage.call.title}",
        body=f"A decision of “{entry.stage.name}” was corrected after its release, by two "
        "officers. Your scores stay as you gave them. You need not do anything.",
    )


def link_appeals(correction: Correction, actor: User) -> list[Appeal]:
    """Upheld appeals about this decision, which the correction carries out."""
    appeals = list(Appeal.objects.filter(entry=correction.entry).to_carry_out())
    for appeal in appeals:
        appeal.correction = correction
        appeal.carried_out_at, appeal.carried_out_by = correction.at, actor
        appeal.came_of_it = "The decision was corrected. A new letter says how."
        appeal.save(update_fields=["correction", "carried_out_at", "carried_out_by", "came_of_it"])
    return appeals
