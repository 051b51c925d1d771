"""A condition is on a question, not on a place: whatever is moved, taken out or copied."""

from importlib import import_module

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from challenges.calls.checks import findings_of_stage
from challenges.calls.copying import conditions_lost, copy_stages
from challenges.calls.models import CallState, Question, QuestionKind, Stage
from challenges.calls.services import seal_rulebook
from tests.factories import CallFactory, make_call

pytestmark = pytest.mark.django_db

MOST = 6


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[int | None], set[int], list[int]]:
    """(what each question waits for, those that are taken out, a new order); numbers from 0."""
    size = draw(st.integers(1, MOST))
    waits = [
        draw(st.none() | st.integers(0, number - 1)) if number else None for number in range(size)
    ]
    retired = draw(st.sets(st.integers(0, size - 1)))
    return waits, retired, draw(st.permutations(range(size)))


def stage_with(waits: list[int | None]) -> tuple[Stage, list[Question]]:
    stage = make_call(state=CallState.DRAFT).first_stage
    stage.questions.all().delete()
    made: list[Question] = []
    for number, on in enumerate(waits):
        made.append(
            Question.objects.create(
                stage=stage,
                sort_order=number,
                label=f"Question {number}",
                kind=QuestionKind.YES_NO,
                condition_on=None if on is None else made[on],
                condition_answers="" if on is None else "Yes",
            )
        )
    return stage, made


def on_by_label(stage: Stage) -> dict[str, str | None]:
    """Label of each question → that of the one that it waits for."""
    asked = stage.questions.asked().select_related("condition_on")
    return {each.label: each.condition_on.label if each.condition_on else None for each in asked}


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=plans())
def test_each_condition_stays_on_its_question(
    plan: tuple[list[int | None], set[int], list[int]],
) -> None:
    waits, retired, order = plan
    stage, made = stage_with(waits)
    for place, number in enumerate(order):
        Question.objects.filter(pk=made[number].pk).update(sort_order=place)
    gone = [made[number].pk for number in retired]
    Question.objects.filter(pk__in=gone).update(retired_at=timezone.now())

    expected = {
        f"Question {number}": None if on is None else f"Question {on}"
        for number, on in enumerate(waits)
        if number not in retired
    }
    assert on_by_label(stage) == expected
    specs = {spec["id"]: spec for spec in seal_rulebook(stage).content["questions"]}
    for number, on in enumerate(waits):
        if number not in retired:
            condition = specs[made[number].pk]["condition"]
            assert (condition and condition["question"]) == (None if on is None else made[on].pk)

    lost = {
        f"Question {number}"
        for number, on in enumerate(waits)
        if on in retired and number not in retired
    }
    [source] = Stage.objects.filter(pk=stage.pk).prefetch_related("questions", "criteria")
    assert set(conditions_lost([source])) == lost
    [copy] = copy_stages(CallFactory(), [source])
    in_copy = {label: None if label in lost else on for label, on in expected.items()}
    assert on_by_label(copy) == in_copy
    assert not copy.questions.filter(condition_on__in=made).exists()
    assert not copy.questions.filter(condition_on=None).exclude(condition_answers="").exists()


def test_a_question_that_goes_takes_the_condition_and_the_checks_say_so() -> None:
    stage, (gate, hanging) = stage_with([None, 0])
    gate.delete()
    hanging.refresh_from_db()
    assert hanging.condition_on is None and hanging.condition_answers == "Yes"
    assert "condition-gone" in {finding.code for finding in findings_of_stage(stage)}
    Stage.objects.get(pk=stage.pk).delete()
    assert not Question.objects.filter(pk=hanging.pk).exists()


def test_no_question_waits_for_itself() -> None:
    _, [question] = stage_with([None])
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(condition_on=question)


class TestMove:
    """The migration that turned places into questions."""

    move = import_module("challenges.calls.migrations.0015_places_become_questions")

    @pytest.mark.parametrize(
        ("place", "is_sealed", "on", "answers"),
        [
            (1, False, 0, "Yes"),
            (2, True, 1, "Yes"),
            (3, False, None, "Yes"),
            (9, False, None, "Yes"),
            (9, True, None, ""),
            (0, True, None, ""),
        ],
    )
    def test_a_place_becomes_the_question_there(
        self, place: int, is_sealed: bool, on: int | None, answers: str
    ) -> None:
        _, made = stage_with([None, None, None])
        question = made[2]
        question.condition_place, question.condition_answers = place, "Yes"
        ids = [each.pk for each in made]
        self.move._name_the_question(question, ids, is_sealed)
        assert question.condition_on_id == (None if on is None else ids[on])
        assert question.condition_answers == answers
