"""Weights, minimums, places and tie-breaks that can't do what they say."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from challenges.calls.checks.finding import Finding, Round, Severity, Subject
from challenges.calls.models import Criterion, QuestionKind, TieBreak


def shares(criteria: Sequence[Criterion]) -> list[int]:
    """The weights as applicants see them: shares of their sum, in whole percent."""
    total = sum(criterion.weight for criterion in criteria)
    return [round(100 * criterion.weight / total) if total else 0 for criterion in criteria]


def weights(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        total = sum(criterion.weight for criterion in each.criteria)
        if each.criteria and total != 100:
            seen = "/".join(str(share) for share in shares(each.criteria))
            yield each.say(
                "weights",
                f"The weights of “{each.stage.name}” add up to {total} and not to 100; applicants "
                f"see {seen} %.",
                Severity.ASKS,
                f"criterion-{each.criteria[0].pk}-weight",
            )


def minimums(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        for criterion in each.criteria:
            yield from _minimum_of(each, criterion)
        yield from _minimum_total(each)


def _minimum_of(each: Round, criterion: Criterion) -> Iterator[Finding]:
    field, minimum, scale = f"criterion-{criterion.pk}-minimum", criterion.minimum, criterion.scale
    if any(score > scale for score, _ in criterion.anchor_list):
        yield each.say(
            "anchor-off-scale",
            f"“{criterion.name}” gives a meaning to a score above {scale}, its highest.",
            field=f"criterion-{criterion.pk}-anchors",
        )
    if minimum is None:
        return
    if minimum > scale:
        yield each.say(
            "minimum-off-scale",
            f"“{criterion.name}” needs at least {minimum}, but its highest score is {scale}: "
            "nobody could win.",
            field=field,
        )
    elif minimum == scale:
        yield each.say(
            "minimum-is-highest",
            f"“{criterion.name}” needs {minimum} of {scale}: one judge below it, and the pitch "
            "can’t win.",
            Severity.ASKS,
            field,
        )


def _minimum_total(each: Round) -> Iterator[Finding]:
    least, name = each.stage.minimum_total, each.stage.name
    if least is None:
        return
    if least > 100:
        yield each.say(
            "total-off-scale",
            f"The lowest total that can win in “{name}” is {least}, and the highest is 100.",
            field="minimum_total",
        )
    elif least == 100:
        yield each.say(
            "total-is-highest",
            f"Only a total of 100 can win in “{name}”: the highest score on everything, from "
            "every judge.",
            Severity.ASKS,
            "minimum_total",
        )
    elif least and _implied(each.criteria) >= least:
        yield each.say(
            "total-implied",
            f"The lowest total of “{name}”, {least}, decides nothing: who reaches the minimum of "
            "each criterion has it already.",
            Severity.NOTE,
            "minimum_total",
        )


def _implied(criteria: Sequence[Criterion]) -> Fraction:
    """The total, of 100, of a pitch that just reaches each criterion's minimum, exactly."""
    total = sum(criterion.weight for criterion in criteria)
    reached = sum(Fraction(each.weight * (each.minimum or 0), each.scale) for each in criteria)
    return 100 * Fraction(reached) / total if total else Fraction(0)


def tie_breaks(subject: Subject) -> Iterator[Finding]:
    """The heaviest criteria can't part level pitches where they are all there is."""
    for each in subject.rounds:
        if each.stage.tie_break != TieBreak.HEAVIEST_CRITERION or not each.criteria:
            continue
        if len({criterion.weight for criterion in each.criteria}) > 1:
            continue
        why = "there is only one" if len(each.criteria) == 1 else "all weigh the same"
        yield each.say(
            "idle-tie-break",
            f"The criterion with most weight can’t part level pitches in “{each.stage.name}”: "
            f"{why}. Choose a draw, or let the panel agree.",
            Severity.ASKS,
            "tie_break",
        )


def names(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        seen: set[str] = set()
        for criterion in each.criteria:
            name = " ".join(criterion.name.split()).casefold()
            if name in seen:
                yield each.say(
                    "same-criterion",
                    f"“{each.stage.name}” has two criteria called “{criterion.name}”.",
                    Severity.NOTE,
                    f"criterion-{criterion.pk}-name",
                )
            seen.add(name)


def places(subject: Subject) -> Iterator[Finding]:
    """More places than the stage before lets through; or a stage that lets any number through."""
    if subject.call.is_rolling:
        return
    for before, after in pairwise(subject.rounds):
        most, wanted = before.stage.places, after.stage.places
        if most is None:
            yield before.say(
                "no-places",
                f"“{before.stage.name}” doesn’t say how many go forward.",
                Severity.NOTE,
                "places",
            )
        elif wanted is not None and wanted > most:
            yield after.say(
                "more-places",
                f"“{after.stage.name}” takes {wanted} forward, but only {most} reach it.",
                Severity.ASKS,
                "places",
            )


def blindness(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        if not each.stage.is_blind:
            continue
        for question in each.asked:
            if question.kind == QuestionKind.TEAM and not question.identifies:
                yield each.say(
                    "blind-team",
                    f"“{each.stage.name}” is blind, but judges would read the names in "
                    f"“{question.label}”: mark it as saying who the applicant is.",
                    Severity.ASKS,
                    f"question-{question.pk}-identifies",
                )
    for before, after in pairwise(subject.rounds):
        if after.stage.is_blind and not before.stage.is_blind and not subject.call.is_rolling:
            yield after.say(
                "blind-too-late",
                f"“{after.stage.name}” is blind, but who applied was shown in "
                f"“{before.stage.name}”.",
                Severity.NOTE,
                "is_blind",
            )


CHECKS: tuple = (weights, minimums, tie_breaks, names, places, blindness)
