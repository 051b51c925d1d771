"""Folded rows of the stage editor: their lines, earlier questions by words, lists of mistakes."""

from typing import Any

import pytest
from django.contrib.staticfiles import finders

from challenges.calls.models import CallState, Question, QuestionKind, Stage
from cms.desk.rows import KINDS_OF_FIELD
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
    assert _offered(page) == [[""], ["", "1"], ["", "1", "2"], ["", "1", "2", "3"]] + [
        ["", "1", "2", "3", "4"]
    ]
    assert "2. What is new?" in page.content.decode()


@pytest.mark.parametrize("held", [1, 2, 3, 9])
def test_what_is_held_is_kept_whatever_is_offered(stage: Stage, held: int) -> None:
    question = stage.questions.order_by("sort_order")[1]
    question.condition_on, question.condition_answers = held, "Yes"
    question.save()
    page = _editor(stage)
    assert str(held) in _offered(page)[1]
    data = form_data(page)
    assert data["questions-1-condition_on"] in (str(held), [str(held)])


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
