"""The dashboard, the desk and the menu count the same things."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from challenges.calls.cancelling import MATTER
from challenges.calls.enquiries import ask
from challenges.calls.models import CallState, Stage
from challenges.calls.sign_offs import propose
from cms.desk.waiting import to_approve, to_sign, waiting_for
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
