"""Money that can't be: one award above the budget, a limit that nothing is held against."""

from collections.abc import Iterator

from challenges.calls.checks.finding import Finding, Severity, Subject
from challenges.calls.models import ASK_KINDS, Question
from marketplace.numbers import pounds


def award_within_budget(subject: Subject) -> Iterator[Finding]:
    call = subject.call
    budget, award = call.budget, call.award_limit
    if award is not None and award == 0:
        yield _money(
            "award-of-nothing",
            "The most for one award is £0. Leave it empty where no money is given.",
            Severity.ASKS,
        )
    if budget is None or award is None:
        return
    if award > budget:
        yield _money(
            "award-above-budget",
            f"The most for one award, {pounds(award)}, is more than the whole budget, "
            f"{pounds(budget)}.",
        )
        return
    places = _places(subject)
    if places and places * award > budget:
        yield _money(
            "places-above-budget",
            f"{places} awards of {pounds(award)} would be {pounds(places * award)}; the budget is "
            f"{pounds(budget)}, so not every place can have the most.",
            Severity.NOTE,
        )


def asks_against_limit(subject: Subject) -> Iterator[Finding]:
    """A limit is promised: some question has to be the one that it is held against."""
    limit = subject.call.award_limit
    marked: list[Question] = []
    unmarked: list[Question] = []
    for each in subject.rounds:
        for question in each.asked:
            if question.is_ask and question.kind not in ASK_KINDS:
                yield each.say(
                    "ask-of-another-kind",
                    f"“{question.label}” can’t be what an applicant asks for: it takes no money.",
                    field=f"question-{question.pk}-is_ask",
                )
            elif question.kind in ASK_KINDS:
                (marked if question.is_ask else unmarked).append(question)
    if limit is None and marked:
        yield _money(
            "ask-without-limit",
            f"“{marked[0].label}” is what applicants ask for, but no most for one award is given, "
            "so any sum is taken.",
            Severity.NOTE,
        )
    elif limit and not marked:
        mend = (
            f"Mark one, for example “{unmarked[0].label}”."
            if unmarked
            else "Add one for money, or a table of costs, and mark it."
        )
        yield _money(
            "limit-without-ask",
            f"No question is marked as what applicants ask for, so a pitch may ask for more than "
            f"{pounds(limit)}. {mend}",
            Severity.ASKS,
        )


def one_ask_in_a_stage(subject: Subject) -> Iterator[Finding]:
    """Each is held against the limit by itself, so two of half of it too much would both pass."""
    for each in subject.rounds:
        asks = [one for one in each.asked if one.is_ask and one.kind in ASK_KINDS]
        if len(asks) > 1 and subject.call.award_limit:
            yield each.say(
                "two-asks",
                f"“{asks[0].label}” and “{asks[1].label}” are both marked as what applicants ask "
                "for, and each is held against the most for one award by itself. Mark one.",
                Severity.ASKS,
                f"question-{asks[1].pk}-is_ask",
            )


def _places(subject: Subject) -> int:
    """How many awards the call may make: those of its last stage, or of all its rounds."""
    rounds = subject.rounds if subject.call.is_rolling else subject.rounds[-1:]
    return sum(each.stage.places or 0 for each in rounds)


def _money(code: str, sentence: str, severity: Severity = Severity.STOPS) -> Finding:
    return Finding(code, "award_limit", sentence, severity, "award_limit")


CHECKS = (award_within_budget, asks_against_limit, one_ask_in_a_stage)
