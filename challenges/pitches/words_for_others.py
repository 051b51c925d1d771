"""Where a pitch stands, in words for those who are not of the organisation that leads it.

A partner reads what the team reads, but for what the lead alone did or can do. Officers and judges
have tables of their own. As in `words`, the first row that fits is said, and each state × clock has
one.
"""

from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from challenges.pitches.models import Entry, EntryState
from challenges.pitches.words import (
    CLOSED,
    DRAFT,
    OPEN,
    SUBMITTED,
    TABLE,
    UPCOMING,
    WITHDRAWN,
    Clock,
    Facts,
    Row,
    Standing,
    fits,
    said_of,
)


class Reader(StrEnum):
    TEAM = "team"
    PARTNER = "partner"
    OFFICER = "officer"
    JUDGE = "judge"


CORRECTED = "A mistake in it is corrected by two officers."
KEPT = "Your review is kept as you gave it. You need not do anything."


def _ended_with_call(facts: Facts) -> bool:
    live = facts.cancelled and facts.state in (DRAFT, SUBMITTED)
    return live or facts.state == EntryState.CANCELLED


def _undone(facts: Facts) -> bool:
    return facts.state == DRAFT and facts.clock in (UPCOMING, OPEN)


PARTNERS: tuple[Row, ...] = (
    Row(_ended_with_call, *TABLE[0].words, colour="cancelled"),
    Row(
        fits(DRAFT, UPCOMING),
        "Draft",
        "{stage} opens {on_opens}.",
        "You can write your part now. The organisation that leads it submits it by {closes}.",
        "Go on writing",
    ),
    Row(
        fits(DRAFT, OPEN),
        "Draft",
        "Only its team and its partners see it.",
        "Finish your part. The organisation that leads it submits it by {closes}.",
        "Go on writing",
    ),
    Row(
        fits(SUBMITTED, OPEN, changed=True),
        "Changed since it was submitted",
        "There are changes that are not submitted. What was submitted before stands until then.",
        "The organisation that leads it can submit it again until {closes}.",
        "Change your part",
    ),
    Row(
        fits(SUBMITTED, UPCOMING, advanced=False),
        "Submitted",
        "{stage} opens {on_opens}.",
        "It can be changed until {closes}; the organisation that leads it submits it again.",
        "Change your part",
    ),
    Row(
        fits(SUBMITTED, OPEN),
        "Submitted",
        "We have the pitch.",
        "It can be changed until {closes}; the organisation that leads it submits it again.",
        "Change your part",
    ),
    Row(
        fits(WITHDRAWN, OPEN, cancelled=False),
        "Withdrawn",
        "The organisation that leads it withdrew it.",
        "It can bring it back until {closes}.",
    ),
    Row(
        fits(WITHDRAWN),
        "Withdrawn",
        "The organisation that leads it withdrew it.",
        "You are welcome to pitch for other calls.",
    ),
    Row(
        fits(EntryState.AWARDED),
        "Awarded",
        "Congratulations: the pitch that you have a part in is awarded, and the award is public.",
        "Read the decision. We write to the organisation that leads it about the next steps.",
    ),
    Row(
        fits(EntryState.DECLINED),
        "Declined",
        "The organisation that leads it declined its place.",
        "You are welcome to pitch for other calls.",
    ),
    *TABLE,
)

OFFICERS: tuple[Row, ...] = (
    Row(
        _ended_with_call,
        "Call cancelled",
        "The call was cancelled, and everybody in it was told.",
        "Nothing more is to be done about this pitch.",
        colour="cancelled",
    ),
    Row(
        _undone,
        "Being written",
        "Only its team and its partners see it.",
        "They can submit it until {closes}.",
    ),
    Row(
        fits(DRAFT),
        "Not submitted",
        "Nothing was submitted by {closes}.",
        "Nothing is to be decided about it.",
    ),
    Row(
        fits(SUBMITTED, released=True),
        "Letter held back",
        "The decisions of {stage} are released, and the letter to this team is held back.",
        "It goes out when an officer sends it, or by itself when its time is up.",
    ),
    Row(
        fits(SUBMITTED, UPCOMING, OPEN),
        "Submitted",
        "Its team can change it until {closes}.",
        "Share the pitches out to judges after that.",
    ),
    Row(
        fits(SUBMITTED, Clock.SCORING),
        "Being assessed",
        "The panel scores until {scores}.",
        "Decide when it has; a decision is promised for {decision}.",
    ),
    Row(
        fits(SUBMITTED, Clock.DECIDING),
        "To decide",
        "The panel’s time to score is over.",
        "Decide and release; a decision is promised for {decision}.",
    ),
    Row(
        fits(SUBMITTED, Clock.OVERDUE),
        "Decision is late",
        "A decision was promised for {decision}, and its team reads that it is late.",
        "Decide and release.",
    ),
    Row(
        fits(WITHDRAWN, OPEN, cancelled=False),
        "Withdrawn",
        "Its team withdrew it.",
        "They can bring it back until {closes}.",
    ),
    Row(
        fits(WITHDRAWN),
        "Withdrawn",
        "Its team withdrew it.",
        "It is out of the competition and can’t come back.",
    ),
    Row(
        fits(EntryState.SHORTLISTED),
        "Short-listed",
        "It goes through to the next stage, and its team is told.",
        f"It is decided there. {CORRECTED}",
    ),
    Row(
        fits(EntryState.AWARDED),
        "Awarded",
        "The award is public, and its team is told.",
        f"Its project is followed under Funded projects. {CORRECTED}",
    ),
    Row(
        fits(EntryState.NOT_AWARDED),
        "Not taken forward",
        "Its team is told, with the reason.",
        f"They may ask for more feedback or appeal. {CORRECTED}",
    ),
    Row(
        fits(EntryState.DECLINED),
        "Declined",
        "Its organisation gave up its place.",
        "The place can be offered to the reserve list, or given back by a correction.",
    ),
    Row(
        fits(EntryState.CLOSED),
        "Closed",
        "It lost its place in the stage before, so {stage} is closed for it.",
        "What is written is kept. A correction there opens it again.",
    ),
)

JUDGES: tuple[Row, ...] = (
    Row(
        _ended_with_call,
        "Call cancelled",
        "The call was cancelled.",
        "There is nothing more to read or score. What you wrote is kept.",
        colour="cancelled",
    ),
    Row(
        fits(DRAFT),
        "Not submitted",
        "This pitch is not submitted.",
        "There is nothing to read.",
    ),
    Row(
        fits(SUBMITTED, released=True),
        "Decided",
        "The decisions of {stage} are released.",
        KEPT,
    ),
    Row(
        fits(SUBMITTED, UPCOMING, OPEN),
        "Not to score yet",
        "Its team can change it until {closes}.",
        "Scoring starts after that, and goes on until {scores}.",
    ),
    Row(
        fits(SUBMITTED, Clock.SCORING),
        "To score",
        "The panel scores until {scores}.",
        "Hand in your review by then; you can change it until then.",
    ),
    Row(
        fits(SUBMITTED, *CLOSED),
        "Being decided",
        "The panel’s time to score is over.",
        "The officers decide. What you handed in counts.",
    ),
    Row(
        fits(WITHDRAWN),
        "Withdrawn",
        "Its team withdrew it.",
        "You need not score it. What you wrote is kept.",
    ),
    Row(fits(EntryState.SHORTLISTED), "Decided", "The decisions of {stage} are released.", KEPT),
    Row(fits(EntryState.AWARDED), "Decided", "The decisions of {stage} are released.", KEPT),
    Row(fits(EntryState.NOT_AWARDED), "Decided", "The decisions of {stage} are released.", KEPT),
    Row(fits(EntryState.DECLINED), "Declined", "Its organisation gave up its place.", KEPT),
    Row(
        fits(EntryState.CLOSED),
        "Out of this stage",
        "It takes no part in {stage} any more.",
        "You need not score it. What you wrote is kept.",
    ),
)

TABLES: dict[Reader, tuple[Row, ...]] = {
    Reader.TEAM: TABLE,
    Reader.PARTNER: PARTNERS,
    Reader.OFFICER: OFFICERS,
    Reader.JUDGE: JUDGES,
}


def standing_for(reader: Reader, entry: Entry, now: datetime | None = None) -> Standing:
    """Where a pitch stands for this reader. Reads what `with_parties` brings; no query beyond."""
    return said_of(entry, now or timezone.now(), TABLES[reader])
