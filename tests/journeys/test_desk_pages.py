"""The desk in a real browser: the stage editor's rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from challenges.calls.models import CallState, Question, QuestionKind
from tests.factories import make_call, make_officer
from tests.journeys.test_together import enter, restored_site  # noqa: F401

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("restored_site"),
]


@pytest.mark.parametrize("scripted", [True, False])
def test_a_question_shows_the_fields_of_its_kind(
    scripted: bool, new_person: Callable[..., Page], live_server: Any
) -> None:
    officer = make_officer()
    stage = make_call(state=CallState.DRAFT, owner=officer).first_stage
    stage.questions.all().delete()
    for number in range(6):
        Question.objects.create(stage=stage, label=f"Question of {number}", sort_order=number)
    page = enter(
        new_person(viewport={"width": 1280, "height": 900}, java_script_enabled=scripted),
        officer,
        live_server.url,
    )
    page.goto(reverse("desk:edit_stage", kwargs={"pk": stage.pk}))
    expect(page.locator("[name=questions-0-kind]")).to_be_hidden()
    page.locator("#id_questions-FORMS summary").first.click()
    kind = page.locator("[name=questions-0-kind]")
    for chosen, shown in {
        QuestionKind.LONG_TEXT: {"max_words"},
        QuestionKind.CHOICE: {"choices"},
        QuestionKind.NUMBER: {"unit"},
        QuestionKind.FILE: set(),
    }.items():
        kind.select_option(chosen)
        for name in ("max_words", "choices", "unit", "is_ask", "acceptable", "refusal"):
            field = page.locator(f"[name=questions-0-{name}]")
            if name in shown:
                expect(field).to_be_visible()
            else:
                expect(field).to_be_hidden()
    kind.select_option(QuestionKind.CHOICE)
    page.get_by_role("button", name="Save the stage").click()
    problem = page.locator("#problems a")
    expect(problem).to_have_text("Question 1: choices: Give at least two choices, one a line.")
    problem.click()
    expect(page.locator("[name=questions-0-choices]")).to_be_visible()
