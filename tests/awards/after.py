"""What these tests begin with: a released stage with winners, losers and a reserve list."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from challenges.awards.corrections import propose_correction
from challenges.awards.models import Award
from challenges.awards.offers import propose_offer
from challenges.calls.models import Call, SignOff, Stage
from challenges.calls.sign_offs import sign
from challenges.judging import decisions
from challenges.judging.models import Assignment, Offer, Outcome, ReservePlace
from challenges.judging.reserve import keep_reserve
from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from tests.factories import (
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    release,
    submit,
)
from tests.judging.conftest import scores_for, write_review


@dataclass
class After:
    """`entries` best first; the first `winners` of them hold a place, the rest are on the reserve
    list in that order."""

    call: Call
    stage: Stage
    entries: list[Entry]
    first: User
    second: User
    judges: list[Any] = field(default_factory=list)

    def entry(self, number: int) -> Entry:
        return Entry.objects.select_related(
            "decision", "stage__call__region", "pitch__organisation"
        ).get(pk=self.entries[number].pk)

    def member(self, number: int) -> User:
        return User.objects.get(memberships__organisation=self.entries[number].pitch.organisation)

    def award(self, number: int) -> Award:
        return Award.objects.get(entry=self.entries[number])

    def place(self, number: int) -> ReservePlace:
        return ReservePlace.objects.get(entry=self.entries[number])

    def propose(self, number: int, outcome: str, **fields: Any) -> SignOff:
        defaults: dict[str, Any] = {
            "reason": "Put right.",
            "why": "A score was left out.",
            "actor": self.first,
            "explanation": "The scores were wrong.",
        }
        if outcome == Outcome.AWARDED:
            defaults["amount"] = Decimal(10_000)
        return propose_correction(
            entry=self.entry(number), outcome=outcome, **{**defaults, **fields}
        )

    def correct(self, number: int, outcome: str, **fields: Any) -> Entry:
        sign(sign_off=self.propose(number, outcome, **fields), actor=self.second)
        return self.entry(number)

    def propose_offer(self, number: int, vacated: int, **fields: Any) -> SignOff:
        defaults: dict[str, Any] = {
            "until": timezone.now() + timedelta(days=3),
            "reason": "A place is free.",
            "actor": self.first,
        }
        if self.entry(vacated).decision.outcome == Outcome.AWARDED or fields.get("amount"):
            defaults["amount"] = Decimal(10_000)
        return propose_offer(
            place=self.place(number), vacated=self.entry(vacated), **{**defaults, **fields}
        )

    def offer(self, number: int, vacated: int, **fields: Any) -> Offer:
        sign(sign_off=self.propose_offer(number, vacated, **fields), actor=self.second)
        return Offer.objects.get(place__entry=self.entries[number], state="open")


def build(
    *,
    entries: int = 4,
    winners: int = 1,
    outcome: str = Outcome.AWARDED,
    reserve: bool = True,
    stages: int = 1,
    released: bool = True,
    **fields: Any,
) -> After:
    call = make_call(stages=stages, **fields)
    made = [submit(make_entry(call=call)) for _ in range(entries)]
    stage = close_stage(call.first_stage)
    judge = make_judge(stage)
    for number, entry in enumerate(made):
        review = assign(judge, entry)
        scores = scores_for(stage, max(5 - number, 1), "Fine.")
        write_review(Assignment.objects.get(pk=review.pk), scores=scores)
    after = After(
        call, stage, made, make_officer(call.region), make_officer(call.region), [judge.user]
    )
    decide(after, winners, outcome)
    if reserve:
        keep_reserve(
            stage=stage,
            entries=made[winners:],
            held_until=timezone.localdate() + timedelta(days=60),
            actor=after.first,
        )
    if released:
        release(stage, after.first, explanation="As agreed.")
        after.stage.refresh_from_db()
    return after


def decide(after: After, winners: int, outcome: str) -> None:
    amount = Decimal(12_000) if outcome == Outcome.AWARDED else None
    common = {"stage": after.stage, "reason": "By the ranking.", "actor": after.first}
    decisions.decide(entries=after.entries[:winners], outcome=outcome, amount=amount, **common)
    if after.entries[winners:]:
        decisions.decide(
            entries=after.entries[winners:],
            outcome=Outcome.NOT_AWARDED,
            feedback="More detail.",
            **common,
        )
