"""The desk's reads: each returns rows with everything that a list shows, in few queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from challenges.calls.models import Call, CallQuerySet, CallState, Stage
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    MemberState,
    Outcome,
    PanelMember,
    Recommendation,
    stands,
)
from challenges.judging.standing import Standing
from challenges.judging.table import Table
from challenges.judging.totals import in_exact_order, joined_totals, mean_of, read_totals
from challenges.pitches.models import IN_COMPETITION, Entry, EntryQuerySet, EntryState
from startups.models import Membership


def _count(rows: QuerySet, by: str, of: str = "pk") -> Coalesce:
    """How many of `rows` belong to the outer row, 0 included; those with the same `of` are one."""
    counted = rows.order_by().values(by).annotate(n=Count(of, distinct=of != "pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def calls_with_counts(calls: CallQuerySet) -> QuerySet:
    """Calls with dates, `submitted`, `drafts`, `stage_count`.

    A pitch that is in two stages is one pitch.
    """
    entries = Entry.objects.filter(stage__call=OuterRef("pk"))
    return (
        calls.with_dates()
        .select_related("programme", "region")
        .annotate(
            stage_count=_count(Stage.objects.filter(call=OuterRef("pk")), "call"),
            submitted=_count(entries.in_competition(), "stage__call", of="pitch"),
            drafts=_count(entries.filter(state=EntryState.DRAFT), "stage__call", of="pitch"),
        )
    )


def by_what_is_next(calls: QuerySet) -> QuerySet:
    """Calls `with_dates` in the order in which they want an officer.

    Open ones first, what closes soonest on top; then those to approve, to write, to come, to
    assess, and last what is over, the latest first.
    """
    now = timezone.now()
    is_open = Q(state=CallState.APPROVED, opens_at__lte=now, closes_at__gt=now)
    is_over = Q(state=CallState.CANCELLED) | Q(decided_at__isnull=False) | Q(opens_at=None)
    ranks = (
        When(is_open, then=0),
        When(state=CallState.PROPOSED, then=1),
        When(state=CallState.DRAFT, then=2),
        When(is_over, then=5),
        When(opens_at__gt=now, then=3),
    )
    return calls.annotate(
        turn=Case(*ranks, default=Value(4), output_field=IntegerField()),
        closes_next=Case(When(turn__lt=5, then=F("closes_at"))),
    ).order_by(
        "turn",
        F("closes_next").asc(nulls_last=True),
        F("closes_at").desc(nulls_last=True),
        "title",
        "pk",
    )


def entries_with_reviews(entries: EntryQuerySet) -> QuerySet:
    """Entries with their parties and `given`, `reviews` (handed in) and `totals`, from which
    `with_exact_means` and `by_mean` read."""
    standing = Assignment.objects.filter(stands(), entry=OuterRef("pk"))
    handed_in = standing.filter(state=AssignmentState.SUBMITTED)
    totals = handed_in.order_by().values("entry").annotate(all=joined_totals()).values("all")
    return (
        entries.with_parties()
        .seen_at_desk()
        .annotate(
            given=_count(standing, "entry"),
            reviews=_count(handed_in, "entry"),
            totals=Subquery(totals),
        )
    )


def with_exact_means(entries: Iterable[Any]) -> None:
    """Put the exact `mean` of the totals on each of these rows."""
    for entry in entries:
        entry.mean = mean_of(read_totals(entry.totals))


def by_mean(entries: QuerySet, *, falling: bool) -> list[int]:
    """Keys of `entries_with_reviews` by the exact mean of their totals, then by key."""
    return in_exact_order(entries.order_by("pk"), mean_of, falling=falling)


def rows_of_ranking(table: Table, standings: Iterable[Standing]) -> list[Entry]:
    """The entries of a page of a table, in its order, with what their rows show.

    Each has its `standing`, its raw and adjusted `spread` (None where nothing could be
    adjusted), whether it `is_level_with_cut`, its parties, its decision, and how many judges
    gave each recommendation (`says_fund`, `says_discuss`, `says_decline`, `says_scope`).
    """
    handed_in = Q(assignments__state=AssignmentState.SUBMITTED)
    counts = {
        f"says_{value}": Count(
            "assignments", filter=handed_in & Q(assignments__recommendation=value)
        )
        for value in Recommendation.values
    }
    standings = list(standings)
    entries = (
        Entry.objects.annotate(**counts)
        .select_related("pitch__organisation", "decision")
        .in_bulk([standing.entry for standing in standings])
    )
    for standing in standings:
        entry: Any = entries[standing.entry]
        entry.standing, entry.spread = standing, table.places.get(standing.entry)
        entry.is_level_with_cut = (
            entry.spread is not None
            and not standing.agreed
            and entry.spread.is_level_with_cut(table.rules.places)
        )
    return [entries[standing.entry] for standing in standings]


def members_with_progress(stage: Stage) -> QuerySet:
    """Panel members with `given`, `handed_in` and `conflict_count`."""
    standing = Assignment.objects.filter(
        member=OuterRef("pk"), entry__in=Entry.objects.in_competition()
    ).exclude(state=AssignmentState.RECUSED)
    return (
        PanelMember.objects.filter(panel__stage=stage)
        .select_related("user")
        .annotate(
            given=_count(standing, "member"),
            handed_in=_count(standing.filter(state=AssignmentState.SUBMITTED), "member"),
            conflict_count=Count("conflicts"),
        )
    )


def counts_by_stage(call: Call) -> dict[int, dict[str, int]]:
    """Stage id → entry state → how many."""
    found: dict[int, dict[str, int]] = {}
    rows = Entry.objects.filter(stage__call=call).order_by().values_list("stage", "state")
    for stage, state, number in rows.annotate(n=Count("pk")):
        found.setdefault(stage, {})[state] = number
    return found


def judges_by_stage(call: Call) -> dict[int, int]:
    rows = PanelMember.objects.filter(panel__stage__call=call, state=MemberState.ACCEPTED)
    return dict(rows.order_by().values_list("panel__stage").annotate(n=Count("pk")))


def late_judges(stages: QuerySet, now: Any = None) -> QuerySet:
    """Judges with reviews to hand in after their panel has closed, in unreleased stages."""
    now = now or timezone.now()
    return (
        PanelMember.objects.filter(
            panel__stage__in=stages,
            panel__stage__scores_due_at__lte=now,
            panel__stage__released_at=None,
            state=MemberState.ACCEPTED,
            assignments__state=AssignmentState.ASSIGNED,
            assignments__entry__state=EntryState.SUBMITTED,
        )
        .select_related("panel__stage__call")
        .distinct()
    )


def undecided_stages(stages: QuerySet) -> QuerySet:
    """Stages with pitches to decide whose panel has closed, with `undecided`."""
    waiting = Q(entries__state=EntryState.SUBMITTED, entries__decision=None)
    return (
        stages.filter(scores_due_at__lte=timezone.now(), released_at=None)
        .annotate(undecided=Count("entries", filter=waiting))
        .filter(undecided__gt=0)
        .select_related("call")
    )


@dataclass(frozen=True)
class Tally:
    """How a stage's entries in competition are decided so far."""

    total: int
    undecided: int
    outcomes: dict[str, int]
    """Label → how many, for each outcome."""


def with_tally(stages: QuerySet) -> QuerySet:
    """Stages with what `tally_of` reads, so that finding one and counting is one query."""
    in_competition = Q(entries__state__in=IN_COMPETITION)
    waiting = Q(entries__state=EntryState.SUBMITTED, entries__decision=None)
    of = {
        f"count_{outcome.name.lower()}": Count(
            "entries",
            filter=in_competition
            & ~Q(entries__state=EntryState.DECLINED)
            & Q(entries__decision__outcome=outcome),
        )
        for outcome in Outcome
    }
    return stages.annotate(
        count_all=Count("entries", filter=in_competition),
        count_undecided=Count("entries", filter=waiting),
        **of,
    )


def tally_of(stage: Stage) -> Tally:
    """The tally of a stage that was found `with_tally`."""
    outcomes = {
        outcome.label: getattr(stage, f"count_{outcome.name.lower()}") for outcome in Outcome
    }
    return Tally(stage.count_all, stage.count_undecided, outcomes)


@dataclass(frozen=True)
class Numbers:
    """Of a list of entries: `rows` that are submitted (or were), the `pitches` that they are of,
    each once, and the pitches that are `drafts`."""

    rows: int
    pitches: int
    drafts: int


def count_entries(entries: QuerySet) -> Numbers:
    draft = Q(state=EntryState.DRAFT) | Q(state=EntryState.CLOSED, submitted_at=None)
    found = entries.aggregate(
        rows=Count("pk", filter=~draft),
        pitches=Count("pitch", filter=~draft, distinct=True),
        drafts=Count("pitch", filter=draft, distinct=True),
    )
    return Numbers(**found)


def people_to_tell(stage: Stage) -> int:
    """How many members of applicants' teams read of it at the release."""
    return Membership.objects.filter(
        organisation__pitches__entries__in=stage.entries.in_competition()
    ).count()
