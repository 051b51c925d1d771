"""What is odd about a release: each function looks at one part of a stage that is ready to go.

Add one to `LOOKS`, and its codes to `HEADINGS`.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count

from challenges.calls.legal.checklist import legal_checklist
from challenges.calls.models import LegalRoute
from challenges.judging.decisions import departures_of, kept_letter
from challenges.judging.doubts import doubts
from challenges.judging.models import (
    AgreedScore,
    AssignmentState,
    Conflict,
    Outcome,
    Score,
)
from challenges.judging.services.conflicts import names_to_keep_back
from challenges.judging.signs import parted, unchecked
from challenges.pitches.models import EntryState, PartnerState, ScanState
from marketplace.numbers import pounds
from marketplace.times import moment

if TYPE_CHECKING:
    from challenges.judging.before_release import Ready

HEADINGS = {
    "no-review": "Pitches that nobody has scored",
    "few-reviews": "Pitches with fewer reviews than promised",
    "unfinished": "Reviews that were not handed in",
    "conflict": "Conflicts that wait for a decision",
    "no-judges": "Nobody is left on the panel",
    "meeting": "The panel’s meeting",
    "level": "Equal scores at the cut line",
    "departure": "Where the decisions depart from the ranking and the sealed rules",
    "raw": "How places were worked out",
    "doubt": "Feedback to read again",
    "held": "Letters held back",
    "legal": "Steps of the legal route",
    "standstill": "Standstill",
    "limit": "Awards over the call’s limit",
    "partner": "Partners that have left since",
    "files": "Files not checked for viruses",
    "nobody-to-tell": "Teams that nobody can be told of",
    "next-stage": "The next stage",
}
"""Code of an oddity → what it is called, in the order in which people read them."""


Found = Iterator[tuple[str, str, str]]
"""(code, about, sentence)"""


def _reviews(ready: "Ready") -> Found:
    promised = ready.promised
    for decision in ready.decisions:
        reference, reviews = decision.entry.pitch.reference, ready.reviews[decision.entry_id]
        handed_in, missing = reviews.handed_in, reviews.missing
        settled = reviews.agreed is not None
        if not handed_in and not settled:
            yield "no-review", reference, f"Nobody has scored {reference}."
        elif handed_in < promised:
            word = "review" if promised == 1 else "reviews"
            yield (
                "few-reviews",
                reference,
                f"{reference} has {handed_in} of {promised} {word}"
                f"{', and a score agreed in the meeting' if settled else ''}.",
            )
        if missing:
            words = "1 review" if missing == 1 else f"{missing} reviews"
            yield "unfinished", reference, f"{words} of {reference} not handed in."


def _panel(ready: "Ready") -> Found:
    if ready.signs["tie"]:
        yield from _ties(ready)
    if not ready.has_judges:
        yield "no-judges", "panel", "No judge is on the panel now."
    meeting = getattr(ready.stage, "meeting", None)
    if meeting is not None and meeting.is_open:
        settled = sum(ready.reviews[d.entry_id].agreed is not None for d in ready.decisions)
        yield (
            "meeting",
            "open",
            f"The panel’s meeting is still open: {settled} of {len(ready.decisions)} agreed.",
        )


def _ties(ready: "Ready") -> Found:
    ties = Conflict.objects.of_stage(ready.stage).undecided()
    ties = ties.filter(entry__state=EntryState.SUBMITTED)
    for tie in ties.select_related("member", "officer", "entry__pitch"):
        reference = tie.entry.pitch.reference
        yield (
            "conflict",
            str(tie.pk),
            f"A tie of {tie.person_name} to {reference} waits for a decision.",
        )


def _ranking(ready: "Ready") -> Found:
    table = ready.table
    said = set()
    for departure in departures_of(ready.decisions, table, ready.stage.call.budget):
        said.add(departure.about)
        code = "level" if departure.about.startswith("level-") else "departure"
        yield code, departure.about, departure.sentence
    level = [row for row in table.standings if row.is_level_across(table.rules.places)]
    places = sorted({row.place for row in level if row.place is not None})
    for place in places:
        if f"level-{place}" not in said:
            references = [row.reference for row in level if row.place == place]
            yield (
                "level",
                f"level-{place}",
                f"{', '.join(references)} share place {place}, across the cut line.",
            )
    if table.why_raw:
        yield (
            "raw",
            "raw",
            f"The rules promise adjusted scores, but raw means decide: {table.why_raw}",
        )


def _letters(ready: "Ready") -> Found:
    people = names_to_keep_back(ready.stage)
    comments: dict[int, list[str]] = {}
    of_judges = Score.objects.filter(
        assignment__entry__stage=ready.stage, assignment__state=AssignmentState.SUBMITTED
    ).exclude(comment="")
    of_meeting = AgreedScore.objects.filter(agreement__entry__stage=ready.stage)
    rows = of_judges.order_by().values_list("assignment__entry", "comment")
    for pk, comment in rows.union(
        of_meeting.order_by().values_list("agreement__entry", "reason"), all=True
    ):
        comments.setdefault(pk, []).append(comment)
    for decision in ready.decisions:
        reference, letter = decision.entry.pitch.reference, kept_letter(decision)
        written = letter.body if letter and letter.is_edited else ""
        text = [decision.reason, decision.feedback, written, *comments.get(decision.entry_id, [])]
        if found := doubts("\n".join(text), people):
            yield "doubt", reference, f"What the team of {reference} will read: {' '.join(found)}"
        if letter and letter.is_held:
            yield (
                "held",
                reference,
                f"The letter about {reference} is held back: {letter.hold_reason}",
            )
        if not ready.told.get(decision.entry.pitch.organisation_id):
            yield (
                "nobody-to-tell",
                reference,
                f"Nobody on the team of {reference} has an account that works.",
            )


def _route(ready: "Ready") -> Found:
    call = ready.stage.call
    steps = legal_checklist(call, ready.stages, has_notes=ready.signs["legal_note"])
    for step in steps:
        if step.before_release and not step.is_done:
            yield "legal", step.key, f"Not ticked: {step.text}."
    awarded = [d for d in ready.decisions if d.outcome == Outcome.AWARDED]
    waits = any(step.key == "standstill" and not step.is_done for step in steps)
    if awarded and waits and call.legal_route == LegalRoute.COVERED:
        yield (
            "standstill",
            "standstill",
            "This route asks for a standstill of eight working days before the contract. Awards "
            "become public at the release: say how the standstill is kept.",
        )
    for decision in awarded:
        amount, limit = decision.amount or Decimal(0), call.award_limit
        if limit is not None and amount > limit:
            reference = decision.entry.pitch.reference
            yield (
                "limit",
                reference,
                f"{reference} is awarded {pounds(amount)}; at most {pounds(limit)} was promised.",
            )
    following = ready.following
    shortlisted = any(d.outcome == Outcome.SHORTLISTED for d in ready.decisions)
    if following is not None and shortlisted and following.opens_at <= ready.now:
        over = following.closes_at <= ready.now
        yield (
            "next-stage",
            str(following.order),
            f"“{following.name}” {'closed' if over else 'opened'} on "
            f"{moment(following.closes_at if over else following.opens_at)}.",
        )


def _partners(ready: "Ready") -> Found:
    if not ready.signs["parted"]:
        return
    entries = [decision.entry_id for decision in ready.decisions]
    gone = parted().filter(pitch__entries__in=entries).select_related("organisation", "pitch")
    for partner in gone.distinct():
        yield (
            "partner",
            str(partner.pk),
            f"{partner.organisation} has left {partner.pitch.reference}."
            if partner.state == PartnerState.LEFT
            else f"{partner.organisation} was taken out of {partner.pitch.reference}.",
        )


def _files(ready: "Ready") -> Found:
    if not ready.signs["unchecked"]:
        return
    files = unchecked().filter(entry__in=[each.entry_id for each in ready.decisions]).order_by()
    for state, number in files.values_list("scan_state").annotate(n=Count("pk")):
        words = "1 file" if number == 1 else f"{number} files"
        yield "files", state, f"{words}: {ScanState(state).label.lower()}."


LOOKS: tuple[Callable[["Ready"], Found], ...] = (
    _reviews,
    _panel,
    _ranking,
    _letters,
    _route,
    _partners,
    _files,
)
