"""The reserve list: ranked at the release, offered in order, answered in time or not at all."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from challenges.awards.answering import accept_offer, decline_offer, take_back_offer
from challenges.awards.corrections import consequences
from challenges.awards.declining import turn_down
from challenges.awards.lapsing import tell_ended_lists, watch_offers
from challenges.awards.models import Award, AwardState
from challenges.calls.models import Call, CallState, Rulebook, Stage
from challenges.calls.sign_offs import sign, take_back
from challenges.judging.before_release import Ready
from challenges.judging.correcting import Version
from challenges.judging.decisions import compose
from challenges.judging.models import Decision, Offer, OfferState, Outcome, ReservePlace
from challenges.judging.reserve import (
    NOT_TOLD,
    WAITING,
    keep_reserve,
    reserve_of,
    vacancies,
    waiting,
)
from challenges.judging.services import outbox
from challenges.judging.services.releasing import (
    carry_out_due,
    propose_release,
    release_decisions,
)
from challenges.judging.workflow import OFFER
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.services import restore_entry, withdraw_entry
from marketplace.activity.models import Notification, Record
from marketplace.errors import Incomplete, NotAllowed, Refused, TooLate, WrongState
from tests.awards.after import After, build
from tests.factories import UserFactory, make_officer, release, signed_release

pytestmark = pytest.mark.django_db
SHORT = Outcome.SHORTLISTED


def give_up(after: After, number: int = 0) -> After:
    turn_down(entry=after.entry(number), actor=after.member(number))
    return after


def held_back(after: After, number: int) -> Decision:
    """Keep its letter back when its stage is released."""
    decision = Decision.objects.get(entry=after.entries[number])
    outbox.hold_letter(decision=decision, reason="We ring first.", actor=after.first)
    return decision


def free_of(after: After) -> list[int]:
    return [free.entry.pk for free in vacancies(after.stage)]


def test_the_whole_road_from_a_winner_who_leaves_to_the_next_who_accepts() -> None:
    after = give_up(build())
    assert after.entry(0).state == EntryState.DECLINED
    assert after.award(0).state == AwardState.WITHDRAWN
    assert free_of(after) == [after.entries[0].pk]
    offer = after.offer(1, 0, amount=Decimal(9_000))
    accept_offer(offer=offer, actor=after.member(1))
    assert (after.entry(1).state, after.entry(1).decision.amount) == ("awarded", 9_000)
    assert after.award(1).amount == 9_000
    assert free_of(after) == []
    told = Notification.objects.filter(recipient=after.member(1)).latest("pk")
    assert told.subject.startswith("Awarded") and "reserve list" in told.body
    assert Award.objects.standing().count() == 1
    # And who took it up may leave as well: then it goes to the one after.
    give_up(after, 1)
    accept_offer(offer=after.offer(2, 1), actor=after.member(2))
    assert after.award(2).state == AwardState.ACTIVE


def test_letters_say_the_place_and_until_when() -> None:
    after = build()
    letter = compose(after.entry(2).decision).body
    assert "place 2" in letter
    assert f"{timezone.localdate() + timedelta(days=60):%-d %B %Y}" in letter


def test_a_letter_by_hand_says_the_place_as_well() -> None:
    written = "Why: By the ranking."
    after = build(reserve=False, released=False)
    decision = Decision.objects.select_related("entry__stage").get(entry=after.entries[2])
    outbox.write_letter(decision=decision, text=written, actor=after.first)
    held = timezone.localdate() + timedelta(days=9)
    keep_reserve(stage=after.stage, entries=after.entries[1:3], held_until=held, actor=after.first)
    release(after.stage, after.first)
    letter = compose(after.entry(2).decision).body
    assert written in letter and letter.count("in place 2") == 1
    assert f"until {held:%-d %B %Y}" in letter


@pytest.mark.parametrize("what", ["accepted", "declined", "ended", "waits"])
def test_a_corrected_letter_speaks_of_the_list_only_where_one_still_waits(what: str) -> None:
    after = give_up(build())
    if what in ("accepted", "declined"):
        answer = accept_offer if what == "accepted" else decline_offer
        answer(offer=after.offer(1, 0), actor=after.member(1))
    if what == "ended":
        ReservePlace.objects.update(held_until=timezone.localdate() - timedelta(days=1))
    after.correct(1, Outcome.NOT_AWARDED, feedback="In other words.")
    letter = compose(after.entry(1).decision).body
    assert ("You are on the reserve list" in letter) == (what == "waits")


def test_nobody_changes_the_list_that_a_second_officer_has_signed() -> None:
    after = build(released=False)
    held = timezone.localdate() + timedelta(days=9)
    fields = {"stage": after.stage, "entries": after.entries[1:], "actor": after.first}
    ready = Ready(Stage.objects.get(pk=after.stage.pk))
    proposed = propose_release(
        stage=after.stage,
        actor=after.first,
        reasons={oddity.code: "As agreed." for oddity in ready.oddities},
    )
    keep_reserve(**fields, held_until=held)
    with pytest.raises(Refused, match="has changed"):
        sign(sign_off=proposed, actor=after.second)
    take_back(sign_off=proposed, actor=after.first)
    signed_release(after.stage, after.first)
    with pytest.raises(Refused, match="stop it first"):
        keep_reserve(**fields, held_until=held + timedelta(days=1))
    assert carry_out_due() == 1


def test_the_order_is_the_rankings_whatever_order_they_are_ticked_in() -> None:
    after = build(reserve=False)
    Stage.objects.update(released_at=None)
    Entry.objects.update(state=EntryState.SUBMITTED)
    held = timezone.localdate() + timedelta(days=1)
    ticked = [after.entries[n] for n in (3, 1, 2)]
    made = keep_reserve(stage=after.stage, entries=ticked, held_until=held, actor=after.first)
    assert [place.entry_id for place in made] == [after.entries[n].pk for n in (1, 2, 3)]
    other = keep_reserve(
        stage=after.stage, entries=ticked, held_until=held, actor=after.first, why="Spread."
    )
    assert [place.entry_id for place in other] == [entry.pk for entry in ticked]
    for wrong, day in (
        ([after.entries[0]], held),
        (ticked, None),
        (ticked, timezone.localdate() - timedelta(days=1)),
    ):
        with pytest.raises(Refused):
            keep_reserve(stage=after.stage, entries=wrong, held_until=day, actor=after.first)
    with pytest.raises(NotAllowed):
        keep_reserve(stage=after.stage, entries=ticked, held_until=held, actor=UserFactory())


def test_after_the_release_the_order_is_fixed() -> None:
    after = build()
    with pytest.raises(TooLate):
        keep_reserve(stage=after.stage, entries=[], actor=after.first)


def test_nobody_is_passed_over_in_silence() -> None:
    after = give_up(build())
    with pytest.raises(Refused, match="next on the list"):
        after.propose_offer(2, 0)
    offer = after.offer(2, 0, skipped_why="The first has no staff left.")
    assert offer.skipped_why
    assert Record.objects.get(verb="awards.offered").detail["reason"] == offer.skipped_why


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"until": timezone.now() + timedelta(hours=2)}, "at least a day"),
        ({"amount": Decimal(50_001)}, "at most"),
        ({"amount": Decimal(0)}, "amount"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_is_no_offer(fields: dict, says: str) -> None:
    after = give_up(build())
    with pytest.raises(Refused, match=says):
        after.propose_offer(1, 0, **fields)


@pytest.mark.parametrize("what", ["no vacancy", "expired", "cancelled", "budget"])
def test_when_nothing_can_be_offered(what: str) -> None:
    after = build(budget=5_000 if what == "budget" else None)
    if what != "no vacancy":
        give_up(after)
    if what == "expired":
        ReservePlace.objects.update(held_until=timezone.localdate() - timedelta(days=1))
    if what == "cancelled":
        Call.objects.update(state=CallState.CANCELLED)
    with pytest.raises(Refused):
        after.propose_offer(1, 0)


@pytest.mark.parametrize("promised", ["offered", "held letter", "offer that lapsed"])
def test_money_that_is_promised_counts_against_the_budget(promised: str) -> None:
    after = build(winners=2, budget=30_000, released=False)
    if promised == "held letter":
        held_back(after, 0)
    release(after.stage, after.first)
    give_up(after, 1)
    if promised != "held letter":
        give_up(after, 0)
        after.offer(2, 0, amount=Decimal(20_000))
    asked: dict[str, Any] = {"amount": Decimal(20_000)}
    if promised == "offer that lapsed":
        Offer.objects.update(until=timezone.now())
        after.propose_offer(3, 1, **asked)
        return
    number = 2 if promised == "held letter" else 3
    with pytest.raises(Incomplete) as refused:
        after.propose_offer(number, 1, **asked)
    assert "with what is offered or not told yet, come to" in str(refused.value.problems)
    after.propose_offer(number, 1, explanation="The budget is raised.", **asked)


def test_a_place_that_was_offered_on_is_not_taken_again_by_a_pitch_brought_back() -> None:
    after = build(outcome=SHORT, stages=2)
    second = Entry.objects.select_related("stage").get(stage__order=2)
    with time_machine.travel(second.stage.opens_at + timedelta(minutes=1)):
        Entry.objects.filter(pk=second.pk).update(state=EntryState.WITHDRAWN)
        offer = after.offer(1, 0, until=timezone.now() + timedelta(hours=25))
        with pytest.raises(Refused, match="offered to the next"):
            restore_entry(entry=second, actor=after.member(0))
        decline_offer(offer=offer, actor=after.member(1))
        assert restore_entry(entry=second, actor=after.member(0)).state == EntryState.DRAFT
        assert free_of(after) == []


def test_who_waits_for_a_held_letter_is_not_passed_over_in_silence() -> None:
    after = build(released=False)
    decision = held_back(after, 1)
    release(after.stage, after.first)
    give_up(after)
    assert [line.state for line in reserve_of(after.stage)] == [NOT_TOLD, WAITING, WAITING]
    with pytest.raises(Refused, match="next on the list"):
        after.propose_offer(2, 0)
    outbox.send_held(decision=decision, actor=after.second)
    assert after.offer(1, 0).state == OfferState.OPEN


def test_a_winner_who_is_not_told_yet_has_a_place_that_counts() -> None:
    after = build(winners=2, outcome=SHORT, stages=2, released=False)
    sealed = Rulebook.objects.filter(pk=after.stage.rulebook.pk)
    sealed.update(content={**after.stage.rulebook.content, "places": 2})
    held_back(after, 1)
    release(after.stage, after.first)
    with pytest.raises(Refused, match="departs"):
        after.propose(2, SHORT, explanation="")


def test_two_officers_and_one_offer_of_a_place() -> None:
    after = give_up(build())
    one = after.propose_offer(1, 0)
    two = after.propose_offer(2, 0, skipped_why="To be safe.")
    with pytest.raises(NotAllowed):
        sign(sign_off=one, actor=after.first)
    sign(sign_off=one, actor=after.second)
    with pytest.raises(Refused):
        sign(sign_off=two, actor=after.second)
    offer = Offer.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.create(
            place=after.place(2),
            vacated=after.entries[0],
            outcome="awarded",
            amount=1,
            until=timezone.now(),
            offered_by=after.first,
            sign_off=offer.sign_off,
        )


@pytest.mark.parametrize("answer", [accept_offer, decline_offer])
@pytest.mark.parametrize("who", ["stranger", "officer", "another team"])
def test_only_its_team_answers(answer: Any, who: str) -> None:
    after = give_up(build())
    offer = after.offer(1, 0)
    person = {
        "stranger": UserFactory(),
        "officer": after.first,
        "another team": after.member(2),
    }[who]
    with pytest.raises(NotAllowed):
        answer(offer=offer, actor=person)
    assert Offer.objects.get().state == OfferState.OPEN
    assert after.entry(1).state == EntryState.NOT_AWARDED


def test_declined_it_goes_to_the_next_and_never_back() -> None:
    after = give_up(build())
    decline_offer(offer=after.offer(1, 0), actor=after.member(1))
    assert [place.entry_id for place in waiting(after.stage)] == [e.pk for e in after.entries[2:]]
    with pytest.raises(WrongState):
        accept_offer(offer=Offer.objects.get(), actor=after.member(1))
    assert after.offer(2, 0).state == OfferState.OPEN


def test_time_decides_that_an_offer_lapses_and_the_task_only_says_so() -> None:
    after = give_up(build())
    offer = after.offer(1, 0)
    with time_machine.travel(offer.until - timedelta(hours=3)):
        assert watch_offers() == 1  # a reminder
        assert watch_offers() == 0
    with time_machine.travel(offer.until):
        assert free_of(after) == [after.entries[0].pk]
        assert reserve_of(after.stage)[0].state == "Not answered in time"
        with pytest.raises(TooLate):
            accept_offer(offer=offer, actor=after.member(1))
        waits = after.propose_offer(2, 0)
        assert watch_offers() == 1
        assert watch_offers() == 0
        sign(sign_off=waits, actor=after.second)  # noting the lapse is no change
    offer.refresh_from_db()
    assert offer.state == OfferState.LAPSED


def test_an_offer_by_mistake_is_taken_back_and_the_place_on_the_list_stays() -> None:
    after = give_up(build())
    offer = after.offer(1, 0)
    with pytest.raises(Refused):
        take_back_offer(offer=offer, reason=" ", actor=after.first)
    take_back_offer(offer=offer, reason="Wrong amount.", actor=after.first)
    with pytest.raises(WrongState):
        accept_offer(offer=offer, actor=after.member(1))
    assert after.offer(1, 0).state == OfferState.OPEN


def test_a_short_list_place_opens_the_next_stage() -> None:
    after = give_up(build(outcome=SHORT, stages=2))
    first = Entry.objects.get(stage__order=2)
    assert first.state == EntryState.CLOSED
    accept_offer(offer=after.offer(1, 0), actor=after.member(1))
    assert after.entry(1).state == EntryState.SHORTLISTED
    following = Entry.objects.get(stage__order=2, pitch=after.entries[1].pitch)
    assert following.state == EntryState.DRAFT


def test_a_place_of_a_stage_that_closed_meanwhile_is_not_accepted() -> None:
    after = give_up(build(outcome=SHORT, stages=2))
    offer = after.offer(1, 0)
    Stage.objects.filter(order=2).update(
        opens_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(hours=1)
    )
    with pytest.raises(Refused, match="Write to us: it can be offered again"):
        accept_offer(offer=offer, actor=after.member(1))


def test_a_winner_corrected_away_leaves_a_place_too() -> None:
    after = build()
    after.correct(0, Outcome.NOT_AWARDED)
    assert free_of(after) == [after.entries[0].pk]
    after.offer(1, 0, amount=Decimal(9_000))
    with pytest.raises(Refused, match="departs"):
        after.propose(0, Outcome.AWARDED, explanation="")


def test_a_place_stays_free_when_only_words_are_corrected_after_it() -> None:
    after = build()
    after.correct(0, Outcome.NOT_AWARDED)
    after.correct(0, Outcome.NOT_AWARDED, feedback="In other words.")
    assert free_of(after) == [after.entries[0].pk]
    accept_offer(offer=after.offer(1, 0, amount=Decimal(9_000)), actor=after.member(1))
    assert free_of(after) == []


def test_a_place_that_a_correction_added_by_mistake_is_gone_with_it() -> None:
    after = build()
    after.correct(1, Outcome.AWARDED)
    to = Version.read({"outcome": Outcome.NOT_AWARDED})
    free = "Its place becomes free for the reserve list."
    assert free not in consequences(after.entry(1), to)
    assert free in consequences(after.entry(0), to)
    after.correct(1, Outcome.NOT_AWARDED)
    assert free_of(after) == []
    assert waiting(after.stage)[0].entry_id == after.entries[1].pk
    # What was offered to it is a place that there was.
    give_up(after)
    accept_offer(offer=after.offer(1, 0), actor=after.member(1))
    assert free in consequences(after.entry(1), to)
    after.correct(1, Outcome.NOT_AWARDED)
    assert free_of(after) == [after.entries[1].pk]


@pytest.mark.parametrize("when", ["before the proposal", "while it waits"])
def test_a_winner_who_withdraws_while_the_release_waits_leaves_a_place(when: str) -> None:
    after = build(released=False)
    entry, actor = after.entries[0], after.member(0)
    if when == "before the proposal":
        withdraw_entry(entry=entry, actor=actor)
    signed = signed_release(after.stage, after.first, explanation="As agreed.")
    if when == "while it waits":
        withdraw_entry(entry=entry, actor=actor)
    release_decisions(sign_off=signed)
    after.stage.refresh_from_db()
    assert free_of(after) == ([entry.pk] if when == "while it waits" else [])
    if when == "while it waits":
        accept_offer(offer=after.offer(1, 0), actor=after.member(1))
        assert after.award(1).state == AwardState.ACTIVE


def test_no_correction_while_the_team_has_an_offer() -> None:
    after = give_up(build())
    after.offer(1, 0)
    with pytest.raises(Refused, match="wait for the answer"):
        after.propose(1, Outcome.AWARDED)


@pytest.mark.parametrize("who", ["team", "officer", "stranger", "other team"])
def test_who_may_say_that_a_place_is_declined(who: str) -> None:
    after = build()
    person = {
        "team": after.member(0),
        "officer": make_officer(after.call.region),
        "stranger": UserFactory(),
        "other team": after.member(1),
    }[who]
    if who in ("team", "officer"):
        assert turn_down(entry=after.entry(0), actor=person).state == EntryState.DECLINED
        assert Record.objects.get(verb="pitches.turned_down").detail["by_team"] == (who == "team")
        with pytest.raises(WrongState):
            turn_down(entry=after.entry(0), actor=person)
    else:
        with pytest.raises(NotAllowed):
            turn_down(entry=after.entry(0), actor=person)


@pytest.mark.parametrize("state", [AwardState.COMPLETED, AwardState.ENDED])
def test_a_project_that_is_over_is_not_declined(state: str) -> None:
    after = build()
    Award.objects.update(state=state)
    with pytest.raises(WrongState):
        give_up(after)


def test_declined_by_mistake_is_put_right_by_a_correction() -> None:
    after = give_up(build())
    after.correct(0, Outcome.AWARDED, amount=Decimal(12_000))
    assert after.award(0).state == AwardState.ACTIVE
    assert free_of(after) == []


def test_each_team_hears_once_that_the_list_has_ended() -> None:
    after = build()
    with time_machine.travel(timezone.now() + timedelta(days=61)):
        assert tell_ended_lists() == 3
        assert tell_ended_lists() == 0
        assert waiting(after.stage) == []


@pytest.mark.parametrize("state", OfferState.values)
@pytest.mark.parametrize("event", OFFER.events)
def test_every_state_and_event_of_an_offer(event: str, state: str) -> None:
    targets = {
        "accept": "accepted",
        "decline": "declined",
        "take-back": "taken-back",
        "cancel": "taken-back",
        "lapse": "lapsed",
    }
    assert set(targets) == set(OFFER.events)
    row = OFFER.find(event, state)
    assert (row.target if row else None) == (targets[event] if state == "open" else None)


STEPS = st.lists(
    st.sampled_from(["leave", "offer", "accept", "decline", "lapse", "take back", "correct"]),
    max_size=8,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_whatever_happens_no_more_hold_a_place_than_there_are(db: None, steps: list[str]) -> None:
    """Two winners: never more than two awards stand, the order is kept, and every award that
    stands has an entry that says so."""
    with transaction.atomic():
        after = build(entries=5, winners=2)
        for step in steps:
            try:
                with transaction.atomic():
                    _do(step, after)
            except (Refused, ReservePlace.DoesNotExist, IndexError):
                continue
        standing = Award.objects.standing()
        assert standing.count() <= 2
        won = set(Entry.objects.filter(state=EntryState.AWARDED).values_list("pk", flat=True))
        assert won == set(standing.values_list("entry", flat=True))
        ranks = list(Offer.objects.order_by("pk").values_list("place__rank", flat=True))
        assert ranks == sorted(ranks)
        transaction.set_rollback(True)


def _do(step: str, after: After) -> None:
    numbers = {entry.pk: number for number, entry in enumerate(after.entries)}
    holder = Entry.objects.filter(state=EntryState.AWARDED).order_by("pk").first()
    offer = Offer.objects.filter(state=OfferState.OPEN).first()
    if step == "leave" and holder:
        give_up(after, numbers[holder.pk])
    elif step == "correct" and holder:
        after.correct(numbers[holder.pk], Outcome.NOT_AWARDED)
    elif step == "offer":
        free, place = vacancies(after.stage)[0], waiting(after.stage)[0]
        after.offer(numbers[place.entry_id], numbers[free.entry.pk], amount=Decimal(5_000))
    elif offer is not None and step == "lapse":
        Offer.objects.filter(pk=offer.pk).update(until=timezone.now())
        watch_offers()
    elif offer is not None and step in ("accept", "decline"):
        answer = accept_offer if step == "accept" else decline_offer
        answer(offer=offer, actor=after.member(numbers[offer.entry.pk]))
    elif offer is not None and step == "take back":
        take_back_offer(offer=offer, reason="A mistake.", actor=after.first)


def test_without_a_list_there_is_nobody_to_offer_to() -> None:
    after = give_up(build(reserve=False))
    assert (free_of(after), waiting(after.stage)) == ([after.entries[0].pk], [])
