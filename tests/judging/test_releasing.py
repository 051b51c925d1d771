"""Two officers release: who proposes and signs, what changed, and when it goes out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from challenges.awards.models import Award
from challenges.calls.models import SignOff, Stage
from challenges.calls.sign_offs import propose, sign
from challenges.judging.models import (
    RELEASE_MATTER,
    Assignment,
    Conflict,
    Decision,
    OutgoingLetter,
    Panel,
    PanelMember,
    Release,
    ReleaseState,
)
from challenges.judging.results import released_result
from challenges.judging.services import outbox, releasing
from challenges.judging.services.releasing import (
    carry_out_due,
    propose_release,
    release_decisions,
    stop_release,
)
from challenges.judging.workflow import RELEASE
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.services import withdraw_entry
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import revoke_role
from marketplace.activity.models import Notification
from marketplace.errors import NotAllowed, Refused, WrongState
from tests.factories import (
    RegionFactory,
    UserFactory,
    make_officer,
    release,
    signed_release,
)
from tests.judging.conftest import World, build_world
from tests.judging.test_decisions import decide

pytestmark = pytest.mark.django_db


def fresh(world: World) -> Stage:
    return Stage.objects.get(pk=world.stage.pk)


def test_nothing_goes_out_before_two_have_signed_and_the_time_has_passed(
    decided: World, second: User
) -> None:
    sign_off = propose_release(stage=fresh(decided), actor=decided.officer)
    with pytest.raises(NotAllowed):
        sign(sign_off=sign_off, actor=decided.officer)
    with pytest.raises(WrongState, match="not signed"):
        release_decisions(sign_off=sign_off)
    signed = sign(sign_off=sign_off, actor=second)
    waiting = Release.objects.get()
    assert waiting.goes_out_at - timezone.now() > timedelta(minutes=9)
    with pytest.raises(Refused, match="It goes out on"):
        release_decisions(sign_off=signed)
    assert carry_out_due() == 0
    assert not Award.objects.exists()
    assert carry_out_due(waiting.goes_out_at) == 1
    assert carry_out_due(waiting.goes_out_at) == 0
    assert Award.objects.count() == 1
    with pytest.raises(WrongState):
        release_decisions(sign_off=signed, now=waiting.goes_out_at)


def test_who_judges_or_has_a_tie_neither_proposes_nor_signs(decided: World) -> None:
    judging, tied = make_officer(decided.call.region), make_officer(decided.call.region)
    PanelMember.objects.filter(pk=decided.judge.pk).update(user=judging)
    Conflict.objects.create(officer=tied, entry=decided.entry, nature="A friend.")
    elsewhere = make_officer(RegionFactory(code="E47000001", slug="x", short_name="X"))
    sign_off = propose_release(
        stage=fresh(decided), actor=decided.officer, reasons={"conflict": "Known."}
    )
    for person in (judging, tied, elsewhere, decided.applicant, UserFactory()):
        with pytest.raises(NotAllowed):
            sign(sign_off=sign_off, actor=person)
    SignOff.objects.all().delete()
    for person in (judging, tied, elsewhere, decided.applicant, UserFactory()):
        with pytest.raises(NotAllowed):
            propose_release(stage=fresh(decided), actor=person)


def test_there_is_no_way_round_by_the_lower_verb(decided: World, second: User) -> None:
    with pytest.raises(Refused):
        propose(matter=RELEASE_MATTER, thing=decided.stage, reason="x", actor=decided.officer)
    with pytest.raises(Refused):
        propose(
            matter=RELEASE_MATTER,
            thing=decided.stage,
            reason="x",
            actor=decided.officer,
            content={"oddities": [], "entries": {}, "figures": []},
        )
    assert not SignOff.objects.exists()


CHANGES: dict[str, Any] = {
    "an outcome": lambda w: decide(w, "not-awarded", w.entries[:1]),
    "an amount": lambda w: Decision.objects.filter(entry=w.entry).update(amount=1),
    "feedback": lambda w: Decision.objects.filter(entry=w.entry).update(feedback="More."),
    "a score": lambda w: Assignment.objects.filter(entry=w.entry).update(total=99),
    "a letter": lambda w: OutgoingLetter.objects.create(
        decision=w.entry.decision, body="Hello", edited_at=timezone.now(), edited_by=w.officer
    ),
    "something odd": lambda w: Panel.objects.update(reviews_per_pitch=3),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_after_the_proposal_is_not_signed(
    decided: World, second: User, change: str
) -> None:
    sign_off = propose_release(stage=fresh(decided), actor=decided.officer)
    CHANGES[change](decided)
    with pytest.raises(Refused):
        sign(sign_off=sign_off, actor=second)
    assert not Release.objects.exists()


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "an outcome"])
def test_what_changed_after_the_signature_does_not_go_out_and_officers_hear(
    decided: World, second: User, change: str
) -> None:
    signed_release(decided.stage, decided.officer, second=second)
    CHANGES[change](decided)
    assert carry_out_due() == 0
    refused = Release.objects.get()
    assert (refused.state, bool(refused.why)) == (ReleaseState.REFUSED, True)
    assert fresh(decided).released_at is None
    assert released_result(decided.entry) is None
    for officer in (decided.officer, second):
        assert Notification.objects.filter(
            recipient=officer, subject__startswith="Not released"
        ).exists()


@pytest.mark.parametrize("who", ["proposer", "signer"])
def test_a_release_of_somebody_who_may_no_longer_decide_does_not_go_out(
    decided: World, second: User, who: str
) -> None:
    signed_release(decided.stage, decided.officer, second=second)
    person = decided.officer if who == "proposer" else second
    Conflict.objects.create(officer=person, entry=decided.entry, nature="A friend.", was_found=True)
    assert carry_out_due() == 0
    assert Release.objects.get().state == ReleaseState.REFUSED


def test_a_team_may_withdraw_while_it_waits_and_hears_nothing(decided: World, second: User) -> None:
    signed_release(decided.stage, decided.officer, second=second)
    lost = decided.entries[1]
    team = User.objects.get(memberships__organisation=lost.pitch.organisation)
    withdraw_entry(entry=lost, actor=team)
    assert carry_out_due() == 1
    assert Entry.objects.get(pk=lost.pk).state == EntryState.WITHDRAWN
    assert Decision.objects.get(entry=lost).released_at is None
    assert not Notification.objects.filter(recipient=team, subject__startswith="Not taken")
    assert Award.objects.count() == 1


def test_while_it_waits_nothing_is_decided_or_written(decided: World, second: User) -> None:
    signed_release(decided.stage, decided.officer, second=second)
    decision = decided.entry.decision
    for act in (
        lambda: decide(decided, "not-awarded"),
        lambda: outbox.hold_letter(decision=decision, reason="x", actor=decided.officer),
        lambda: outbox.write_letter(decision=decision, text="x", actor=decided.officer),
    ):
        with pytest.raises(Refused, match="stop it first"):
            act()


# --- Time, and stopping -----------------------------------------------------------------


def test_any_officer_of_the_call_stops_it_and_it_can_be_proposed_again(
    decided: World, second: User
) -> None:
    signed_release(decided.stage, decided.officer, second=second)
    waiting = Release.objects.get()
    judging = make_officer(decided.call.region)
    with pytest.raises(Refused, match="why"):
        stop_release(release=waiting, reason=" ", actor=judging)
    for person in (decided.applicant, decided.judge.user, UserFactory()):
        with pytest.raises(NotAllowed):
            stop_release(release=waiting, reason="No.", actor=person)
    PanelMember.objects.filter(pk=decided.judge.pk).update(user=judging)
    stop_release(release=waiting, reason="One letter is wrong.", actor=judging)
    assert carry_out_due(waiting.goes_out_at + timedelta(days=1)) == 0
    assert not Award.objects.exists()
    with pytest.raises(WrongState):
        stop_release(release=waiting, reason="Again.", actor=judging)
    PanelMember.objects.filter(pk=decided.judge.pk).update(user=decided.judge.user)
    release(decided.stage, decided.officer, second=second)
    assert Award.objects.count() == 1
    with pytest.raises(WrongState):
        stop_release(release=Release.objects.first(), reason="Too late.", actor=second)


@pytest.mark.parametrize("what", ["proposed", "signed"])
def test_officers_read_that_one_of_the_two_may_not_decide_any_more(
    decided: World, second: User, what: str
) -> None:
    """Their role was taken, their account was closed, or they came to judge meanwhile."""
    signed_release(decided.stage, decided.officer, second=second)
    gone, stays = decided.officer, second
    if what == "signed":
        gone, stays = stays, gone
    revoke_role(user=gone, region=decided.call.region, role=Role.OFFICER)
    assert carry_out_due() == 0
    message = Notification.objects.filter(recipient=stays, subject__startswith="Not released").get()
    assert f"The officer who {what} it may not decide this stage any more" in message.body


def test_the_database_lets_one_release_of_a_stage_wait(decided: World, second: User) -> None:
    signed_release(decided.stage, decided.officer, second=second)
    sign_off = SignOff.objects.get()
    other = SignOff.objects.create(
        call=decided.call,
        matter="x",
        thing_id=1,
        reason="x",
        stood="x",
        proposed_by=decided.officer,
    )
    for state in ("waiting", "done"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Release.objects.create(
                stage=decided.stage, sign_off=other, state=state, goes_out_at=timezone.now()
            )
    assert sign_off.release.state == "waiting"


def test_it_goes_out_at_the_moment_that_was_chosen(decided: World, second: User) -> None:
    at = timezone.now() + timedelta(days=2)
    at = timezone.localtime(at).replace(hour=9, minute=30, second=0, microsecond=0)
    sign_off = propose_release(stage=fresh(decided), actor=decided.officer, goes_out_at=at)
    sign(sign_off=sign_off, actor=second)
    assert Release.objects.get().goes_out_at == at
    assert carry_out_due(at - timedelta(seconds=1)) == 0
    assert carry_out_due(at) == 1
    assert Stage.objects.get(pk=decided.stage.pk).released_at == at


def test_one_signed_after_its_moment_still_waits_the_ten_minutes(
    decided: World, second: User
) -> None:
    at = timezone.now() + timedelta(minutes=1)
    sign_off = propose_release(stage=fresh(decided), actor=decided.officer, goes_out_at=at)
    with time_machine.travel(at + timedelta(hours=1)):
        sign(sign_off=sign_off, actor=second)
        assert Release.objects.get().goes_out_at > timezone.now() + timedelta(minutes=9)


MOMENTS = {
    "past": datetime(2026, 11, 1, 9, tzinfo=UTC),
    "midnight in winter": datetime(2026, 12, 2, 0, tzinfo=UTC),
    "midnight in summer, an hour before in UTC": datetime(2027, 3, 29, 23, tzinfo=UTC),
    "too far": datetime(2027, 6, 1, 9, tzinfo=UTC),
    "after the next stage opens": datetime(2026, 12, 30, 9, tzinfo=UTC),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_that_can_not_be(name: str) -> None:
    now = (
        datetime(2027, 2, 1, 9, tzinfo=UTC)
        if "summer" in name
        else datetime(2026, 11, 28, 9, tzinfo=UTC)
    )
    world = build_world(stages=2 if "next" in name else 1)
    Stage.objects.filter(call=world.call, order=2).update(
        opens_at=datetime(2026, 12, 22, 9, tzinfo=UTC),
        closes_at=datetime(2027, 1, 22, 9, tzinfo=UTC),
        scores_due_at=datetime(2027, 1, 29, 9, tzinfo=UTC),
    )
    with pytest.raises(Refused):
        releasing.check_moment(world.stage, MOMENTS[name], now)
    releasing.check_moment(world.stage, now + timedelta(hours=1), now)


@pytest.mark.parametrize("state", ReleaseState.values)
@pytest.mark.parametrize("event", RELEASE.events)
def test_every_state_event_and_role(decided: World, second: User, event: str, state: str) -> None:
    signed_release(decided.stage, decided.officer, second=second)
    people = {
        "officer": decided.officer,
        "judge": decided.judge.user,
        "team": decided.applicant,
        "elsewhere": make_officer(RegionFactory(code="E47000001", slug="x", short_name="X")),
    }
    may = {"go-out": {"officer"}, "stop": {"officer"}, "refuse": set(people)}
    for role, person in people.items():
        one = Release.objects.select_related("stage__call").get()
        one.state = state
        allowed = state == "waiting" and role in may[event]
        assert RELEASE.allows(event, one, person) == allowed, (event, state, role)
