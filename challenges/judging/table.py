"""The table of a stage: every pitch in its place, from what the panel handed in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from django.db.models import Count, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from challenges.calls.draw import draw_order
from challenges.calls.models import Rulebook, Stage
from challenges.calls.rulebook import rulebook_content
from challenges.judging.fairness import Fairness, Place, Review, look_at
from challenges.judging.models import AgreedScore, AssignmentState, Score
from challenges.judging.ranking import exact_total
from challenges.judging.standing import ADJUSTED, DRAW, Marks, Rules, Standing, stand
from challenges.pitches.models import Entry, Submission
from marketplace.activity.sweeping import take_turns


@dataclass(frozen=True)
class Table:
    """`standings` best first. `why_raw` says why raw means decide although the rules promise
    adjusted totals; `draw_waits` that level pitches are drawn only when the panel has closed."""

    rules: Rules
    standings: list[Standing]
    fairness: Fairness
    why_raw: str = ""
    draw_waits: bool = False
    places: dict[int, Place] = field(default_factory=dict)
    """Entry → its raw and adjusted places with their spread, where scores could be adjusted."""

    @property
    def is_adjusted(self) -> bool:
        return self.rules.decides_by == ADJUSTED and not self.why_raw

    def of(self, entry_id: int) -> Standing | None:
        return next((row for row in self.standings if row.entry == entry_id), None)


def with_rules(stages: QuerySet[Stage]) -> QuerySet[Stage]:
    """Stages with `sealed_rules`, what `rules_of` reads, so that finding one is one query."""
    in_force = Rulebook.objects.filter(stage=OuterRef("pk")).order_by("-number")
    return stages.annotate(sealed_rules=Subquery(in_force.values("content")[:1]))


def rules_of(stage: Stage) -> Rules:
    """The sealed rules in force; before they are sealed, what would be."""
    content = getattr(stage, "sealed_rules", None)
    if content is None:
        sealed = stage.rulebook
        content = sealed.content if sealed else rulebook_content(stage)
    return Rules.sealed(content)


def table_of(stage: Stage, now: datetime | None = None) -> Table:
    """Where every pitch in competition stands; as many queries for one as for thousands."""
    rules = rules_of(stage)
    marks, reviews = _marks(stage, rules)
    look = look_at(reviews)
    wants_adjusted = rules.decides_by == ADJUSTED
    why_raw = look.why_not if wants_adjusted else ""
    scores = {place.entry: place.score for place in look.places}
    adjusted = scores if wants_adjusted and not why_raw else None
    standings = stand(marks, rules, adjusted=adjusted)
    level = [row.reference for row in standings if row.level > 1]
    waits = False
    if rules.tie_break == DRAW and level:
        waits = not may_draw(stage, now)
        if not waits:
            drawn = draw_order(stage.draw_secret, digests_of(stage), level)
            standings = stand(marks, rules, adjusted=adjusted, drawn=drawn)
    places = {place.entry: place for place in look.places}
    return Table(rules, standings, look, why_raw, waits, places)


def work_out_rankings(now: datetime | None = None) -> int:
    """Look at the scores of every panel at work; how many. For the same scores it is done once,
    and pages find the result ready."""
    at_work = Stage.objects.filter(
        closes_at__lte=now or timezone.now(),
        released_at=None,
        entries__assignments__state=AssignmentState.SUBMITTED,
    ).distinct()
    # Read at once: what the rules of each stage ask is fetched for all of them together.
    stages = list(with_rules(at_work.select_related("call")))
    return take_turns("rankings", stages, lambda stage: table_of(stage, now) is not None)


def may_draw(stage: Stage, now: datetime | None = None) -> bool:
    """Once no score can change any more: before, the order drawn could steer a score."""
    return stage.released_at is not None or (now or timezone.now()) >= stage.scores_due_at


def digests_of(stage: Stage) -> list[str]:
    """Of the last version of all that was ever submitted to a stage, withdrawn or not.

    After the close nobody can change it: were withdrawn ones left out, a withdrawal could be
    used to draw again.
    """
    latest: dict[int, str] = {}
    rows = Submission.objects.filter(entry__stage=stage).order_by("entry", "number")
    for entry, digest in rows.values_list("entry", "digest"):
        latest[entry] = digest
    return list(latest.values())


def _marks(stage: Stage, rules: Rules) -> tuple[list[Marks], list[Review]]:
    """What each pitch was given, and the reviews it comes from, in order of pitch and judge."""
    rows = (
        stage.entries.in_competition()
        .annotate(
            review=FilteredRelation(
                "assignments", condition=Q(assignments__state=AssignmentState.SUBMITTED)
            )
        )
        .order_by("pk", "review__member")
        .values_list(
            "pk",
            "pitch__reference",
            "review__member",
            "review__total",
            "review__exact_total",
            "review__tie_score",
            "agreement__total",
            "agreement__exact_total",
            "agreement__tie_score",
        )
    )
    reviews: list[Review] = []
    given: dict[int, tuple[str, list, list, tuple | None]] = {}
    for entry, reference, member, total, exact, heaviest, agreed, agreed_exact, agreed_tie in rows:
        settled = None if agreed is None else (exact_total(agreed, agreed_exact), agreed_tie)
        _, totals, ties, _ = given.setdefault(entry, (reference, [], [], settled))
        if total is not None:
            reviews.append((entry, member, exact_total(total, exact)))
            totals.append(reviews[-1][2])
            if heaviest is not None:
                ties.append(heaviest)
    means = _criterion_means(stage, rules.floors) if rules.floors else {}
    marks = [
        Marks(entry, reference, totals, ties, means.get(entry, {}), settled)
        for entry, (reference, totals, ties, settled) in given.items()
    ]
    return marks, reviews


def _criterion_means(stage: Stage, criteria: Iterable[int]) -> dict[int, dict[int, Fraction]]:
    """Entry → criterion → what was agreed, else the mean of the submitted scores, on the
    criterion's own scale."""
    wanted = list(criteria)
    rows = (
        Score.objects.filter(
            criterion__in=wanted,
            value__isnull=False,
            assignment__entry__in=Entry.objects.filter(stage=stage).in_competition(),
            assignment__state=AssignmentState.SUBMITTED,
        )
        .order_by()
        .values_list("assignment__entry", "criterion")
        .annotate(points=Sum("value"), number=Count("pk"))
    )
    found: dict[int, dict[int, Fraction]] = {}
    for entry, criterion, points, number in rows:
        found.setdefault(entry, {})[criterion] = Fraction(points, number)
    agreed = AgreedScore.objects.filter(criterion__in=wanted, agreement__entry__stage=stage)
    for entry, criterion, value in agreed.values_list("agreement__entry", "criterion", "value"):
        found.setdefault(entry, {})[criterion] = Fraction(value)
    return found
