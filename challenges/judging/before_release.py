"""What stands in the way of a release, and what is odd about it: the one place that knows.

An obstacle makes a release impossible. An oddity doesn't: somebody says why it is released all the
same, a second officer reads that, and both go into the record.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.decisions import (
    about_of,
    is_stale,
    keep_minimums,
    kept_letter,
    next_of,
    undisclosed,
)
from challenges.judging.looks import HEADINGS, LOOKS
from challenges.judging.models import (
    AssignmentState,
    Decision,
    Outcome,
    Panel,
    Release,
    ReleaseState,
    stands,
)
from challenges.judging.ranking import exact_total
from challenges.judging.signs import read_signs
from challenges.judging.table import Table, table_of
from challenges.pitches.models import EntryState
from marketplace.activity.chain import sha256
from marketplace.errors import Incomplete, Refused
from marketplace.numbers import pounds
from marketplace.times import moment
from startups.models import Membership


@dataclass(frozen=True)
class Oddity:
    """Something missing or unusual: `about` tells it from others of its code.

    `sentence` goes into the record, so it names pitches by reference; `told` has their titles,
    which are applicants' words and can be erased.
    """

    code: str
    about: str
    sentence: str
    told: str = ""

    @property
    def key(self) -> str:
        return f"{self.code}:{self.about}"


@dataclass(frozen=True)
class Reviews:
    """Of one pitch: how many reviews are `handed_in`, not written (`missing`), and not written
    though their judge can (`expected`); `agreed` is the total, 0 to 100, of the panel's meeting."""

    state: str
    handed_in: int
    missing: int
    expected: int
    agreed: Fraction | None
    own_until: datetime | None

    @property
    def agreed_text(self) -> str:
        return "" if self.agreed is None else str(self.agreed)


class Ready:
    """A stage as it would be released now. Reads once and keeps it; the same number of queries
    for one pitch as for hundreds."""

    def __init__(
        self, stage: Stage, now: datetime | None = None, *, signs: dict[str, bool] | None = None
    ) -> None:
        """`signs`: what `signs_of` tells of the stage, where it is at hand; else it is read."""
        self.stage = stage
        self.now = now or timezone.now()
        if signs is not None:
            self.signs = signs

    @cached_property
    def signs(self) -> dict[str, bool]:
        return read_signs(self.stage)

    @cached_property
    def decisions(self) -> list[Decision]:
        """Those to release, each with `people`, how many of its team can be told."""
        team = Membership.objects.filter(
            organisation=OuterRef("entry__pitch__organisation"), user__is_active=True
        )
        number = team.order_by().values("organisation").annotate(n=Count("pk")).values("n")
        return list(undisclosed(self.stage).annotate(people=Coalesce(Subquery(number), 0)))

    @cached_property
    def table(self) -> Table:
        return table_of(self.stage, self.now)

    @cached_property
    def stages(self) -> list[Stage]:
        """Of the call, in order."""
        return list(self.stage.call.stages.all())

    @cached_property
    def following(self) -> Stage | None:
        return next_of(self.stages, self.stage)

    @cached_property
    def latest(self) -> Release | None:
        """The last signed release of this stage, whatever came of it."""
        if not self.signs["release"]:
            return None
        found = Release.objects.of(self.stage).select_related("ended_by", "sign_off")
        return found.first()

    @cached_property
    def promised(self) -> int:
        """How many reviews a pitch was to have."""
        panel = getattr(self.stage, "panel", None) or Panel()
        return panel.reviews_per_pitch

    @cached_property
    def has_judges(self) -> bool:
        """Whether somebody who may score is on the panel now."""
        return self.signs["judges"]

    @cached_property
    def names(self) -> dict[str, str]:
        """Reference → reference and title, as sentences name a pitch."""
        pitches = [decision.entry.pitch for decision in self.decisions]
        return {pitch.reference: f"{pitch.reference} (“{pitch}”)" for pitch in pitches}

    @cached_property
    def reviews(self) -> dict[int, Reviews]:
        """Entry → its reviews, for every pitch of the stage."""
        by = "assignments__state"
        unwritten = Q(**{by: AssignmentState.ASSIGNED})
        rows = self.stage.entries.order_by().annotate(
            handed_in=Count("assignments", filter=Q(**{by: AssignmentState.SUBMITTED})),
            missing=Count("assignments", filter=unwritten),
            expected=Count("assignments", filter=unwritten & stands("assignments__")),
        )
        counts = ("pk", "state", "handed_in", "missing", "expected")
        agreed = ("agreement__total", "agreement__exact_total")
        found = {}
        for pk, *rest, total, kept, own in rows.values_list(*counts, *agreed, "own_until"):
            state, handed_in, missing, expected = rest
            exact = None if total is None else exact_total(total, kept)
            found[pk] = Reviews(state, handed_in, missing, expected, exact, own)
        return found

    @property
    def undecided(self) -> set[int]:
        """Entries that nobody has decided: in the competition, or drafts with time of their own
        left."""
        late = {
            pk
            for pk, each in self.reviews.items()
            if each.state == EntryState.DRAFT and each.own_until and each.own_until > self.now
        }
        decided = {decision.entry_id for decision in self.decisions}
        return (late | self.competing.keys()) - decided

    @cached_property
    def competing(self) -> dict[int, Reviews]:
        """As `reviews`, of the pitches to decide."""
        return {pk: each for pk, each in self.reviews.items() if each.state == EntryState.SUBMITTED}

    def name(self, decision: Decision) -> str:
        return self.names[decision.entry.pitch.reference]

    # --- What makes it impossible -------------------------------------------------------

    def obstacles(self) -> list[str]:
        """Why nothing can be released now, as sentences; none: it can."""
        if self.stage.released_at is not None:
            return ["The decisions of this stage are released already."]
        return list(self._obstacles())

    def _obstacles(self) -> Iterator[str]:
        stage = self.stage
        if self.latest is not None and self.latest.state == ReleaseState.WAITING:
            yield "A signed release waits to go out already."
        is_open = self.now < stage.scores_due_at
        if is_open and any(each.expected for each in self.competing.values()):
            yield "Judges are still scoring: wait for them, or for the panel to close."
        if undecided := self.undecided:
            yield f"Decide every pitch first: {len(undecided)} not decided yet."
        elif not self.decisions:
            yield "There is nothing to release: no pitch was submitted."
        forward = {d.entry_id for d in self.decisions if d.outcome != Outcome.NOT_AWARDED}
        try:
            keep_minimums(stage, forward, self.table)
        except Refused as refused:
            yield str(refused)
        places = self.table.rules.places
        if self.table.draw_waits and any(
            row.is_level_across(places) for row in self.table.standings
        ):
            yield (
                "Pitches at the cut line are level, and the rules draw between them: wait until "
                f"the panel closes, {moment(stage.scores_due_at)}."
            )
        shortlisted = any(d.outcome == Outcome.SHORTLISTED for d in self.decisions)
        if shortlisted and (self.following is None or self.following.rulebook is None):
            yield "Pitches are short-listed, but no stage with sealed rules follows this one."
        for decision in self.decisions:
            if is_stale(decision):
                yield (
                    f"The letter to {decision.entry.pitch.organisation} was changed by hand, and "
                    "the decision has changed since: read the letter again."
                )

    # --- What is odd ---------------------------------------------------------------------

    @cached_property
    def oddities(self) -> list[Oddity]:
        found = [
            Oddity(code, about, sentence, self.with_titles(sentence))
            for look in LOOKS
            for code, about, sentence in look(self)
        ]
        order = list(HEADINGS)
        return sorted(found, key=lambda oddity: order.index(oddity.code))

    def with_titles(self, sentence: str) -> str:
        """A reference alone says nothing to a reader."""
        for reference, name in self.names.items():
            if reference in sentence and name not in sentence:
                sentence = sentence.replace(reference, name)
        return sentence

    # --- What it is, for the second officer -----------------------------------------------

    def entries(self) -> dict[str, str]:
        """Entry → digest of all that a signature is about: decision, letter, scores, and its place
        on the reserve list."""
        given: dict[int, list[list[str]]] = {}
        rows = self.stage.entries.filter(assignments__state=AssignmentState.SUBMITTED).order_by(
            "assignments__member"
        )
        of = ("assignments__member", "assignments__total", "assignments__exact_total")
        for pk, member, total, kept in rows.values_list("pk", *of):
            given.setdefault(pk, []).append([str(member), str(exact_total(total, kept))])
        return {
            str(decision.entry_id): sha256(
                [
                    about_of(decision),
                    *_changes_of(decision),
                    given.get(decision.entry_id, []),
                    self.reviews[decision.entry_id].agreed_text,
                    *_promise_of(decision),
                ]
            )
            for decision in self.decisions
        }

    def stands(self) -> dict[str, Any]:
        """What a signer relies on, as JSON values."""
        return {"entries": self.entries(), "oddities": [each.key for each in self.oddities]}

    def outcomes(self) -> dict[str, int]:
        """Outcome's label → how many."""
        return {
            outcome.label: sum(decision.outcome == outcome for decision in self.decisions)
            for outcome in Outcome
        }

    def figures(self) -> list[list[str]]:
        """What a release comes to, as (label, text) rows: outcomes, money, people, letters."""
        held, edited = len(self.held()), self.edited()
        return [
            *([label, str(number)] for label, number in self.outcomes().items() if number),
            ["Money awarded", pounds(self.money())],
            ["People told", str(sum(self.told.values()))],
            ["Letters written by hand", str(edited) if edited else "None"],
            ["Letters held back", str(held) if held else "None"],
        ]

    def money(self) -> Decimal:
        """Pounds awarded in all."""
        return sum((d.amount for d in self.decisions if d.amount is not None), Decimal(0))

    @cached_property
    def told(self) -> dict[int, int]:
        """Organisation → how many people of its team can be told."""
        rows: list[Any] = list(self.decisions)
        return {each.entry.pitch.organisation_id: each.people for each in rows}

    def reasons_given(self) -> dict[str, str]:
        """Key of an oddity → the reason that somebody wrote when it came about."""
        letters = [(d.entry.pitch.reference, kept_letter(d)) for d in self.held()]
        return {f"held:{reference}": kept.hold_reason for reference, kept in letters if kept}

    def held(self) -> list[Decision]:
        return [d for d in self.decisions if (kept := kept_letter(d)) and kept.is_held]

    def edited(self) -> int:
        """How many letters an officer has written anew."""
        return sum(bool((kept := kept_letter(d)) and kept.is_edited) for d in self.decisions)


def _changes_of(decision: Decision) -> list[Any]:
    letter = kept_letter(decision)
    if letter is None:
        return ["", False, ""]
    return [letter.body if letter.is_edited else "", letter.is_held, letter.hold_reason]


def _promise_of(decision: Decision) -> list[Any]:
    place = getattr(decision.entry, "reserve_place", None)
    return [] if place is None else [place.rank, place.held_until.isoformat()]


def explain(oddities: list[Oddity], reasons: Mapping[str, str]) -> list[dict[str, str]]:
    """Each oddity with the `reason` for which it is released all the same, as JSON values.

    Args:
        reasons: an oddity's key, or its code for all of that code → what the officer wrote.

    Raises:
        Incomplete: one has no reason.
    """
    found = [(oddity, _reason_for(oddity, reasons)) for oddity in oddities]
    if lacking := [oddity for oddity, reason in found if not reason]:
        raise Incomplete(
            "Something is missing or unusual. Put it right, or say why it is released all the "
            "same.",
            [(oddity.key, oddity.told) for oddity in lacking],
        )
    return [
        {
            "code": oddity.code,
            "about": oddity.about,
            "sentence": oddity.sentence,
            "reason": reason,
        }
        for oddity, reason in found
    ]


def _reason_for(oddity: Oddity, reasons: Mapping[str, str]) -> str:
    return reasons.get(oddity.key, "").strip() or reasons.get(oddity.code, "").strip()
