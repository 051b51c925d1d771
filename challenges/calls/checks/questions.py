"""Questions that can't be answered, that nobody is asked, or that say two things."""

from collections.abc import Iterator, Sequence

from challenges.calls.checks.finding import Finding, Round, Severity, Subject
from challenges.calls.models import DISCRETE, Audience, Question, QuestionKind, Section

TEXTS = (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT)
LISTED = (QuestionKind.CHOICE, QuestionKind.CHOICES)


def asked_after(question: Question, questions: Sequence[Question]) -> Question | None:
    """The question on whose answer this one hangs, or None; `questions`: the stage's list."""
    on = question.condition_on_id
    return next((each for each in questions if each.pk == on), None) if on is not None else None


def orphans(questions: Sequence[Question]) -> set[int]:
    """Ids of the questions that hang on one that is asked of nobody.

    What hangs on an orphan is one too, however long the chain.
    """
    alive: set[int] = set()
    lost: set[int] = set()
    for question in questions:
        if question.retired_at is not None:
            continue
        if question.condition_on_id is None or question.condition_on_id in alive:
            alive.add(question.pk)
        else:
            lost.add(question.pk)
    return lost


def conditions(subject: Subject) -> Iterator[Finding]:
    """Conditions that name no earlier question with answers that can be listed."""
    for each in subject.rounds:
        lost = orphans(each.questions)
        for place, question in enumerate(each.questions):
            if question.retired_at:
                continue
            code, sentence = _wrong_condition(each, each.questions[:place], question)
            if not code and question.pk in lost:
                code, sentence = "condition-chain", _lost(question, each)
            if code:
                severity = Severity.ASKS if code == "condition-of-nobody" else Severity.STOPS
                field = "condition_answers" if code == "condition-answer" else "condition_on"
                yield each.say(code, sentence, severity, f"question-{question.pk}-{field}")


def _wrong_condition(
    each: Round, earlier: Sequence[Question], question: Question
) -> tuple[str, str]:
    """(code, sentence) of what is wrong with a question's condition; empty if nothing is."""
    name, given = each.stage.name, _lines(question.condition_answers)
    if question.condition_on_id is None:
        return ("condition-gone", _gone(question, given)) if given else ("", "")
    other = asked_after(question, earlier)
    if other is None or other.kind not in DISCRETE:
        return "condition", _not_earlier(question, each)
    if other.retired_at:
        return "condition-retired", (
            f"“{question.label}” is asked after “{other.label}”, which is not asked any more. Take "
            "both out, or ask this one of everybody."
        )
    if question.section == Section.ELIGIBILITY and other.section != Section.ELIGIBILITY:
        return "condition-too-late", (
            f"“{question.label}” is asked first, with who can apply, so it can’t wait for "
            f"“{other.label}”: nobody would be asked it."
        )
    known = {text.casefold() for text in other.answer_list}
    if not given:
        return "condition-answer", (
            f"“{question.label}” waits for “{other.label}”, but for none of its answers."
        )
    if unknown := [text for text in given if text.casefold() not in known]:
        return "condition-answer", (
            f"“{question.label}” waits for the answer “{unknown[0]}”, which “{other.label}” of "
            f"“{name}” does not have."
        )
    allowed = {text.casefold() for text in _lines(other.acceptable)}
    if allowed and not allowed & {text.casefold() for text in given}:
        return "condition-of-nobody", (
            f"“{question.label}” waits for an answer to “{other.label}” with which "
            "nobody can apply."
        )
    return "", ""


def _gone(question: Question, given: Sequence[str]) -> str:
    return (
        f"“{question.label}” was asked only where another question had the answer “{given[0]}”, "
        "and that question is gone. Choose another, or empty the answers."
    )


def _not_earlier(question: Question, each: Round) -> str:
    other = asked_after(question, each.questions)
    which = f"“{other.label}”" if other else "a question of another stage"
    return (
        f"“{question.label}” of “{each.stage.name}” is asked after {which}, which is not an "
        "earlier question with choices."
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _lost(question: Question, each: Round) -> str:
    other = asked_after(question, each.questions)
    return f"“{question.label}” is asked after “{other}”, which nobody would be asked."


def answers(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        for question in each.asked:
            yield from _of_choices(each, question)
            yield from _of_eligibility(each, question)
            yield from _of_words(each, question)


def _of_choices(each: Round, question: Question) -> Iterator[Finding]:
    if question.kind not in LISTED:
        return
    field, texts = f"question-{question.pk}-choices", question.choice_list
    if len({text.casefold() for text in texts}) < 2:
        yield each.say(
            "few-choices",
            f"“{question.label}” has fewer than two choices.",
            field=field,
        )
    elif len({text.casefold() for text in texts}) < len(texts):
        yield each.say(
            "same-choice",
            f"“{question.label}” offers the same choice twice.",
            Severity.NOTE,
            field,
        )


def _of_eligibility(each: Round, question: Question) -> Iterator[Finding]:
    field = f"question-{question.pk}-acceptable"
    allowed = {text.casefold() for text in _lines(question.acceptable)}
    known = {text.casefold() for text in question.answer_list}
    is_gate = question.section == Section.ELIGIBILITY
    if is_gate and question.kind not in DISCRETE:
        yield each.say(
            "gate-of-another-kind",
            f"“{question.label}” asks who can apply, but its answers can’t be listed.",
            field=f"question-{question.pk}-kind",
        )
    elif (is_gate and not allowed) or not allowed <= known:
        yield each.say(
            "gate-without-answer",
            f"“{question.label}” asks who can apply: say with which of its answers.",
            field=field,
        )
    elif allowed and allowed == known:
        yield each.say(
            "gate-for-all",
            f"“{question.label}” keeps nobody out: somebody can apply with every answer.",
            Severity.NOTE,
            field,
        )
    if is_gate and not question.required:
        yield each.say(
            "gate-can-be-skipped",
            f"“{question.label}” asks who can apply, but may be left out.",
            Severity.ASKS,
            f"question-{question.pk}-required",
        )


def _of_words(each: Round, question: Question) -> Iterator[Finding]:
    if question.max_words is not None and (question.kind not in TEXTS or not question.max_words):
        yield each.say(
            "idle-word-limit",
            f"The word limit of “{question.label}” limits nothing.",
            Severity.NOTE,
            f"question-{question.pk}-max_words",
        )


def labels(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        seen: set[str] = set()
        for question in each.asked:
            label = " ".join(question.label.split()).casefold()
            if label in seen:
                yield each.say(
                    "same-question",
                    f"“{each.stage.name}” asks “{question.label}” twice.",
                    Severity.NOTE,
                    f"question-{question.pk}-label",
                )
            seen.add(label)


def readers(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        if each.asked and all(question.audience == Audience.OFFICERS for question in each.asked):
            yield each.say(
                "nothing-to-judge",
                f"Judges of “{each.stage.name}” would read no answer: all are for officers only.",
                Severity.ASKS,
            )


CHECKS: tuple = (conditions, answers, labels, readers)
