"""Two officers release: what is odd, what is signed, when it goes out, what is held back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from challenges.awards.models import Award
from challenges.calls.models import LegalRoute, SignOff, Stage
from challenges.calls.sign_offs import propose, sign
from challenges.judging import decisions
from challenges.judging.before_release import Oddity, Ready, explain
from challenges.judging.looks import HEADINGS
from challenges.judging.models import (
    Assignment,
    Conflict,
    Decision,
    Meeting,
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
from challenges.judging.statistics import released_stages
from challenges.judging.workflow import RELEASE
from challenges.pitches.models import Entry, EntryState, Partner, ScanState
from challenges.pitches.services import withdraw_entry
from marketplace.accounts.models import User
from marketplace.activity.models import Notification, Record
from marketplace.errors import Incomplete, NotAllowed, Refused, WrongState
from tests.factories import (
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    assign,
    make_judge,
    make_officer,
    release,
    signed_release,
)
from tests.judging.conftest import World, attach, build_world, write_review
from tests.judging.test_decisions import decide, decide_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided() -> World:
    """One awarded, one not, each read by the promised number of judges; nothing to explain."""
    world = build_world()
    Panel.objects.update(reviews_per_pitch=1)
    write_review(world.assignment, 4)
    write_review(assign(world.judge, world.entries[1]), 2)
    decide_all(world)
    type(world.call).objects.update(legal_route=LegalRoute.GRANT)
    for key in ("subsidy-assessed", "grant-standard"):
        world.call.legal_notes.create(key=key, by=world.officer)
    return world


@pytest.fixture
def second(decided: World) -> User:
    return make_officer(decided.call.region)


def codes(world: World) -> set[str]:
    return {each.code for each in Ready(Stage.objects.get(pk=world.stage.pk)).oddities}


def reasons(world: World, text: str = "It was looked at.") -> dict[str, str]:
    return dict.fromkeys(codes(world), text)


def fresh(world: World) -> Stage:
    return Stage.objects.get(pk=world.stage.pk)


# --- What is odd ------------------------------------------------------------------------


def test_a_stage_in_order_has_nothing_to_explain(decided: World) -> None:
    assert codes(decided) == set()
    assert Ready(fresh(decided)).obstacles() == []


def _recused(world: World) -> None:
    Assignment.objects.filter(entry=world.entry).update(state="recused")


def _conflict(world: World) -> None:
    Conflict.objects.create(member=make_judge(world.stage), entry=world.entry, nature="A cousin.")


def _left(world: World) -> None:
    partner = Partner.objects.create(
        pitch=world.entry.pitch, organisation=OrganisationFactory(), part="Sensors", state="left"
    )
    Partner.objects.filter(pk=partner.pk).update(answered_at=timezone.now())


def _file(world: World) -> None:
    type(attach(world.entry)).objects.update(scan_state=ScanState.UNSCANNED)


def _late_review(world: World) -> None:
    assign(make_judge(world.stage), world.entry)
    Stage.objects.filter(pk=world.stage.pk).update(scores_due_at=timezone.now())


def _level(world: World) -> None:
    write_review(assign(make_judge(world.stage), world.entries[1]), 5)
    write_review(assign(make_judge(world.stage), world.entry), 3)
    Assignment.objects.filter(state="submitted").update(total=70, tie_score=70)
    rulebook = world.stage.rulebook
    type(rulebook).objects.filter(pk=rulebook.pk).update(content={**rulebook.content, "places": 1})


ODD: dict[str, Any] = {
    "no-review": _recused,
    "few-reviews": lambda w: Panel.objects.update(reviews_per_pitch=3),
    "unfinished": _late_review,
    "conflict": _conflict,
    "no-judges": lambda w: PanelMember.objects.update(state="removed"),
    "meeting": lambda w: Meeting.objects.create(stage=w.stage, opened_by=w.officer),
    "level": _level,
    "departure": lambda w: type(w.call).objects.update(budget=10),
    "doubt": lambda w: Decision.objects.filter(entry=w.entry).update(feedback="Pathetic."),
    "held": lambda w: outbox.hold_letter(
        decision=w.entry.decision, reason="We ring them first.", actor=w.officer
    ),
    "legal": lambda w: w.call.legal_notes.all().delete(),
    "standstill": lambda w: type(w.call).objects.update(legal_route=LegalRoute.COVERED),
    "limit": lambda w: type(w.call).objects.update(award_limit=5),
    "partner": _left,
    "files": _file,
    "nobody-to-tell": lambda w: User.objects.filter(pk=w.applicant.pk).update(is_active=False),
}


@pytest.mark.parametrize("code", ODD)
def test_each_oddity_is_found_wants_a_reason_and_goes_into_the_record(
    decided: World, second: User, code: str
) -> None:
    ODD[code](decided)
    assert code in codes(decided)
    assert code in HEADINGS
    given = reasons(decided)
    if code != "held":  # its reason was written when it was held
        with pytest.raises(Incomplete, match="missing or unusual"):
            propose_release(
                stage=fresh(decided),
                actor=decided.officer,
                reasons={key: text for key, text in given.items() if key != code},
            )
        with pytest.raises(Incomplete):
            propose_release(
                stage=fresh(decided), actor=decided.officer, reasons={**given, code: "  "}
            )
    release(fresh(decided), decided.officer, second=second)
    kept = Record.objects.get(verb="judging.released").detail["oddities"]
    assert code in {each["code"] for each in kept}
    assert all(each["reason"] and each["sentence"] for each in kept)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(HEADINGS)), st.sampled_from("abc")),
        unique=True,
        max_size=6,
    ),
    st.data(),
)
def test_every_oddity_or_all_of_its_code_must_be_explained(rows: list, data: Any) -> None:
    oddities = [Oddity(code, about, "…") for code, about in rows]
    keys = [each.key for each in oddities] + [each.code for each in oddities]
    given = (
        data.draw(st.dictionaries(st.sampled_from(keys), st.sampled_from(["", " ", "So."])))
        if keys
        else {}
    )
    blank = [
        each.key for each in oddities if "So." not in (given.get(each.key), given.get(each.code))
    ]
    if blank:
        with pytest.raises(Incomplete) as refusal:
            explain(oddities, given)
        assert [key for key, _ in refusal.value.problems] == blank
    else:
        assert [row["reason"] for row in explain(oddities, given)] == ["So."] * len(oddities)


# --- Two officers -----------------------------------------------------------------------


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
        stage=fresh(decided), actor=decided.officer, reasons=reasons(decided)
    )
    for person in (judging, tied, elsewhere, decided.applicant, UserFactory()):
        with pytest.raises(NotAllowed):
            sign(sign_off=sign_off, actor=person)
    SignOff.objects.all().delete()
    for person in (judging, tied, elsewhere, decided.applicant, UserFactory()):
        with pytest.raises(NotAllowed):
            propose_release(stage=fresh(decided), actor=person, reasons=reasons(decided))


def test_there_is_no_way_round_by_the_lower_verb(decided: World, second: User) -> None:
    with pytest.raises((Refused, KeyError)):
        propose(matter=releasing.MATTER, thing=decided.stage, reason="x", actor=decided.officer)
    with pytest.raises(Refused):
        propose(
            matter=releasing.MATTER,
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


# --- Letters ----------------------------------------------------------------------------


def test_a_letter_says_who_writes_and_how_to_come_back(decided: World) -> None:
    type(decided.call.region).objects.update(contact_email="challenges@example.org")
    letter = decisions.compose(Decision.objects.get(entry=decided.entry))
    for words in (
        "Dear team of",
        "of 5 on average",
        "• Good.",
        "challenges@example.org",
        "20 working days",
        decided.call.region.name,
    ):
        assert words in letter.body
    assert decided.judge.name not in letter.body


def test_one_written_by_hand_goes_out_so_with_what_every_letter_says(
    decided: World, second: User
) -> None:
    decision = Decision.objects.get(entry=decided.entry)
    text = f"Dear Ada,\n\nWell done: £12,000.\n\nWhy: {decision.reason}"
    for wrong in ("Dear Ada, well done.", f"Why: {decision.reason}", "£12,000"):
        with pytest.raises(Incomplete):
            outbox.write_letter(decision=decision, text=wrong, actor=decided.officer)
    outbox.write_letter(decision=decision, text=text, actor=decided.officer)
    release(decided.stage, decided.officer, second=second)
    sent = Notification.objects.get(recipient=decided.applicant, subject__startswith="Awarded")
    assert sent.body.startswith("Dear Ada,")
    assert "20 working days" in sent.body
    assert decisions.compose(Decision.objects.get(pk=decision.pk)).body == sent.body


def test_one_written_for_another_decision_holds_the_release_up(decided: World) -> None:
    decision = Decision.objects.get(entry=decided.entries[1])
    outbox.write_letter(decision=decision, text=f"No. {decision.reason}", actor=decided.officer)
    decide(decided, "not-awarded", decided.entries[1:], reason="Another reason.")
    with pytest.raises(Refused, match="read the letter again"):
        propose_release(stage=fresh(decided), actor=decided.officer)
    outbox.reset_letter(decision=decision, actor=decided.officer)
    propose_release(stage=fresh(decided), actor=decided.officer)


def test_a_held_team_knows_nothing_until_its_letter_is_sent(
    decided: World, second: User, client: Any
) -> None:
    decision = Decision.objects.get(entry=decided.entry)
    outbox.hold_letter(decision=decision, reason="We ring first.", actor=decided.officer)
    release(decided.stage, decided.officer, second=second)
    assert released_result(Entry.objects.get(pk=decided.entry.pk)) is None
    assert released_result(Entry.objects.get(pk=decided.entries[1].pk)) is not None
    assert not Award.objects.exists()
    assert released_stages(decided.call.reference) == [], "numbers would tell it"
    assert not Notification.objects.filter(recipient=decided.applicant, subject__startswith="Awa")
    client.force_login(decided.applicant)
    page = client.get(decided.entry.get_absolute_url()).content.decode()
    assert "Result on its way" in page and "Congratulations" not in page
    with pytest.raises(NotAllowed):
        outbox.send_held(decision=decision, actor=decided.judge.user)
    outbox.send_held(decision=decision, actor=second)
    with pytest.raises(WrongState):
        outbox.send_held(decision=decision, actor=second)
    assert Award.objects.get().amount == 12_000
    assert released_stages(decided.call.reference) == [decided.stage]
    assert "Congratulations" in client.get(decided.entry.get_absolute_url()).content.decode()


def test_a_held_letter_goes_out_by_itself_even_where_its_officer_has_left(
    decided: World, second: User
) -> None:
    decision = Decision.objects.get(entry=decided.entry)
    outbox.hold_letter(decision=decision, reason="We ring first.", actor=decided.officer)
    release(decided.stage, decided.officer, second=second)
    until = OutgoingLetter.objects.get(decision=decision).held_until
    assert timedelta(days=4) < until - timezone.now() <= timedelta(days=5)
    assert outbox.remind_of_held(until - timedelta(days=1)) == 1
    assert outbox.remind_of_held(until - timedelta(days=1)) == 1
    told = Notification.objects.filter(recipient=second, subject__startswith="Still to be told")
    assert told.count() == 1, "once a day"
    decided.officer.region_roles.all().delete()
    assert outbox.send_overdue(until - timedelta(seconds=1)) == 0
    assert outbox.send_overdue(until) == 1
    assert outbox.send_overdue(until) == 0
    assert Award.objects.count() == 1


def test_no_hold_reaches_into_the_next_stage() -> None:
    world = build_world(stages=2)
    write_review(world.assignment)
    decide(world, "shortlisted", world.entries[:1])
    decide(world, "not-awarded", world.entries[1:])
    opens = timezone.now() + timedelta(days=1)
    Stage.objects.filter(call=world.call, order=2).update(opens_at=opens)
    decision = Decision.objects.get(entry=world.entry)
    outbox.hold_letter(decision=decision, reason="Later.", actor=world.officer)
    release(world.stage, world.officer)
    assert OutgoingLetter.objects.get(decision=decision).held_until == opens
    assert not Entry.objects.filter(stage__order=2).exists()
    make_officer(world.call.region)
    assert outbox.send_overdue(opens) == 1
    assert Entry.objects.filter(stage__order=2).count() == 1
