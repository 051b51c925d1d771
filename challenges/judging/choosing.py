"""Choosing a panel from the directory: who knows what the call wants, is free, and has no tie."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.finding import find_ties
from challenges.judging.models import MemberState, PanelMember
from challenges.people.models import Expert
from marketplace.accounts.models import User


@dataclass(frozen=True)
class Candidate:
    """One person for one panel: what of the call's wants they know, and what speaks against.

    `panels` counts other panels that they are on or invited to and that have not decided;
    `ties` is the number of applicants that the product finds a tie to; `seat` is their state on
    this panel, in words, if they were ever invited to it.
    """

    expert: Expert
    knows: tuple[str, ...]
    wanted: int
    panels: int
    ties: int
    away: str
    seat: str

    @property
    def fit(self) -> float:
        return len(self.knows) / self.wanted if self.wanted else 0.0


def candidates(stage: Stage, experts: list[Expert]) -> list[Candidate]:
    """The people in order of fit; who is on the panel already, or away throughout, comes last.

    As many queries for one as for all. `experts` have their expertise prefetched.
    """
    wanted = {each.capability_id for each in stage.call.wanted.all()}
    emails = {expert.email.lower() for expert in experts}
    seats = dict(
        PanelMember.objects.filter(panel__stage=stage, email__in=emails)
        .exclude(state__in=[MemberState.REMOVED, MemberState.STEPPED_DOWN])
        .values_list("email", "state")
    )
    busy = Counter(
        PanelMember.objects.filter(
            email__in=emails,
            state__in=[MemberState.INVITED, MemberState.ACCEPTED],
            panel__stage__released_at=None,
        )
        .exclude(panel__stage=stage)
        .values_list("email", flat=True)
    )
    users = {user.email.lower(): user for user in User.objects.filter(email__in=emails)}
    tied = Counter(person for person, _ in find_ties(stage, users.values()))
    first = max(timezone.localdate(stage.closes_at), timezone.localdate())
    last = timezone.localdate(stage.scores_due_at)
    found = [
        Candidate(
            expert=expert,
            knows=tuple(each.name for each in expert.expertise.all() if each.pk in wanted),
            wanted=len(wanted),
            panels=busy[expert.email.lower()],
            ties=tied[users[expert.email.lower()].pk] if expert.email.lower() in users else 0,
            away=_away(expert, first, last),
            seat=MemberState(seats[expert.email]).label if expert.email in seats else "",
        )
        for expert in experts
    ]
    return sorted(
        found,
        key=lambda each: (
            bool(each.seat),
            each.expert.is_away(first, last),
            -each.fit,
            each.panels,
            each.expert.name,
        ),
    )


def _away(expert: Expert, first: date, last: date) -> str:
    """In words, where days away fall into the time for scoring."""
    if not expert.away_from or not expert.away_until:
        return ""
    if expert.is_away(first, last):
        return "Away for all of the scoring"
    if expert.away_from <= last and expert.away_until >= first:
        return f"Away {expert.away_from:%-d %b} to {expert.away_until:%-d %b}"
    return ""
