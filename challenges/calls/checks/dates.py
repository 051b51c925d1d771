"""Dates that are past, out of order, or easily read wrong."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from challenges.calls.checks.finding import Finding, Round, Severity, Subject
from challenges.calls.legal.working_days import is_working_day
from marketplace.times import LONDON, day_ended_by, is_midnight, moment, on_moment

LATE_START = timedelta(days=7)
"""A stage that has been open for longer than this has promised days that nobody had."""


def past(subject: Subject) -> Iterator[Finding]:
    """A stage into which nothing can be entered any more, or only for a part of its days."""
    for each in subject.rounds:
        stage, name = each.stage, each.stage.name
        if stage.closes_at <= subject.now:
            yield each.say(
                "closed-already",
                f"“{name}” closed {on_moment(stage.closes_at)}, so nobody could enter it. Give it "
                "a closing date that is still to come.",
                field="closes_at",
            )
        elif stage.opens_at < subject.now - LATE_START:
            yield each.say(
                "opened-long-ago",
                f"“{name}” opened {on_moment(stage.opens_at)}, before anybody could see it: "
                "applicants have fewer days than its dates promise.",
                Severity.ASKS,
                "opens_at",
            )


def order_in_stage(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        stage, name = each.stage, each.stage.name
        if stage.opens_at >= stage.closes_at:
            yield each.say(
                "closes-before-it-opens", f"“{name}” closes before it opens.", field="closes_at"
            )
        if stage.scores_due_at <= stage.closes_at:
            yield each.say(
                "no-time-to-score",
                f"The panel of “{name}” has no time to score: it closes "
                f"{on_moment(stage.scores_due_at)}, and the stage {on_moment(stage.closes_at)}.",
                field="scores_due_at",
            )
        if stage.decision_on < day_ended_by(stage.scores_due_at):
            yield each.say(
                "decided-before-scored",
                f"The decision on “{name}” is expected on {_day(stage.decision_on)}, before its "
                f"panel closes {on_moment(stage.scores_due_at)}.",
                field="decision_on",
            )
        yield from _enquiries(each, subject)


def _enquiries(each: Round, subject: Subject) -> Iterator[Finding]:
    stage, until = each.stage, each.stage.questions_until
    if until is None:
        return
    if until > stage.closes_at:
        yield each.say(
            "enquiries-after-close",
            f"Enquiries on “{stage.name}” end {on_moment(until)}, after the stage closes.",
            field="questions_until",
        )
    elif until <= stage.opens_at or until <= subject.now:
        why = "before the stage opens" if until <= stage.opens_at else "which is past"
        yield each.say(
            "enquiries-too-early",
            f"Enquiries on “{stage.name}” end {on_moment(until)}, {why}: nobody could ask while "
            "they write.",
            Severity.ASKS,
            "questions_until",
        )


def order_of_stages(subject: Subject) -> Iterator[Finding]:
    """Each pair that follows: a round may open while the one before is judged, a stage not."""
    for before, after in pairwise(subject.rounds):
        earlier, later = before.stage, after.stage
        if later.opens_at < earlier.closes_at:
            yield after.say(
                "opens-before-close",
                f"“{later.name}” opens before “{earlier.name}” closes.",
                field="opens_at",
            )
        elif subject.call.is_rolling:
            continue
        elif later.opens_at < earlier.scores_due_at:
            yield after.say(
                "opens-before-scores",
                f"“{later.name}” opens before the panel of “{earlier.name}” closes: nobody knows "
                "yet who goes on.",
                field="opens_at",
            )
        elif later.opens_at.astimezone(LONDON).date() < earlier.decision_on:
            yield after.say(
                "opens-before-decision",
                f"“{later.name}” opens before the decision on “{earlier.name}” is expected, on "
                f"{_day(earlier.decision_on)}.",
                field="opens_at",
            )


WORDS_FOR = {
    "closes_at": "“{}” closes",
    "questions_until": "Enquiries on “{}” end",
    "scores_due_at": "The panel of “{}” closes",
}


def midnights(subject: Subject) -> Iterator[Finding]:
    """0:00 is read as the end of the day that it begins: the deadline that counts asks why."""
    for each in subject.rounds:
        for field, words in WORDS_FOR.items():
            at = getattr(each.stage, field)
            if at is None or not is_midnight(at):
                continue
            said = f"{words.format(each.stage.name)} at {moment(at)}"
            asks = field == "closes_at" and each.stage.asks_about_midnight
            is_meant = field == "closes_at" and not asks
            yield each.say(
                "midnight",
                f"{said}: its officer says that this very moment is meant."
                if is_meant
                else f"{said}. Many people would read 0:00 as the end of "
                f"{at.astimezone(LONDON):%A}: 11:59pm says which day is meant.",
                Severity.ASKS if asks else Severity.NOTE,
                field,
            )


def days_off(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        stage = each.stage
        for field, words, day in (
            ("closes_at", f"“{stage.name}” closes", day_ended_by(stage.closes_at)),
            ("decision_on", f"The decision on “{stage.name}” is expected", stage.decision_on),
        ):
            if not is_working_day(day):
                kind = "a weekend" if day.weekday() >= 5 else "a bank holiday"
                yield each.say(
                    "day-off",
                    f"{words} on {day:%A} {_day(day)}, {kind}: nobody may be there to help.",
                    Severity.NOTE,
                    field,
                )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


CHECKS = (past, order_in_stage, order_of_stages, midnights, days_off)
