"""A pitch that comes to a stage which has closed has time of its own there, and nobody else has."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.awards.answering import accept_offer
from challenges.awards.declining import turn_down
from challenges.calls.models import Stage
from challenges.calls.sign_offs import sign
from challenges.judging import decisions, services
from challenges.judging.before_release import Ready
from challenges.judging.models import Assignment, Outcome
from challenges.pitches.models import Answer, Entry, EntryState
from challenges.pitches.reminders import remind_of_drafts
from challenges.pitches.services import restore_entry, submit_entry, withdraw_entry
from challenges.pitches.words import standing_of
from marketplace.activity.models import Notification, Record
from marketplace.errors import Refused, TooLate
from tests.awards.after import After, build
from tests.factories import make_entry, make_judge, sign_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def after() -> After:
    """The next stage closed yesterday; its panel scores for another week. Nobody was in time."""
    built = build(winners=1, outcome=Outcome.SHORTLISTED, stages=2)
    now = timezone.now()
    Stage.objects.filter(call=built.call, order=2).update(
        opens_at=now - 9 * DAY, closes_at=now - DAY, scores_due_at=now + 7 * DAY
    )
    return built


def later(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def following(after: After, number: int) -> Entry:
    return Entry.objects.with_parties().get(pitch=after.entries[number].pitch, stage__order=2)


def answered(entry: Entry) -> Entry:
    for question, value in zip(entry.stage.questions.all(), ["Words.", "12,500"], strict=True):
        Answer.objects.update_or_create(entry=entry, question=question, defaults={"value": value})
    return entry


def corrected(after: After, number: int = 1, **fields: Any) -> Entry:
    fields.setdefault("own_until", later(3))
    after.correct(number, Outcome.SHORTLISTED, **fields)
    return following(after, number)


def test_without_it_a_correction_says_what_to_do(after: After) -> None:
    with pytest.raises(Refused, match="Give this pitch time of its own"):
        after.propose(1, Outcome.SHORTLISTED)


@pytest.mark.parametrize("days", [-1, 0.5, 8])
def test_it_is_a_day_at_least_and_ends_before_the_panel(after: After, days: float) -> None:
    with pytest.raises(Refused, match="at least a day, and ends before"):
        after.propose(1, Outcome.SHORTLISTED, own_until=later(days))


def test_where_the_panel_has_gone_no_time_helps(after: After) -> None:
    Stage.objects.filter(call=after.call, order=2).update(scores_due_at=timezone.now())
    with pytest.raises(Refused, match="nobody could read"):
        after.propose(1, Outcome.SHORTLISTED, own_until=later(3))


def test_the_pitch_hands_in_until_then_and_others_do_not(after: After) -> None:
    other = following(after, 0)
    entry = corrected(after)
    assert entry.state == EntryState.DRAFT
    assert "open now" in standing_of(entry).sentence
    answered(entry), answered(other)
    with pytest.raises(TooLate):
        submit_entry(entry=other, actor=after.member(0))
    submit_entry(entry=entry, actor=after.member(1))
    entry = withdraw_entry(entry=following(after, 1), actor=after.member(1))
    restore_entry(entry=entry, actor=after.member(1))
    over = entry.own_until
    with pytest.raises(TooLate):
        submit_entry(entry=entry, actor=after.member(1), now=over)


def test_two_officers_answer_for_it_in_the_record(after: After) -> None:
    until = later(3)
    corrected(after, own_until=until)
    detail = Record.objects.get(verb="judging.corrected").detail
    assert detail["own_until"] == until.isoformat()


def test_it_is_nobodys_where_the_stage_is_open_still(after: After) -> None:
    Stage.objects.filter(call=after.call, order=2).update(closes_at=later(2))
    assert corrected(after).own_until is None


def test_the_team_is_reminded_of_its_own_deadline(after: After) -> None:
    entry = corrected(after, own_until=later(2))
    Notification.objects.all().delete()
    assert remind_of_drafts() == 1
    assert Notification.objects.get().recipient == after.member(1)
    assert remind_of_drafts(entry.own_until) == 0


def test_nobody_reads_decides_or_releases_before_it_has_ended(after: After) -> None:
    entry = answered(corrected(after))
    stage = Stage.objects.select_related("call__region").get(pk=entry.stage_id)
    assert len(Ready(stage).undecided) == 1
    assert any("1 not decided" in each for each in Ready(stage).obstacles())
    submit_entry(entry=entry, actor=after.member(1))
    make_judge(stage)
    services.assign_entries(stage=stage, actor=after.first)
    assert not Assignment.objects.filter(entry=entry).exists()
    common = {"stage": stage, "outcome": Outcome.NOT_AWARDED, "reason": "No.", "actor": after.first}
    with pytest.raises(Refused, match="isn’t in this competition now"):
        decisions.decide(entries=[entry], **common)
    Entry.objects.filter(pk=entry.pk).update(own_until=timezone.now())
    services.assign_entries(stage=stage, actor=after.first)
    assert Assignment.objects.filter(entry=entry).exists()
    decisions.decide(entries=[entry], **common)


def test_an_offer_of_a_place_carries_it(after: After) -> None:
    turn_down(entry=after.entry(0), actor=after.member(0))
    with pytest.raises(Refused, match="time of its own"):
        after.propose_offer(1, 0, until=later(2))
    with pytest.raises(Refused, match="at least a day"):
        after.propose_offer(1, 0, until=later(2), own_until=later(2.5))
    until = later(4)
    sign(sign_off=after.propose_offer(1, 0, until=later(2), own_until=until), actor=after.second)
    accept_offer(offer=after.place(1).offers.get(), actor=after.member(1))
    assert following(after, 1).own_until == until


def test_an_officer_gives_it_on_the_page(after: After, client: Client) -> None:
    entry = after.entry(1)
    client = sign_in(client, after.first)
    address = reverse("desk:correct", kwargs={"pk": entry.pk})
    assert "Time of its own in the next stage" in client.get(address).content.decode()
    typed = {
        "outcome": Outcome.SHORTLISTED,
        "reason": "Put right.",
        "why": "A score was left out.",
        "explanation": "So.",
    }
    page = client.post(address, typed).content.decode()
    assert "Give this pitch time of its own" in page
    until = timezone.localtime(later(3)).replace(second=0, microsecond=0)
    answer = client.post(address, {**typed, "own_until": f"{until:%Y-%m-%dT%H:%M}"})
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "May hand in to the next stage" in page


def test_a_stage_that_opens_again_for_all_is_not_shorter_for_one(after: After) -> None:
    entry = corrected(after)
    Stage.objects.filter(pk=entry.stage_id).update(closes_at=later(5))
    entry = following(after, 1)
    assert entry.closes_at == entry.stage.closes_at
    assert make_entry().closes_at  # without one, as its stage
