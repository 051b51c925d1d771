"""Where a pitch stands, in words: every state × clock × flag has them, and they are true."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from challenges.calls.models import Call, CallState, Stage
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.words import TABLE, Clock, Facts, clock_of, row_for, standing_of
from tests.factories import make_call, make_entry, sign_in, submit

FLAGS = ("cancelled", "released", "advanced", "changed")
COMBINATIONS = [
    Facts(state, clock, **dict(zip(FLAGS, flags, strict=True)))
    for state, clock, *flags in product(EntryState.values, Clock, *[(False, True)] * len(FLAGS))
]


def words(facts: Facts) -> str:
    row = row_for(facts)
    return f"{row.heading}. {row.sentence} {row.next}"


@pytest.mark.parametrize("state", EntryState.values)
def test_every_combination_has_words_that_do_not_contradict_it(state: str) -> None:
    for facts in (each for each in COMBINATIONS if each.state == state):
        row, said = row_for(facts), words(facts)
        assert row.heading and row.sentence and row.next, facts
        is_live = facts.state in ("draft", "submitted") and not facts.cancelled
        if row.button:
            assert is_live and facts.clock in ("upcoming", "open"), facts
        if "{closes}" in row.next:
            assert facts.clock in ("upcoming", "open") and not facts.cancelled, facts
        if "decision is expected" in said:
            assert is_live and facts.clock in ("scoring", "deciding") and not facts.released
        if facts.state == "draft" and facts.clock not in ("upcoming", "open") and is_live:
            assert "Not submitted" in said
        if facts.state == "draft" and facts.advanced and facts.clock == "upcoming" and is_live:
            assert said.startswith("Short-listed.") and "not submitted" not in said
        if facts.cancelled and facts.state in ("draft", "submitted"):
            assert "cancelled" in said
        if facts.released and facts.state == "submitted" and is_live:
            assert "on its way" in said
        if facts.state != "awarded":
            assert "Congratulations" not in said


def test_every_row_is_said_for_some_combination() -> None:
    assert {id(row_for(facts)) for facts in COMBINATIONS} == {id(row) for row in TABLE}


@pytest.mark.django_db
def test_the_clock_of_a_stage_has_no_gap() -> None:
    stage = make_call().first_stage
    second = timedelta(seconds=1)
    day = timezone.localtime().replace(hour=12, minute=0)
    Stage.objects.filter(pk=stage.pk).update(decision_on=day.date() + timedelta(days=30))
    stage.refresh_from_db()
    end = day + timedelta(days=30)
    for at, clock in (
        (stage.opens_at - second, Clock.UPCOMING),
        (stage.opens_at, Clock.OPEN),
        (stage.closes_at - second, Clock.OPEN),
        (stage.closes_at, Clock.SCORING),
        (stage.scores_due_at, Clock.DECIDING),
        (end, Clock.DECIDING),
        (end.replace(hour=23, minute=59), Clock.DECIDING),
        (end + timedelta(days=1), Clock.OVERDUE),
    ):
        assert clock_of(stage, at) == clock, at


@pytest.mark.django_db
def test_a_short_listed_team_is_not_told_that_it_missed_something(client: Any) -> None:
    call = make_call(stages=2)
    first = submit(make_entry(call=call))
    Entry.objects.filter(pk=first.pk).update(state=EntryState.SHORTLISTED)
    second = call.stages.get(order=2)
    entry = Entry.objects.create(pitch=first.pitch, stage=second, rulebook=second.rulebook)
    person = first.pitch.organisation.memberships.get().user
    sign_in(client, person)
    for address in (entry.get_absolute_url(), "/dashboard/"):
        page = client.get(address).content.decode()
        assert "Short-listed" in page
        assert "You can prepare now" in page
        assert "not submitted" not in page.lower()
    assert "Prepare for Stage 2" in client.get(entry.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_a_name_with_braces_is_only_a_name() -> None:
    entry = make_entry()
    Stage.objects.filter(pk=entry.stage_id).update(name="{closes} {0}")
    entry = Entry.objects.with_parties().get(pk=entry.pk)
    now = entry.stage.opens_at - timedelta(days=1)
    assert standing_of(entry, now).sentence.startswith("{closes} {0} opens on")


@pytest.mark.django_db
def test_a_cancelled_call_promises_nothing(client: Any) -> None:
    entry = submit(make_entry())
    Call.objects.filter(pk=entry.pitch.call_id).update(
        state=CallState.CANCELLED, return_reason="No money."
    )
    sign_in(client, entry.pitch.organisation.memberships.get().user)
    for address in (entry.get_absolute_url(), "/dashboard/"):
        page = client.get(address).content.decode()
        assert "cancelled" in page
        assert "Decision expected" not in page and "decision is expected" not in page


@pytest.mark.django_db
def test_it_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    entry = make_entry()
    entry = Entry.objects.with_parties().get(pk=entry.pk)
    with django_assert_num_queries(0):
        standing_of(entry)
