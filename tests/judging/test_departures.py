"""Decisions that depart from the ranking are seen, and somebody says why."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.calls.models import SignOff, Stage, TieBreak
from challenges.judging.before_release import Ready
from challenges.judging.decisions import decide
from challenges.judging.departures import departures
from challenges.judging.services.releasing import propose_release
from challenges.judging.standing import Marks, Rules, stand
from marketplace.activity.models import Record
from marketplace.errors import Incomplete, Refused
from tests.desk.helpers import signed_in, url
from tests.factories import assign, make_judge, make_officer, release
from tests.judging.conftest import write_review
from tests.judging.test_standing import sealed_stage


def ranked(*totals: int) -> list[Any]:
    marks = [Marks(n, f"P{n}", [Decimal(total)], [total]) for n, total in enumerate(totals)]
    return stand(marks, Rules())


@pytest.mark.parametrize(
    ("forward", "places", "expected"),
    [
        ({0}, 1, []),
        ({0, 1}, 2, []),
        (set(), 1, []),
        ({1}, 1, ["P1, place 2, goes forward before P0, place 1."]),
        ({0, 1}, 1, ["2 go forward; the rules promise 1."]),
        ({0, 1, 2}, None, ["Of the pitches level at place 3, some go forward and some do not."]),
    ],
)
def test_what_departs(forward: set[int], places: int | None, expected: list[str]) -> None:
    assert departures(ranked(90, 80, 70, 70), forward, places) == expected


def test_one_that_nobody_scored() -> None:
    standings = stand([Marks(0, "P0", [Decimal(50)], [50]), Marks(1, "P1")], Rules())
    assert departures(standings, {0, 1}, None) == [
        "P1 goes forward without a place in the ranking."
    ]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=30, unique=True), st.integers(0, 30))
def test_the_first_of_the_ranking_never_depart(totals: list[int], places: int) -> None:
    standings = ranked(*totals)
    forward = {row.entry for row in standings[:places]}
    assert departures(standings, forward, places) == []


def decided(*outcomes: str, amount: int = 10, **rules: object) -> tuple[Stage, Any]:
    """A stage whose pitches were scored 4, 3, … and decided so."""
    stage = sealed_stage(len(outcomes), **rules)
    judge, officer = make_judge(stage), make_officer()
    for value, entry, outcome in zip(
        (4, 3, 2), stage.entries.order_by("pk"), outcomes, strict=False
    ):
        write_review(assign(judge, entry), value)
        money = {"amount": Decimal(amount)} if outcome == "awarded" else {}
        decide(stage=stage, entries=[entry], outcome=outcome, reason="Why.", actor=officer, **money)
    return stage, officer


@pytest.mark.django_db
def test_a_release_out_of_order_wants_a_reason_and_keeps_it() -> None:
    stage, officer = decided("not-awarded", "awarded")
    others = {each.code: "Fine." for each in Ready(stage).oddities if each.code != "departure"}
    with pytest.raises(Incomplete, match="missing or unusual") as refusal:
        propose_release(stage=stage, actor=officer, reasons=others)
    assert ["place 2" in sentence for _, sentence in refusal.value.problems] == [True]
    release(stage, officer, explanation="The first firm closed.")
    detail = Record.objects.get(verb="judging.released").detail
    assert (
        detail["explanation"] == "The first firm closed." and "place 2" in detail["departures"][0]
    )


@pytest.mark.django_db
def test_one_in_order_wants_none() -> None:
    stage, officer = decided("awarded", "not-awarded")
    release(stage, officer)
    assert "explanation" not in Record.objects.get(verb="judging.released").detail


@pytest.mark.django_db
def test_awards_over_the_budget_want_one_too() -> None:
    stage, officer = decided("awarded", "awarded", amount=30_000)
    type(stage.call).objects.filter(pk=stage.call_id).update(budget=50_000)
    with pytest.raises(Incomplete) as refusal:
        propose_release(stage=stage, actor=officer)
    sentence = "The awards come to £60,000; the budget is £50,000."
    assert ("departure:budget", sentence) in refusal.value.problems


@pytest.mark.django_db
def test_level_pitches_wait_for_their_draw() -> None:
    stage = sealed_stage(2, tie_break=TieBreak.DRAW, places=1)
    judge, officer = make_judge(stage), make_officer()
    for entry in stage.entries.all():
        write_review(assign(judge, entry), 3)
    decide(
        stage=stage,
        entries=list(stage.entries.all()),
        outcome="not-awarded",
        reason="x",
        actor=officer,
    )
    with pytest.raises(Refused, match="the rules draw between them"):
        release(stage, officer, explanation="x")


@pytest.mark.django_db
def test_the_page_asks_for_it() -> None:
    stage, officer = decided("not-awarded", "awarded")
    client = signed_in(officer)
    page = url("release", stage.pk)
    assert "goes forward before" in client.get(page).content.decode()
    assert client.post(page).status_code == 400
    assert not SignOff.objects.exists()
    boxes = [f"{each.code}:{each.about}" for each in Ready(stage).oddities]
    client.post(page, dict.fromkeys(boxes, "The first firm closed."))
    assert "The first firm closed." in str(SignOff.objects.get().content)
    assert Stage.objects.get(pk=stage.pk).released_at is None
