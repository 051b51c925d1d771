"""A question that waits for another is never left asked of nobody: in an addendum, in a draft."""

import pytest
from django.utils import timezone

from challenges.calls.addenda import findings_after, propose_addendum
from challenges.calls.checks import find_findings
from challenges.calls.models import Call, CallState, Question, Stage
from challenges.calls.services import seal_rulebook
from challenges.pitches.changed_rules import publish_addendum
from marketplace.errors import Incomplete
from tests.desk.helpers import form_data, signed_in, url
from tests.factories import make_call, make_entry, make_officer, submit

pytestmark = pytest.mark.django_db


def chain(state: str = CallState.APPROVED) -> Stage:
    """“Partner?” ← “Which kind?” ← “Which one?”, and two questions that wait for nothing."""
    call = make_call(state=CallState.DRAFT)
    stage = call.first_stage
    stage.questions.update(sort_order=90)
    rows = [
        {"label": "Partner?", "kind": "yes-no"},
        {
            "label": "Which kind?",
            "kind": "choice",
            "choices": "Council\nCharity",
            "condition_on": "Partner?",
            "condition_answers": "Yes",
        },
        {"label": "Which one?", "condition_on": "Which kind?", "condition_answers": "Council"},
    ]
    made: dict[str, Question] = {}
    for order, fields in enumerate(rows):
        on = made.get(fields.pop("condition_on", ""))
        made[fields["label"]] = Question.objects.create(
            stage=stage, sort_order=order, condition_on=on, **fields
        )
    Call.objects.filter(pk=call.pk).update(state=state)
    stage = Stage.objects.select_related("call").get(pk=stage.pk)
    if state == CallState.APPROVED:
        seal_rulebook(stage)
    return stage


def pk_of(stage: Stage, label: str) -> int:
    return stage.questions.get(label=label).pk


def propose(stage: Stage, **changes):
    return propose_addendum(
        stage=stage, changes=changes, reason="Simpler", actor=make_officer(stage.call.region)
    )


FREED = {"condition_on": None, "condition_answers": ""}


@pytest.mark.parametrize(
    ("retired", "freed", "left_hanging"),
    [
        (["Partner?"], [], ["Which kind?", "Which one?"]),
        (["Partner?", "Which kind?"], [], ["Which one?"]),
        (["Which kind?"], [], ["Which one?"]),
        (["Partner?", "Which one?"], [], ["Which kind?"]),
        (["Partner?", "Which kind?", "Which one?"], [], []),
        (["Which one?"], [], []),
        (["Partner?"], ["Which kind?"], []),
        (["Which kind?"], ["Which one?"], []),
        (["Partner?"], ["Which one?"], ["Which kind?"]),
    ],
)
def test_both_or_neither(retired: list[str], freed: list[str], left_hanging: list[str]) -> None:
    stage = chain()
    changes = {"retire": [pk_of(stage, label) for label in retired]}
    if freed:
        changes["questions"] = {str(pk_of(stage, label)): FREED for label in freed}
    if left_hanging:
        with pytest.raises(Incomplete) as refusal:
            propose(stage, **changes)
        places = {place for place, _ in refusal.value.problems}
        assert places == {f"question-{pk_of(stage, label)}" for label in left_hanging}
        assert not stage.addenda.exists() and stage.rulebooks.count() == 1
        return
    published = publish_addendum(addendum=propose(stage, **changes), actor=make_officer())
    specs = published.rulebook.content["questions"]
    asked = {spec["id"] for spec in specs}
    assert all(
        spec["condition"] is None or spec["condition"]["question"] in asked for spec in specs
    )


@pytest.mark.parametrize(
    "changes",
    [{"choices": "Charity\nCompany"}, {"kind": "short-text"}, {"choices": "Councils\nCharity"}],
)
def test_the_answer_that_is_waited_for_stays(changes: dict) -> None:
    stage = chain()
    with pytest.raises(Incomplete) as refusal:
        propose(stage, questions={str(pk_of(stage, "Which kind?")): changes})
    assert f"question-{pk_of(stage, 'Which one?')}" in dict(refusal.value.problems)


def test_nobody_who_has_submitted_is_asked_for_more() -> None:
    call = make_call()
    submit(make_entry(call=call))
    question = call.first_stage.questions.first()
    for values in (FREED, {"is_ask": True}):
        with pytest.raises(Incomplete) as refusal:
            propose(call.first_stage, questions={str(question.pk): values})
        assert f"question-{question.pk}" in dict(refusal.value.problems)


def test_the_form_offers_to_free_the_other() -> None:
    stage = chain()
    client = signed_in(make_officer(stage.call.region))
    page = client.get(url("change_rules", stage.pk))
    data = form_data(page) | {
        "reason": "Simpler",
        f"question-{pk_of(stage, 'Which kind?')}-retire": "on",
        "scores_due_at": timezone.localtime(stage.scores_due_at).strftime("%Y-%m-%dT%H:%M"),
    }
    refused = client.post(url("change_rules", stage.pk), data)
    assert refused.status_code == 400 and "Take both out" in refused.content.decode()
    data[f"question-{pk_of(stage, 'Which one?')}-free"] = "on"
    assert client.post(url("change_rules", stage.pk), data).status_code == 302
    waiting = stage.addenda.get()
    assert findings_after(waiting) == [] and stage.rulebooks.count() == 1
    officer = signed_in(make_officer(stage.call.region))
    shown = officer.get(url("addendum", waiting.pk)).content.decode()
    assert "The rules in full" in shown and "What the checks find" in shown


class TestDraft:
    def test_the_editor_takes_both_or_neither(self) -> None:
        stage = chain(CallState.DRAFT)
        client = signed_in(make_officer(stage.call.region))
        data = form_data(client.get(url("edit_stage", stage.pk)))
        data["questions-0-DELETE"] = "on"
        refused = client.post(url("edit_stage", stage.pk), data)
        assert refused.status_code == 400 and stage.questions.count() == 5
        assert "Remove both" in refused.content.decode()
        data |= {"questions-1-DELETE": "on", "questions-2-DELETE": "on"}
        assert client.post(url("edit_stage", stage.pk), data).status_code == 302
        assert stage.questions.count() == 2

    def test_a_broken_chain_is_found_to_its_end(self) -> None:
        stage = chain(CallState.DRAFT)
        Question.objects.filter(pk=pk_of(stage, "Partner?")).update(retired_at=timezone.now())
        codes = {each.code: each.field for each in find_findings(stage.call)}
        assert "condition-retired" in codes and "condition-chain" in codes
