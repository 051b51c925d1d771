"""Folded rows of the stage editor: their lines, earlier questions by words, lists of mistakes."""

from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError

from challenges.calls.models import DISCRETE, CallState, Question, QuestionKind, Section, Stage
from cms.desk.question_forms import ELIGIBILITY_ONLY, KINDS_OF_FIELD
from tests.desk.helpers import form_data, signed_in, url
from tests.factories import make_call, make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage = make_call(state=CallState.DRAFT, owner=make_officer()).first_stage
    stage.questions.all().delete()
    for number, label in enumerate(("Are you small?", "What is new?", "What does it cost?")):
        Question.objects.create(stage=stage, label=label, sort_order=number)
    return stage


def _editor(stage: Stage, query: str = "") -> Any:
    return signed_in(stage.call.owner).get(url("edit_stage", stage.pk) + query)


def _offered(page: Any) -> list[list[str]]:
    rows = page.context["form"].formsets["questions"].forms
    return [[value for value, _ in row.fields["condition_on"].widget.choices] for row in rows]


def test_only_earlier_questions_are_offered_by_their_words(stage: Stage) -> None:
    page = _editor(stage, "?rows=2")
    one, two, three = _keys(stage)
    assert _offered(page) == [
        [""],
        ["", one],
        ["", one, two],
        ["", one, two, three],
        ["", one, two, three, "new-3"],
    ]
    text = page.content.decode()
    assert "2. What is new?" in text and "4. New" in text


@pytest.mark.parametrize("held", [0, 2])
def test_what_is_held_is_kept_whatever_is_offered(stage: Stage, held: int) -> None:
    questions = list(stage.questions.order_by("sort_order"))
    question, other = questions[1], questions[held]
    question.condition_on, question.condition_answers = other, "Yes"
    question.save()
    page = _editor(stage)
    assert str(other.pk) in _offered(page)[1]
    assert form_data(page)["questions-1-condition_on"] in (other.pk, [str(other.pk)])


class TestAskedAfter:
    """What a row waits for is a question, wherever the rows are moved."""

    def test_a_question_that_is_added_in_the_same_save(self, stage: Stage) -> None:
        data = _added(form_data(_editor(stage, "?rows=2")))
        assert _post(stage, data).status_code == 302
        gate, hanging = stage.questions.order_by("sort_order")[3:]
        assert hanging.condition_on == gate and hanging.spec()["condition"] == {
            "question": gate.pk,
            "answers": ["Yes"],
        }

    def test_moving_rows_moves_no_condition(self, stage: Stage) -> None:
        one, two, three = stage.questions.order_by("sort_order")
        _hang(three, two)
        data = form_data(_editor(stage))
        data |= {f"questions-{row}-ORDER": place for row, place in ((0, 3), (1, 1), (2, 2))}
        assert _post(stage, data).status_code == 302
        assert list(stage.questions.order_by("sort_order")) == [two, three, one]
        three.refresh_from_db()
        assert three.condition_on == two

    def test_what_it_waits_for_may_not_come_later(self, stage: Stage) -> None:
        one, two, _ = stage.questions.order_by("sort_order")
        _hang(two, one)
        data = form_data(_editor(stage))
        data |= {"questions-0-ORDER": 2, "questions-1-ORDER": 1}
        page = _post(stage, data)
        assert page.status_code == 400 and "must stand before it" in page.content.decode()
        assert ("id_questions-1-condition_on", "condition_on") in [
            (field, field.rpartition("-")[2]) for field, _ in page.context["problems"]
        ]

    @pytest.mark.parametrize("change", ["empty", "removed", "other"])
    def test_a_new_one_that_is_not_there(self, stage: Stage, change: str) -> None:
        data = _added(form_data(_editor(stage, "?rows=2")))
        if change == "empty":
            data |= {"questions-3-label": "", "questions-3-kind": QuestionKind.LONG_TEXT}
        elif change == "removed":
            data["questions-3-DELETE"] = "on"
        else:
            data["questions-4-condition_on"] = "new-77"
        page = _post(stage, data)
        assert page.status_code == 400 and stage.questions.count() == 3
        assert "id_questions-4-condition_on" in {field for field, _ in page.context["problems"]}

    def test_answers_without_a_question_are_not_dropped(self, stage: Stage) -> None:
        one, two, _ = stage.questions.order_by("sort_order")
        _hang(two, one)
        data = form_data(_editor(stage)) | {"questions-1-condition_on": ""}
        page = _post(stage, data)
        assert page.status_code == 400 and "empty the answers" in page.content.decode()
        assert _post(stage, data | {"questions-1-condition_answers": ""}).status_code == 302
        two.refresh_from_db()
        assert two.condition_on is None

    def test_a_question_of_another_stage_can_not_be_chosen(self, stage: Stage) -> None:
        other = make_call().first_stage.questions.first()
        data = form_data(_editor(stage)) | {
            "questions-1-condition_on": str(other.pk),
            "questions-1-condition_answers": "Yes",
        }
        assert _post(stage, data).status_code == 400
        question = stage.questions.order_by("sort_order")[1]
        question.condition_on, question.condition_answers = other, "Yes"
        with pytest.raises(ValidationError, match="of this stage"):
            question.full_clean()


@pytest.mark.parametrize("name", ["Sift", ""])
def test_rows_left_empty_are_no_rows(stage: Stage, name: str) -> None:
    """As a browser without JavaScript sends them: with the place that the page gave them."""
    data = form_data(_editor(stage, "?rows=2"))
    before = (stage.questions.count(), stage.criteria.count())
    rows = [f"questions-{before[0]}", f"criteria-{before[1]}"]
    page = _post(stage, data | {"name": name} | {f"{row}-ORDER": "9" for row in rows})
    assert page.status_code == (302 if name else 400)
    assert (stage.questions.count(), stage.criteria.count()) == before


def _keys(stage: Stage) -> list[str]:
    return [str(pk) for pk in stage.questions.order_by("sort_order").values_list("pk", flat=True)]


def _hang(question: Question, other: Question) -> None:
    Question.objects.filter(pk=other.pk).update(kind=QuestionKind.YES_NO)
    Question.objects.filter(pk=question.pk).update(condition_on=other, condition_answers="Yes")


def _added(data: dict[str, Any]) -> dict[str, Any]:
    """Two new questions, of which the second waits for the first."""
    return data | {
        "questions-3-label": "Do you have a partner?",
        "questions-3-kind": QuestionKind.YES_NO,
        "questions-4-label": "Which one?",
        "questions-4-condition_on": "new-3",
        "questions-4-condition_answers": "Yes",
    }


def _post(stage: Stage, data: dict[str, Any]) -> Any:
    return signed_in(stage.call.owner).post(url("edit_stage", stage.pk), data)


def test_every_mistake_is_listed_with_a_way_to_it(stage: Stage) -> None:
    data = form_data(_editor(stage))
    data |= {"name": "", "questions-0-label": "", "questions-2-kind": QuestionKind.CHOICE}
    page = signed_in(stage.call.owner).post(url("edit_stage", stage.pk), data)
    assert page.status_code == 400
    ways = {field for field, _ in page.context["problems"]}
    assert ways == {"id_name", "id_questions-0-label", "id_questions-2-choices"}
    html = page.content.decode()
    for way in ways:
        assert f'href="#{way}"' in html and f'id="{way}"' in html


def test_every_kind_has_its_rule_in_the_styles() -> None:
    with open(finders.find("desk/desk.css"), encoding="utf-8") as file:
        css = file.read()
    for kind in QuestionKind.values:
        assert f'option[value="{kind}"]:checked) [data-for-kinds]' in css
    assert set(KINDS_OF_FIELD) <= {field.name for field in Question._meta.fields}


FILLED = {
    "max_words": 50,
    "choices": "Yes\nNo",
    "unit": "homes",
    "is_ask": True,
    "acceptable": "Yes",
    "refusal": "Not this time.",
}


@pytest.mark.parametrize("section", Section.values)
@pytest.mark.parametrize("kind", QuestionKind.values)
def test_what_a_question_does_not_show_does_not_count(
    stage: Stage, kind: str, section: str
) -> None:
    """Its kind is changed, and what the fields of the old kind hold is out of sight."""
    if section == Section.ELIGIBILITY and kind not in DISCRETE:
        return
    question = stage.questions.first()
    Question.objects.filter(pk=question.pk).update(**FILLED)
    data = form_data(_editor(stage)) | {"questions-0-kind": kind, "questions-0-section": section}
    data["questions-0-label"] = "Are you a small company?"
    page = _post(stage, data)
    assert page.status_code == 302, page.context["problems"]
    question.refresh_from_db()
    for name, value in FILLED.items():
        is_shown = kind in KINDS_OF_FIELD[name] and (
            section == Section.ELIGIBILITY or name not in ELIGIBILITY_ONLY
        )
        assert bool(getattr(question, name)) == is_shown, name
        assert not is_shown or getattr(question, name) == value


def test_every_field_for_some_kinds_is_marked_as_such(stage: Stage) -> None:
    html = _editor(stage).content.decode()
    rows = stage.questions.count() + 1  # and the empty one, for a script
    marks = {" ".join(kinds) for kinds in KINDS_OF_FIELD.values()}
    assert sum(html.count(f'data-for-kinds="{mark}"') for mark in marks) >= rows * len(FILLED)
