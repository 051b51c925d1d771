"""The dashboard, the desk and the menu count the same things."""

from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from challenges.calls.cancelling import MATTER
from challenges.calls.enquiries import ask
from challenges.calls.models import CallState, Stage
from challenges.calls.sign_offs import propose
from challenges.judging.models import Appeal
from challenges.judging.services.appeals import answer_appeal, file_appeal
from cms.desk.home import DeskPanel
from cms.desk.waiting import Waiting, to_approve, to_sign, waiting_for
from tests.awards.after import build
from tests.factories import (
    RegionFactory,
    UserFactory,
    assign,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)

pytestmark = pytest.mark.django_db


def test_one_of_each_kind_is_counted_everywhere() -> None:
    officer, other = make_officer(), make_officer()
    region = RegionFactory()
    make_call(state=CallState.PROPOSED, proposed_by=other)
    ask(call=make_call(closes_in=timedelta(days=20)), text="May we?", actor=UserFactory())
    call = make_call(title="Damp homes")
    entry = submit(make_entry(call=call))
    now = timezone.now()
    Stage.objects.filter(pk=entry.stage_id).update(
        opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=2), scores_due_at=now
    )
    for _ in range(2):
        assign(make_judge(entry.stage), entry)
    propose(matter=MATTER, thing=call, reason="No money.", actor=other)

    waiting = waiting_for(officer)
    assert (waiting.to_approve, waiting.to_sign, waiting.enquiries) == (1, 1, 1)
    assert (waiting.undecided, waiting.late, waiting.appeals) == (1, 2, 0)
    assert waiting.total == 6
    assert waiting.to_approve == to_approve(officer).count()
    assert waiting.to_sign == to_sign(officer).count()

    page = sign_in(Client(), officer).get("/dashboard/").content.decode()
    for said in ("6 things wait for you", "1 question to answer", "2 judges who are late"):
        assert said in page
    desk = sign_in(Client(), officer).get("/admin/").content.decode()
    assert "Calls (1 to approve)" in desk

    elsewhere = make_officer(RegionFactory(code="E47000001", slug="elsewhere", name="Elsewhere"))
    assert waiting_for(elsewhere).total == 0
    assert region.pk == call.region_id


def calls_to_approve(number: int, other: Any) -> None:
    for _ in range(number):
        make_call(state=CallState.PROPOSED, proposed_by=other)


def things_to_sign(number: int, other: Any) -> None:
    for _ in range(number):
        call = make_call()
        make_entry(call=call)
        propose(matter=MATTER, thing=call, reason="No money.", actor=other)


def questions(number: int, other: Any) -> None:
    call = make_call(closes_in=timedelta(days=20))
    for _ in range(number):
        ask(call=call, text="May we?", actor=UserFactory())


def stages_to_decide(number: int, other: Any) -> None:
    for _ in range(number):
        _panel_over(submit(make_entry()))


def late_judges(number: int, other: Any) -> None:
    entry = submit(make_entry())
    _panel_over(entry)
    for _ in range(number):
        assign(make_judge(entry.stage), entry)


def _panel_over(entry: Any) -> None:
    now = timezone.now()
    Stage.objects.filter(pk=entry.stage_id).update(
        opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=2), scores_due_at=now
    )


def appeals(number: int, other: Any) -> None:
    after = build(winners=1, entries=number + 1)
    for each in range(1, number + 1):
        file_appeal(
            entry=after.entry(each), kind="appeal", grounds="Wrong.", actor=after.member(each)
        )


def upheld(number: int, other: Any) -> None:
    before = list(Appeal.objects.values_list("pk", flat=True))
    appeals(number, other)
    for appeal in Appeal.objects.exclude(pk__in=before):
        answer_appeal(appeal=appeal, event="uphold", answer="Yes.", actor=other)


KINDS: dict[str, Callable[[int, Any], None]] = {
    "to_approve": calls_to_approve,
    "to_sign": things_to_sign,
    "enquiries": questions,
    "appeals": appeals,
    "to_carry_out": upheld,
    "undecided": stages_to_decide,
    "late": late_judges,
}


def test_every_kind_is_here() -> None:
    assert KINDS.keys() == {each.name for each in fields(Waiting)}


@pytest.mark.parametrize("chosen", [(kind,) for kind in KINDS] + [tuple(KINDS)], ids="+".join)
@pytest.mark.parametrize("number", [1, 3])
def test_the_dashboard_counts_what_the_desk_lists(chosen: tuple[str, ...], number: int) -> None:
    officer, other = make_officer(), make_officer()
    for kind in chosen:
        KINDS[kind](number, other)
    request = RequestFactory().get("/admin/")
    request.user = officer
    shown = DeskPanel(request).get_context_data()
    counts = {
        kind: shown[kind] if isinstance(shown[kind], int) else len(shown[kind]) for kind in KINDS
    }
    waiting = waiting_for(officer)
    assert counts == asdict(waiting)
    assert all(counts[kind] >= number for kind in chosen)
    page = sign_in(Client(), officer).get("/dashboard/").content.decode()
    assert f"{waiting.total} thing" in page and "Nothing waits for you" not in page
    for words, many, _ in waiting.rows():
        one, several = words.split(",")
        assert f"{many} {one if many == 1 else several}" in page
    desk = sign_in(Client(), officer).get("/admin/").content.decode()
    assert "waits for you" not in desk


def test_where_nothing_waits_both_say_so() -> None:
    officer = make_officer()
    page = sign_in(Client(), officer).get("/dashboard/").content.decode()
    assert waiting_for(officer).total == 0 and "Nothing waits for you" in page
