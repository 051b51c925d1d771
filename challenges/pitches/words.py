"""Where a pitch stands, in words for its team: one table, read at a glance and used everywhere.

The first row that fits is said. Every state × clock has one; a row that says more (a cancelled
call, a result on its way) stands above those that it takes precedence over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import CallState, Stage
from challenges.pitches.models import Entry, EntryState
from marketplace.times import moment, on_moment

DRAFT, SUBMITTED, WITHDRAWN = EntryState.DRAFT, EntryState.SUBMITTED, EntryState.WITHDRAWN


class Clock(StrEnum):
    """How far a stage is."""

    UPCOMING = "upcoming"
    OPEN = "open"
    SCORING = "scoring"
    DECIDING = "deciding"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Facts:
    """What the words depend on. `advanced`: it was short-listed in an earlier stage; `released`:
    its stage's decisions are out; `changed`: it was written in since it was submitted."""

    state: str
    clock: Clock
    cancelled: bool = False
    released: bool = False
    advanced: bool = False
    changed: bool = False


@dataclass(frozen=True)
class Standing:
    """`heading` in a word or two, coloured as `colour` (a state) is; `sentence` what happened;
    `next` what comes or can be done; `button` (label, address) or None."""

    colour: str
    heading: str
    sentence: str
    next: str
    button: tuple[str, str] | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table. `{why_cancelled}` stands for the officer’s reason; `{stage}`,
    `{opens}`, `{closes}`, `{scores}` and `{decision}` for the stage’s name and moments,
    `{on_opens}` and `{on_closes}` for the same after a verb."""

    fits: Callable[[Facts], bool]
    heading: str
    sentence: str
    next: str
    button: str = ""
    colour: str = ""

    @property
    def words(self) -> tuple[str, str, str]:
        return self.heading, self.sentence, self.next


def fits(state: str, *clocks: Clock, **flags: bool) -> Callable[[Facts], bool]:
    """A pitch in this state, at one of these points of its stage (none: any), with these flags."""
    return lambda facts: (
        facts.state == state
        and (not clocks or facts.clock in clocks)
        and all(getattr(facts, name) == value for name, value in flags.items())
    )


UPCOMING, OPEN = Clock.UPCOMING, Clock.OPEN
CLOSED = (Clock.SCORING, Clock.DECIDING, Clock.OVERDUE)
GOOD = EntryState.SHORTLISTED.value

TABLE: tuple[Row, ...] = (
    Row(
        lambda facts: (
            facts.state == EntryState.CANCELLED
            or (facts.cancelled and facts.state in (DRAFT, SUBMITTED))
        ),
        "Call cancelled",
        "This call was cancelled, so no pitch in it goes further. {why_cancelled}",
        "What you wrote is kept, and you can use it in another pitch.",
        colour="cancelled",
    ),
    # --- Being written ----------------------------------------------------------------------
    Row(
        fits(DRAFT, UPCOMING, advanced=True),
        "Short-listed",
        "Your pitch goes through to {stage}, which opens {on_opens}.",
        "You can prepare now, and submit by {closes}.",
        "Prepare for {stage}",
        GOOD,
    ),
    Row(
        fits(DRAFT, UPCOMING),
        "Draft",
        "{stage} opens {on_opens}.",
        "You can prepare now, and submit by {closes}.",
        "Go on writing",
    ),
    Row(
        fits(DRAFT, OPEN, advanced=True),
        "Short-listed",
        "Your pitch goes through to {stage}, which is open now.",
        "Finish and submit it by {closes}.",
        "Go on writing",
        GOOD,
    ),
    Row(
        fits(DRAFT, OPEN),
        "Draft",
        "Only you and your partners see it.",
        "Finish and submit it by {closes}.",
        "Go on writing",
    ),
    Row(
        fits(DRAFT, *CLOSED, advanced=True),
        "Not submitted",
        "Your pitch was short-listed, but nothing was submitted for {stage}, which closed "
        "{on_closes}.",
        "What you wrote is kept.",
    ),
    Row(
        fits(DRAFT, *CLOSED),
        "Not submitted",
        "Not submitted. The stage closed {on_closes}.",
        "What you wrote is kept, and you can use it for another call.",
    ),
    # --- In ---------------------------------------------------------------------------------
    Row(
        fits(SUBMITTED, released=True),
        "Result on its way",
        "The decisions of {stage} are made. Yours comes to you in a message of its own.",
        "We write to you within a few days; there is nothing that you need to do.",
    ),
    Row(
        fits(SUBMITTED, UPCOMING, advanced=True),
        "Short-listed",
        "Your pitch goes through to {stage}, which opens {on_opens}.",
        "There is nothing to write for it.",
        colour=GOOD,
    ),
    Row(
        fits(SUBMITTED, UPCOMING),
        "Submitted",
        "{stage} opens {on_opens}.",
        "You can change it until {closes}.",
        "Change your pitch",
    ),
    Row(
        fits(SUBMITTED, OPEN, changed=True),
        "Changed since you submitted",
        "You have changes that are not submitted. What you submitted before stands until then.",
        "You changed it since: submit again by {closes}.",
        "Change your pitch",
    ),
    Row(
        fits(SUBMITTED, OPEN),
        "Submitted",
        "We have your pitch.",
        "You can change it until {closes}.",
        "Change your pitch",
    ),
    Row(
        fits(SUBMITTED, Clock.SCORING, changed=True),
        "Being assessed",
        "Being assessed. What you changed after you submitted does not count: the version before "
        "stands. The panel scores until {scores}.",
        "A decision is expected on {decision}.",
    ),
    Row(
        fits(SUBMITTED, Clock.SCORING),
        "Being assessed",
        "Being assessed. The panel scores until {scores}.",
        "A decision is expected on {decision}.",
    ),
    Row(
        fits(SUBMITTED, Clock.DECIDING),
        "Being decided",
        "Being assessed. The panel’s time to score is over.",
        "A decision is expected on {decision}.",
    ),
    Row(
        fits(SUBMITTED, Clock.OVERDUE),
        "Decision is late",
        "A decision was expected on {decision}. It is not made yet, and we are sorry.",
        "We write to you as soon as it is; there is nothing that you need to do.",
    ),
    # --- Out --------------------------------------------------------------------------------
    Row(
        fits(WITHDRAWN, OPEN, cancelled=False),
        "Withdrawn",
        "You withdrew it.",
        "You can bring it back until {closes}.",
    ),
    Row(
        fits(WITHDRAWN),
        "Withdrawn",
        "You withdrew it.",
        "You are welcome to pitch for other calls.",
    ),
    Row(
        fits(EntryState.SHORTLISTED),
        "Short-listed",
        "Your pitch goes through to the next stage.",
        "Read the decision and the feedback.",
    ),
    Row(
        fits(EntryState.AWARDED),
        "Awarded",
        "Congratulations: your pitch is awarded, and the award is public.",
        "Read the decision and the feedback. We will be in touch about the next steps.",
    ),
    Row(
        fits(EntryState.NOT_AWARDED, advanced=True),
        "Not taken forward",
        "Your pitch was short-listed before, and is not taken forward from {stage}.",
        "Read the decision and the feedback.",
    ),
    Row(
        fits(EntryState.NOT_AWARDED),
        "Not taken forward",
        "Your pitch is not taken forward.",
        "Read the decision and the feedback.",
    ),
    # --- After the release ------------------------------------------------------------------
    Row(
        fits(EntryState.DECLINED),
        "Declined",
        "Your organisation declined its place.",
        "You are welcome to pitch for other calls.",
    ),
    Row(
        fits(EntryState.CLOSED),
        "Closed",
        "{stage} is closed for your pitch, because it lost its place before.",
        "What you wrote is kept.",
    ),
)


def standing_of(entry: Entry, now: datetime | None = None) -> Standing:
    """Where a pitch stands for its team. Reads what `with_parties` brings; no query beyond."""
    return said_of(entry, now or timezone.now(), TABLE)


def said_of(entry: Entry, now: datetime, table: Sequence[Row]) -> Standing:
    row = row_for(facts_of(entry, now), table)
    words = _words(entry)
    return Standing(
        colour=row.colour or entry.state,
        heading=row.heading.format(**words),
        sentence=row.sentence.format(**words),
        next=row.next.format(**words),
        button=(
            row.button.format(**words),
            reverse("pitches:write", kwargs={"reference": entry.pitch.reference}),
        )
        if row.button
        else None,
    )


def row_for(facts: Facts, table: Sequence[Row] = TABLE) -> Row:
    """Raises: LookupError: the table has no words for it."""
    for row in table:
        if row.fits(facts):
            return row
    raise LookupError(f"no words for {facts}")


def facts_of(entry: Entry, now: datetime) -> Facts:
    stage, call = entry.stage, entry.stage.call
    return Facts(
        state=entry.state,
        clock=Clock.OPEN if entry.has_own_time(now) else clock_of(stage, now),
        cancelled=call.state == CallState.CANCELLED,
        released=stage.released_at is not None,
        # The rounds of a rolling call follow one another, and lead nowhere.
        advanced=stage.order > 1 and not call.is_rolling,
        changed=entry.has_unsubmitted_changes,
    )


def clock_of(stage: Stage, now: datetime) -> Clock:
    if now < stage.opens_at:
        return Clock.UPCOMING
    if now < stage.closes_at:
        return Clock.OPEN
    if now < stage.scores_due_at:
        return Clock.SCORING
    if timezone.localdate(now) <= stage.decision_on:
        return Clock.DECIDING
    return Clock.OVERDUE


def _words(entry: Entry) -> dict[str, str]:
    stage = entry.stage
    return {
        "stage": stage.name,
        "why_cancelled": stage.call.return_reason,
        "on_opens": on_moment(stage.opens_at),
        "on_closes": on_moment(entry.closes_at),
        "opens": moment(stage.opens_at),
        "closes": moment(entry.closes_at),
        "scores": moment(stage.scores_due_at),
        "decision": f"{stage.decision_on:%-d %B %Y}",
    }
