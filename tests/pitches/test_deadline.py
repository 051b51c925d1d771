"""One second before the deadline stands; one second after is refused, and nothing is lost."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from challenges.pitches.models import EntryState
from challenges.pitches.services import save_answers, submit_entry
from marketplace.errors import TooLate
from marketplace.times import moment
from tests.factories import sign_in, submit
from tests.pitches.conftest import answer, form_data, fresh, url

pytestmark = pytest.mark.django_db

BEFORE, AT, AFTER = timedelta(seconds=-1), timedelta(0), timedelta(seconds=1)


@pytest.fixture
def at(team):
    """Travel to a moment around the deadline, signed in anew there."""

    def travel(step):
        return time_machine.travel(team.entry.stage.closes_at + step, tick=False)

    return travel


def signed_in(team):
    return sign_in(Client(), team.person)


def words(entry, text):
    return {entry.stage.questions.first().pk: text}


@pytest.mark.parametrize(("step", "stands"), [(BEFORE, True), (AT, False), (AFTER, False)])
def test_submitting_through_the_page(team, at, step, stands):
    with at(step):
        response = signed_in(team).post(
            url("submit", team.entry), {"declaration": "on", "version": 1}
        )
    entry = fresh(team.entry)
    assert (entry.state == EntryState.SUBMITTED) == stands
    if not stands:
        page = response.content.decode()
        closes = team.entry.stage.closes_at
        assert moment(closes) in page and moment(closes + step) in page
        assert "Your text is kept" in page
        assert answer(entry) == "We put sensors in homes."


@pytest.mark.parametrize(("step", "stands"), [(BEFORE, True), (AT, False), (AFTER, False)])
def test_submitting_through_the_service(team, step, stands):
    now = team.entry.stage.closes_at + step
    if stands:
        assert submit_entry(entry=team.entry, actor=team.person, now=now).at == now
    else:
        with pytest.raises(TooLate, match="closed on"):
            submit_entry(entry=team.entry, actor=team.person, now=now)


def test_before_the_stage_opens(team):
    opens = team.entry.stage.opens_at
    with pytest.raises(TooLate, match="opens on"):
        submit_entry(entry=team.entry, actor=team.person, now=opens - timedelta(seconds=1))


def test_a_draft_is_kept_after_the_deadline(team, at):
    with at(AFTER):
        client = signed_in(team)
        client.post(url("write", team.entry), form_data(team.entry, words="Typed too late"))
        assert answer(team.entry) == "Typed too late"
        page = client.get(url("write", team.entry)).content.decode()
        assert "You can still save your text" in page
        reply = client.post(
            url("autosave", team.entry), form_data(fresh(team.entry), words="And later")
        )
        assert reply.status_code == 200


@pytest.mark.parametrize("name", ["write", "autosave"])
def test_a_submitted_pitch_does_not_change_after(team, at, name):
    entry = submit(team.entry)
    with at(AFTER):
        response = signed_in(team).post(url(name, entry), form_data(entry, words="Better"))
    assert response.status_code == 409
    text = response.content.decode()
    assert moment(entry.stage.closes_at) in text
    if name == "write":
        assert "Better" in text
    assert answer(entry) == "We put sensors in homes."
    assert not fresh(entry).has_unsubmitted_changes


def test_unsubmitted_changes_leave_what_was_submitted(team, at):
    entry = submit(team.entry)
    save_answers(entry=entry, answers=words(entry, "Better"), version=1, actor=team.person)
    with at(AFTER):
        client = signed_in(team)
        client.post(url("submit", entry), {"declaration": "on", "version": 2})
        page = client.get(url("entry", entry)).content.decode()
    assert entry.submissions.count() == 1
    assert "the version before stands" in page
