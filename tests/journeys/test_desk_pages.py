"""The desk in a real browser: no table is wider than its place, and the stage editor's rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from challenges.calls.models import Call, CallState, Question, QuestionKind, Stage
from tests.factories import assign, make_call, make_judge, make_officer
from tests.journeys.test_together import enter, restored_site  # noqa: F401
from tests.judging.conftest import build_world, write_review

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("restored_site"),
]

LONG = "A text-message service that checks on people in the week after they leave hospital"
OF_THE_DESK = ("calls", "pitches", "enquiries", "appeals", "sign_offs", "people", "tags")
OF_THE_SEARCH = ("synonyms", "matching")
OF_A_STAGE = (
    "panel",
    "calibration",
    "reading",
    "checks",
    "ranking",
    "fairness",
    "letters",
    "release",
)
TOO_WIDE = """() => [
    document.documentElement.scrollWidth > document.documentElement.clientWidth ? "the page" : "",
    ...[...document.querySelectorAll("main table")].map((table) => {
        const place = table.closest(".desk-scroll") || table.parentElement;
        return place.scrollWidth > place.clientWidth + 1 ? place.ariaLabel || "a table" : "";
    }),
].filter(Boolean)"""


def _scored_stage() -> tuple[Stage, Any]:
    """A stage with long titles, scored by two judges, whose panel has not decided."""
    world = build_world()
    Call.objects.filter(pk=world.stage.call_id).update(title=f"How might we do it? {LONG}")
    second = make_judge(world.stage)
    for number, entry in enumerate(world.entries):
        entry.pitch.title = f"{number} {LONG}"
        entry.pitch.save()
        for judge in (world.judge, second):
            held = entry.assignments.filter(member=judge).first()
            write_review(held or assign(judge, entry), 3 + number)
    return world.stage, world.officer


@pytest.mark.parametrize("width", [1280, 390])
def test_no_table_is_wider_than_its_place(
    width: int, new_person: Callable[..., Page], live_server: Any
) -> None:
    stage, officer = _scored_stage()
    page = enter(new_person(viewport={"width": width, "height": 900}), officer, live_server.url)
    paths = [reverse(f"desk:{name}") for name in (*OF_THE_DESK, *OF_THE_SEARCH)]
    paths += [reverse(f"desk:{name}", kwargs={"pk": stage.pk}) for name in OF_A_STAGE]
    paths.append(reverse("desk:call", kwargs={"pk": stage.call_id}))
    wide = {}
    for path in paths:
        reply = page.goto(path)
        assert reply is not None and reply.status == 200, path
        found = page.evaluate(TOO_WIDE)
        # On a phone a table may scroll inside its own region; the page never does.
        if width < 800:
            assert "a table" not in found, path
            found = [each for each in found if each == "the page"]
        if found:
            wide[path] = found
    assert wide == {}


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
        for name in ("max_words", "choices", "unit", "acceptable", "refusal"):
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
