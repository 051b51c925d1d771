"""Every check of a call: one row each, found, said where it is typed, and what it does there."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from challenges.calls.checks import CHECKS, Finding, Severity, find_findings
from challenges.calls.checks.scoring import shares
from challenges.calls.models import (
    ASK_KINDS,
    Audience,
    Call,
    CallState,
    Criterion,
    Question,
    Section,
    Stage,
)
from challenges.calls.services import approve_call, find_problems, propose_call
from challenges.calls.shapes import SHAPES
from marketplace.activity.models import Record
from marketplace.errors import Incomplete
from marketplace.times import LONDON
from tests.desk.helpers import signed_in, url
from tests.factories import make_call, make_officer

pytestmark = pytest.mark.django_db

STOPS, ASKS, NOTE = Severity.STOPS, Severity.ASKS, Severity.NOTE
SHORT = timedelta(days=1)


def next_weekday(weekday: int, hour: int = 12) -> datetime:
    """A day in one to two weeks, of this weekday (0: Monday), in London."""
    start = timezone.localtime() + timedelta(days=8)
    day = start.date() + timedelta(days=(weekday - start.weekday()) % 7)
    return datetime(day.year, day.month, day.day, hour, tzinfo=LONDON)


def draft(**fields: Any) -> Call:
    """A draft of two stages in which everything hangs together, on working days at noon."""
    call = make_call(state=CallState.DRAFT, stages=2, **fields)
    first, second = call.stages.all()
    opens = next_weekday(1)
    for stage in (first, second):
        closes = opens + timedelta(days=7)
        Stage.objects.filter(pk=stage.pk).update(
            opens_at=opens,
            closes_at=closes,
            scores_due_at=closes + timedelta(days=6),
            decision_on=(closes + timedelta(days=7)).date(),
            places=5 if stage.order == 1 else 1,
        )
        opens = closes + timedelta(days=8)
    Question.objects.filter(stage=first, kind="money").update(is_ask=True)
    return Call.objects.get(pk=call.pk)


def stage_of(call: Call, order: int = 1) -> Stage:
    return call.stages.get(order=order)


def change(order: int = 1, **fields: Any) -> Callable[[Call], None]:
    """Write fields of a stage; a function is given the stage."""

    def act(call: Call) -> None:
        stage = stage_of(call, order)
        values = {name: v(stage) if callable(v) else v for name, v in fields.items()}
        Stage.objects.filter(pk=stage.pk).update(**values)

    return act


def money(**fields: Any) -> Callable[[Call], None]:
    return lambda call: Call.objects.filter(pk=call.pk).update(**fields) and None


def criterion(**fields: Any) -> Callable[[Call], None]:
    return lambda call: (
        Criterion.objects.filter(pk=stage_of(call).criteria.first().pk).update(**fields) and None
    )


def ask(*rows: dict[str, Any]) -> Callable[[Call], None]:
    """Put these questions before those of the first stage.

    `condition_on` is the place, from 0, of the one that is waited for.
    """

    def act(call: Call) -> None:
        stage_of(call).questions.update(sort_order=90)
        made = [
            Question.objects.create(
                stage=stage_of(call), sort_order=order, **{**fields, "condition_on": None}
            )
            for order, fields in enumerate(rows)
        ]
        for question, fields in zip(made, rows, strict=True):
            if (place := fields.get("condition_on")) is not None:
                Question.objects.filter(pk=question.pk).update(condition_on=made[place])

    return act


def of_another_stage(call: Call) -> None:
    ask(YES_NO, {"label": "Far", "condition_answers": "Yes"})(call)
    other = Question.objects.create(stage=stage_of(call, 2), **YES_NO)
    stage_of(call).questions.filter(label="Far").update(condition_on=other)


def gone(call: Call) -> None:
    ask(YES_NO, {"label": "Far", "condition_on": 0, "condition_answers": "Yes"})(call)
    stage_of(call).questions.get(sort_order=0).delete()


def one_criterion(call: Call) -> None:
    stage_of(call).criteria.last().delete()


def blind_second(call: Call) -> None:
    Stage.objects.filter(call=call, order=2).update(is_blind=True)


def same_question(call: Call) -> None:
    Question.objects.create(stage=stage_of(call), label="What  would you DO?", sort_order=9)


def same_criterion(call: Call) -> None:
    stage_of(call).criteria.update(name="Impact")


def officers_only(call: Call) -> None:
    stage_of(call).questions.update(audience=Audience.OFFICERS)


def unmark(call: Call) -> None:
    Question.objects.filter(stage__call=call).update(is_ask=False)


def no_money_question(call: Call) -> None:
    Question.objects.filter(stage__call=call, kind="money").delete()


def mark_words(call: Call) -> None:
    Question.objects.filter(stage__call=call, kind="long-text").update(is_ask=True)


YES_NO = {"kind": "yes-no", "label": "Are you a company?"}
GATE = {**YES_NO, "section": Section.ELIGIBILITY, "acceptable": "Yes"}
PAST = timezone.now() - timedelta(days=2)

ROWS: list[tuple[str, Severity, str, str, Any]] = [
    # code, what it does, where, the field (or its end), how to bring it about
    ("no-objective", STOPS, "objectives", "objectives", lambda call: call.objectives.clear()),
    ("no-route", STOPS, "legal_route", "legal_route", money(legal_route="")),
    ("no-stage", STOPS, "stages", "", lambda call: call.stages.all().delete()),
    ("no-question", STOPS, "stage", "", lambda call: stage_of(call).questions.all().delete()),
    ("no-criterion", STOPS, "stage", "", lambda call: stage_of(call).criteria.all().delete()),
    (
        "closed-already",
        STOPS,
        "stage",
        "closes_at",
        change(opens_at=PAST - SHORT, closes_at=PAST),
    ),
    ("opened-long-ago", ASKS, "stage", "opens_at", change(opens_at=PAST - timedelta(days=30))),
    (
        "no-time-to-score",
        STOPS,
        "stage",
        "scores_due_at",
        change(scores_due_at=lambda s: s.closes_at),
    ),
    (
        "decided-before-scored",
        STOPS,
        "stage",
        "decision_on",
        change(decision_on=lambda s: s.closes_at.date()),
    ),
    (
        "enquiries-after-close",
        STOPS,
        "stage",
        "questions_until",
        change(questions_until=lambda s: s.closes_at + SHORT),
    ),
    (
        "enquiries-too-early",
        ASKS,
        "stage",
        "questions_until",
        change(questions_until=lambda s: s.opens_at - SHORT),
    ),
    (
        "opens-before-close",
        STOPS,
        "stage",
        "opens_at",
        change(2, opens_at=lambda s: s.opens_at - timedelta(days=9)),
    ),
    (
        "opens-before-scores",
        STOPS,
        "stage",
        "opens_at",
        change(2, opens_at=lambda s: s.opens_at - timedelta(days=3)),
    ),
    (
        "opens-before-decision",
        STOPS,
        "stage",
        "opens_at",
        change(2, opens_at=lambda s: s.opens_at - timedelta(days=2)),
    ),
    (
        "midnight",
        ASKS,
        "stage",
        "closes_at",
        change(closes_at=lambda s: s.closes_at.astimezone(LONDON).replace(hour=0)),
    ),
    (
        "midnight",
        NOTE,
        "stage",
        "scores_due_at",
        change(scores_due_at=lambda s: s.scores_due_at.astimezone(LONDON).replace(hour=0)),
    ),
    ("day-off", NOTE, "stage", "closes_at", change(closes_at=lambda s: s.closes_at - 2 * SHORT)),
    (
        "day-off",
        NOTE,
        "stage",
        "decision_on",
        change(2, decision_on=lambda s: s.decision_on + 4 * SHORT),
    ),
    ("award-above-budget", STOPS, "award_limit", "award_limit", money(budget=49_999)),
    ("places-above-budget", NOTE, "award_limit", "award_limit", None),
    ("award-of-nothing", ASKS, "award_limit", "award_limit", money(award_limit=0)),
    ("ask-without-limit", NOTE, "award_limit", "award_limit", money(award_limit=None)),
    ("limit-without-ask", ASKS, "award_limit", "award_limit", unmark),
    ("limit-without-ask", ASKS, "award_limit", "award_limit", no_money_question),
    ("two-asks", ASKS, "stage", "is_ask", ask({"kind": "money", "label": "More?", "is_ask": True})),
    ("ask-of-another-kind", STOPS, "stage", "is_ask", mark_words),
    ("weights", ASKS, "stage", "weight", criterion(weight=65)),
    ("anchor-off-scale", STOPS, "stage", "anchors", criterion(anchors="6: too good")),
    ("minimum-off-scale", STOPS, "stage", "minimum", criterion(minimum=6)),
    ("minimum-is-highest", ASKS, "stage", "minimum", criterion(minimum=5)),
    ("total-is-highest", ASKS, "stage", "minimum_total", change(minimum_total=100)),
    ("total-implied", NOTE, "stage", "minimum_total", None),
    ("idle-tie-break", ASKS, "stage", "tie_break", one_criterion),
    ("idle-tie-break", ASKS, "stage", "tie_break", criterion(weight=40)),
    ("same-criterion", NOTE, "stage", "name", same_criterion),
    ("no-places", NOTE, "stage", "places", change(places=None)),
    ("more-places", ASKS, "stage", "places", change(2, places=6)),
    ("blind-too-late", NOTE, "stage", "is_blind", blind_second),
    ("blind-team", ASKS, "stage", "identifies", None),
    (
        "few-choices",
        STOPS,
        "stage",
        "choices",
        ask({"kind": "choice", "label": "Which?", "choices": "A\na"}),
    ),
    (
        "same-choice",
        NOTE,
        "stage",
        "choices",
        ask({"kind": "choice", "label": "Which?", "choices": "A\na\nB"}),
    ),
    (
        "condition",
        STOPS,
        "stage",
        "condition_on",
        ask({"label": "Later", "condition_on": 1, "condition_answers": "Yes"}, YES_NO),
    ),
    ("condition", STOPS, "stage", "condition_on", of_another_stage),
    ("condition-gone", STOPS, "stage", "condition_on", gone),
    (
        "condition-answer",
        STOPS,
        "stage",
        "condition_answers",
        ask(YES_NO, {"label": "Which one?", "condition_on": 0, "condition_answers": "Perhaps"}),
    ),
    (
        "condition-answer",
        STOPS,
        "stage",
        "condition_answers",
        ask(YES_NO, {"label": "Which one?", "condition_on": 0, "condition_answers": " \n"}),
    ),
    (
        "condition-retired",
        STOPS,
        "stage",
        "condition_on",
        ask(
            {**YES_NO, "retired_at": PAST},
            {"label": "Which one?", "condition_on": 0, "condition_answers": "Yes"},
        ),
    ),
    (
        "condition-too-late",
        STOPS,
        "stage",
        "condition_on",
        ask(
            YES_NO, {**GATE, "label": "In England?", "condition_on": 0, "condition_answers": "Yes"}
        ),
    ),
    (
        "condition-of-nobody",
        ASKS,
        "stage",
        "condition_on",
        ask(GATE, {"label": "Why not?", "condition_on": 0, "condition_answers": "No"}),
    ),
    ("gate-without-answer", STOPS, "stage", "acceptable", ask({**GATE, "acceptable": ""})),
    ("gate-without-answer", STOPS, "stage", "acceptable", ask({**GATE, "acceptable": "Maybe"})),
    ("gate-of-another-kind", STOPS, "stage", "kind", ask({**GATE, "kind": "number"})),
    ("gate-for-all", NOTE, "stage", "acceptable", ask({**GATE, "acceptable": "yes\nno"})),
    ("gate-can-be-skipped", ASKS, "stage", "required", ask({**GATE, "required": False})),
    ("idle-word-limit", NOTE, "stage", "max_words", ask({**YES_NO, "max_words": 50})),
    ("same-question", NOTE, "stage", "label", same_question),
    ("nothing-to-judge", ASKS, "stage", "", officers_only),
    (
        "legal-step",
        ASKS,
        "legal_route",
        "below-threshold-notice",
        money(legal_route="below-threshold"),
    ),
    ("legal-step", ASKS, "legal_route", "tender-notice", money(legal_route="covered")),
    ("route-money", NOTE, "legal_route", "", money(award_limit=400_000)),
]


def few_places(call: Call) -> None:
    money(budget=60_000)(call)
    change(2, places=2)(call)


def implied(call: Call) -> None:
    stage_of(call).criteria.update(minimum=3)
    change(minimum_total=55)(call)


@pytest.mark.parametrize("least", [60, 61])
def test_a_total_that_the_minimums_just_reach_is_implied(least: int) -> None:
    """3 of 5 on three criteria of one weight is 60 exactly; in floats it is a little less."""
    call = draft()
    stage = stage_of(call)
    stage.criteria.all().delete()
    for number in range(3):
        Criterion.objects.create(
            stage=stage, name=f"Criterion {number}", weight=1, scale=5, minimum=3
        )
    change(minimum_total=least)(call)
    found = {each.code for each in find_findings(Call.objects.get(pk=call.pk))}
    assert ("total-implied" in found) is (least == 60)


def blind_team(call: Call) -> None:
    ask({"kind": "team", "label": "Who?"})(call)
    Stage.objects.filter(call=call).update(is_blind=True)


OTHERS = {"places-above-budget": few_places, "total-implied": implied, "blind-team": blind_team}


def arrange(code: str, act: Any) -> tuple[Call, Finding | None]:
    call = draft()
    (act or OTHERS[code])(call)
    call = Call.objects.get(pk=call.pk)
    return call, next((each for each in find_findings(call) if each.code == code), None)


def test_a_draft_that_hangs_together_says_nothing() -> None:
    assert find_findings(draft()) == []


@pytest.mark.parametrize(
    ("code", "severity", "place", "field", "act"),
    ROWS,
    ids=[f"{r[0]}-{n}" for n, r in enumerate(ROWS)],
)
def test_each_check(code: str, severity: Severity, place: str, field: str, act: Any) -> None:
    call, found = arrange(code, act)
    assert found is not None
    rows = [each for each in find_findings(call) if each.code == code]
    found = next((each for each in rows if each.field.endswith(field)), rows[0])
    assert found.severity == severity
    assert found.place == place or (place == "stage" and found.place.startswith("stage-"))
    assert found.field.endswith(field)
    problems = find_problems(call)
    assert ((found.place, found.sentence) in problems) == (severity == STOPS)
    officer, other = make_officer(), make_officer()
    page = signed_in(officer).get(url("call", call.pk)).content.decode()
    assert found.sentence.replace("’", "&#x27;") in page or found.sentence in page
    if severity == STOPS:
        with pytest.raises(Incomplete) as refusal:
            propose_call(call=call, actor=officer)
        assert found.sentence in [sentence for _, sentence in refusal.value.problems]
        return
    sent = propose_call(call=call, actor=officer)
    asks = [each for each in find_findings(call) if each.asks]
    if severity == ASKS:
        with pytest.raises(Incomplete) as refusal:
            approve_call(call=sent, actor=other)
        assert found.key in dict(refusal.value.problems)
    reasons = {each.key: "It has to be so." for each in asks}
    approved = approve_call(call=sent, actor=other, reasons=reasons)
    assert approved.state == CallState.APPROVED
    detail = Record.objects.get(verb="calls.approved").detail
    assert len(detail.get("reasons", [])) == len(asks)


@pytest.mark.parametrize("name", SHAPES)
def test_a_common_shape_asks_no_reason_by_itself(name: str) -> None:
    """Weights of each stage add up to 100, and money that is asked for is marked."""
    for stage in SHAPES[name].stages:
        assert sum(each["weight"] for each in stage.criteria) == 100, stage.name
        assert all(q["is_ask"] for q in stage.questions if q["kind"] in ASK_KINDS)


def test_every_check_has_a_row() -> None:
    """Codes that only a broken database could show have none."""
    said = {code for code, *_ in ROWS}
    source = {
        code for check in CHECKS for code in check.__code__.co_consts if isinstance(code, str)
    }
    known = {"no-objective", "award-above-budget", "idle-tie-break", "same-question"}
    assert known <= said and known <= source


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ([35, 30, 20, 20], [33, 29, 19, 19]),
        ([60, 40], [60, 40]),
        ([1, 1, 1], [33, 33, 33]),
        ([], []),
    ],
)
def test_weights_as_applicants_see_them(given: list[int], seen: list[int]) -> None:
    assert shares([Criterion(weight=weight) for weight in given]) == seen


def test_the_weights_are_said_with_what_applicants_see() -> None:
    call = draft()
    stage_of(call).criteria.all().delete()
    for weight in (35, 30, 20, 20):
        Criterion.objects.create(stage=stage_of(call), name=f"Of {weight}", weight=weight)
    sentences = [each.sentence for each in find_findings(call) if each.code == "weights"]
    assert "add up to 105" in sentences[0] and "33/29/19/19 %" in sentences[0]


def test_the_clock_may_be_given() -> None:
    call = draft()
    closes = stage_of(call).closes_at
    assert find_problems(call, now=closes - timedelta(seconds=1)) == []
    assert [place for place, _ in find_problems(call, now=closes)] == [f"stage-{stage_of(call).pk}"]


def test_rounds_may_open_while_the_one_before_is_judged() -> None:
    call = draft(is_rolling=True)
    first, second = call.stages.all()
    Stage.objects.filter(pk=second.pk).update(opens_at=first.closes_at)
    assert find_problems(Call.objects.get(pk=call.pk)) == []


def test_checks_cost_the_same_for_one_stage_and_many(django_assert_num_queries: Any) -> None:
    call = draft(legal_route="grant")
    with django_assert_num_queries(8):
        find_findings(Call.objects.get(pk=call.pk))
    for order in range(3, 6):
        stage = stage_of(call, 2)
        stage.pk, stage.order, stage._state.adding = None, order, True
        stage.save()
    with django_assert_num_queries(8):
        find_findings(Call.objects.get(pk=call.pk))


def test_decisions_on_the_day_the_panel_closes_are_fine() -> None:
    call = draft()
    change(decision_on=lambda stage: stage.scores_due_at.astimezone(LONDON).date())(call)
    assert "decided-before-scored" not in {each.code for each in find_findings(call)}
    assert isinstance(stage_of(call).decision_on, date)
