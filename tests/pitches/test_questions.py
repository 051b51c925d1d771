"""Kinds in rows, declarations, eligibility, conditions, and who reads an answer."""

import itertools

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from challenges.calls.conditions import asked_specs
from challenges.calls.models import (
    Audience,
    Call,
    CallState,
    Question,
    QuestionKind,
    Section,
    Stage,
    WantedCapability,
)
from challenges.calls.question_types import type_of
from challenges.calls.services import find_problems, seal_rulebook
from challenges.judging.reading import readings
from challenges.pitches.content import build_content
from challenges.pitches.services import save_answers, submit_entry
from marketplace.errors import Incomplete
from tests.factories import (
    CapabilityFactory,
    OrganisationFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_judge,
    sign_in,
)
from tests.pitches.conftest import entry_for, fresh, url


def spec(kind, **fields):
    return {
        "id": 1,
        "kind": kind,
        "label": "Question",
        "guidance": "",
        "required": True,
        "max_words": None,
        "choices": [],
        "identifies": False,
        **fields,
    }


def checked(kind, typed, **fields):
    one = spec(kind, **fields)
    kind_of = type_of(one)
    return kind_of.to_json(one and kind_of.field(one).clean(kind_of.as_typed(typed)))


class TestCosts:
    def test_they_add_up(self):
        value = checked("costs", [["Sensors", "£1,200"], ["", ""], ["Staff", "99.50"]])
        assert value == {
            "rows": [
                {"what": "Sensors", "amount": "1200.00"},
                {"what": "Staff", "amount": "99.50"},
            ],
            "total": "1299.50",
        }
        text = type_of(spec("costs")).to_text(value)
        assert text == "Sensors: £1,200\nStaff: £99.50\nTotal: £1,299.50"

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            (["Sensors", ""], "Line 1: enter how many pounds."),
            (["", "5"], "Line 1: say what the money is for."),
            (["Sensors", "much"], "Line 1: enter an amount in pounds"),
            (["Sensors", "-1"], "Line 1: "),
        ],
    )
    def test_what_is_wrong_is_said_by_line(self, row, words):
        with pytest.raises(ValidationError) as refusal:
            checked("costs", [row])
        assert refusal.value.messages[0].startswith(words)

    @given(st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
    def test_the_total_is_the_sum(self, pence):
        rows = [[f"Item {n}", f"{p / 100:.2f}"] for n, p in enumerate(pence)]
        assert round(float(checked("costs", rows)["total"]) * 100) == sum(pence)


def test_a_team():
    value = checked("team", [["Ada", "Data", "12.5"], ["Grace", "Lead", ""]])
    assert type_of(spec("team")).to_text(value) == "Ada: Data, 12.5 days\nGrace: Lead"


def test_capabilities_stand_beside_what_is_wanted():
    wanted = [{"code": "iot", "name": "Sensors", "level": 2, "essential": True}]
    value = checked("capabilities", [["anything else", "Expert", "In 40 homes"]], wanted=wanted)
    assert value == {"rows": [{"wanted": "Sensors", "level": "Expert", "evidence": "In 40 homes"}]}
    with pytest.raises(ValidationError, match="choose one of the levels"):
        checked("capabilities", [["", "Genius", ""]], wanted=wanted)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["on", ""], "full name"),
        (["", "Ada"], "agree"),
        (["", ""], "Tick and sign"),
        (["on", "x" * 200], "120"),
    ],
)
def test_a_declaration_is_ticked_and_signed(typed, words):
    assert checked("declaration", ["on", " Ada  Lovelace "]) == {"signed": "Ada Lovelace"}
    with pytest.raises(ValidationError, match=words):
        checked("declaration", typed)


def test_a_number_has_its_unit(db):
    assert "homes" in str(
        type_of(spec("number", unit="homes"))
        .field(spec("number", unit="homes"))
        .widget.render("q", "4")
    )


def ask(stage, **fields):
    place = stage.questions.count()
    return Question.objects.create(stage=stage, sort_order=place, **fields)


@pytest.fixture
def stage(db):
    stage = make_call(state=CallState.DRAFT).first_stage
    stage.questions.all().delete()
    return stage


def opened(stage):
    Call.objects.filter(pk=stage.call_id).update(state=CallState.APPROVED)
    stage = Stage.objects.select_related("call").get(pk=stage.pk)
    seal_rulebook(stage)
    return stage


def draft(stage):
    person = UserFactory()
    entry = entry_for(opened(stage).call, OrganisationFactory(owner=person))
    entry.person = person
    return entry


def answer(entry, **answers):
    by_label = {spec["label"]: spec["id"] for spec in entry.specs}
    return save_answers(
        entry=entry,
        answers={by_label[label.replace("_", " ")]: value for label, value in answers.items()},
        version=fresh(entry).version,
        actor=entry.person,
    )


class TestEligibility:
    @pytest.fixture
    def entry(self, stage):
        ask(stage, kind="short-text", label="Idea")
        ask(
            stage,
            kind="yes-no",
            label="Small",
            section=Section.ELIGIBILITY,
            acceptable="Yes",
            refusal="This call is for small firms. The growth hub helps larger ones.",
        )
        return draft(stage)

    def test_it_is_asked_first(self, entry):
        assert [spec["label"] for spec in entry.specs] == ["Small", "Idea"]

    def test_it_says_at_once_and_kindly_why_not(self, client, entry):
        sign_in(client, entry.person)
        field = f"q{entry.specs[0]['id']}"
        data = {"version": 1, "title": "T", "summary": "S", field: "no"}
        page = client.post(url("write", entry), data).content.decode()
        assert "The growth hub helps larger ones." in page
        assert page.index("Can you apply?") < page.index("About your pitch")

    def test_nobody_submits_with_it(self, entry):
        answer(entry, Small="no", Idea="Good")
        with pytest.raises(Incomplete) as refusal:
            submit_entry(entry=entry, actor=entry.person)
        assert "growth hub" in refusal.value.problems[0][1]
        answer(entry, Small="yes")
        assert submit_entry(entry=entry, actor=entry.person).number == 1

    def test_the_officer_is_told_what_is_missing(self, stage):
        question = Question(stage=stage, kind="long-text", label="Why?", section="eligibility")
        with pytest.raises(ValidationError, match="yes or no"):
            question.full_clean()
        question.kind = "yes-no"
        with pytest.raises(ValidationError, match="with which answers"):
            question.full_clean()
        question.acceptable = "Perhaps"
        with pytest.raises(ValidationError, match="none of the answers"):
            question.full_clean()


class TestConditions:
    @pytest.fixture
    def entry(self, stage):
        partner = ask(stage, kind="yes-no", label="Partner")
        kind = ask(
            stage,
            kind="choice",
            label="Kind",
            choices="Firm\nCouncil",
            condition_on=partner,
            condition_answers="Yes",
        )
        ask(stage, kind="short-text", label="Which", condition_on=kind, condition_answers="Council")
        return draft(stage)

    def test_what_is_not_asked_is_not_missing(self, entry):
        answer(entry, Partner="no")
        content, problems = build_content(fresh(entry))
        assert [a["label"] for a in content["answers"]] == ["Partner"] and not problems

    def test_what_is_asked_is(self, entry):
        answer(entry, Partner="yes", Kind="Council")
        _, problems = build_content(fresh(entry))
        assert len(problems) == 1 and problems[0][1].startswith("Which")

    def test_an_answer_comes_back_with_its_question(self, entry):
        answer(entry, Partner="yes", Kind="Council", Which="Dudley")
        answer(entry, Partner="no")
        assert len(build_content(fresh(entry))[0]["answers"]) == 1
        answer(entry, Partner="yes")
        assert build_content(fresh(entry))[0]["answers"][-1]["text"] == "Dudley"

    def test_what_a_condition_waits_for_must_exist(self, stage):
        words = ask(stage, kind="short-text", label="Words")
        ask(stage, kind="short-text", label="Later", condition_on=words, condition_answers="Yes")
        sure = ask(stage, kind="yes-no", label="Sure")
        ask(stage, kind="short-text", label="Odd", condition_on=sure, condition_answers="Perhaps")
        last = Question.objects.create(stage=stage, kind="yes-no", label="Last", sort_order=90)
        ask(stage, kind="short-text", label="Early", condition_on=last, condition_answers="Yes")
        said = " ".join(text for _, text in find_problems(stage.call))
        for words in ("“Later” of", "“Odd” waits for the answer", "“Early” of"):
            assert words in said

    @given(st.lists(st.sampled_from(["yes", "no", ""]), min_size=4, max_size=4))
    def test_a_chain_breaks_where_an_answer_does(self, typed):
        specs = [
            {"id": n, "condition": {"question": n - 1, "answers": ["Yes"]} if n else None}
            for n in range(5)
        ]
        asked = [spec["id"] for spec in asked_specs(specs, dict(enumerate(typed)))]
        unbroken = len(list(itertools.takewhile(lambda text: text == "yes", typed)))
        assert asked == list(range(unbroken + 1))


def test_judges_do_not_read_what_only_officers_do(stage):
    ask(stage, kind="short-text", label="Idea")
    ask(stage, kind="short-text", label="Bank", audience=Audience.OFFICERS)
    entry = draft(stage)
    answer(entry, Idea="Good", Bank="12-34-56")
    submit_entry(entry=entry, actor=entry.person)
    closed = close_stage(entry.stage)
    [reading] = readings(assign(make_judge(closed), fresh(entry)))
    assert [each.label for each in reading.answers] == ["Idea"]


def test_a_calls_wanted_capabilities_are_sealed_with_the_question(stage):
    capability = CapabilityFactory(name="Sensors")
    WantedCapability.objects.create(call=stage.call, capability=capability, level=3)
    ask(stage, kind=QuestionKind.CAPABILITIES, label="Offer")
    entry = draft(stage)
    assert entry.specs[0]["wanted"][0]["name"] == "Sensors"
    answer(entry, Offer=[["", "Expert", "Forty homes"]])
    content, problems = build_content(fresh(entry))
    assert not problems and content["answers"][0]["text"] == "Sensors: Expert (Forty homes)"
