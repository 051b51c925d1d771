"""A start-up's road through its pages, without JavaScript."""

import pytest
import time_machine
from django.urls import reverse

from challenges.calls.models import Call, CallState
from challenges.pitches.models import Entry, EntryState, Pitch
from challenges.pitches.services import withdraw_entry
from marketplace.times import moment
from startups.models import Membership
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    close_stage,
    make_call,
    make_entry,
    sign_in,
    submit,
)
from tests.pitches.conftest import answer, form_data, fresh, url

pytestmark = pytest.mark.django_db


def text_of(response):
    return response.content.decode()


class TestStart:
    def start(self, call):
        return reverse("pitches:start", args=[call.reference])

    def test_starts_for_the_chosen_organisation_and_goes_to_write(self, client):
        person = UserFactory()
        mine, other = OrganisationFactory(owner=person), OrganisationFactory(owner=UserFactory())
        call = make_call()
        sign_in(client, person)
        page = text_of(client.get(self.start(call)))
        assert mine.name in page and other.name not in page
        response = client.post(self.start(call), {"organisation": mine.pk})
        entry = Entry.objects.get(pitch__organisation=mine)
        assert response.url == url("write", entry)
        assert client.get(response.url).status_code == 200

    def test_a_stranger_s_organisation_is_refused(self, client):
        sign_in(client, UserFactory())
        call, other = make_call(), OrganisationFactory(owner=UserFactory())
        client.post(self.start(call), {"organisation": other.pk})
        assert not Pitch.objects.exists()

    @pytest.mark.parametrize("value", ["", "x", "\x00", "9" * 30, "-1"])
    def test_a_wrong_organisation_is_told_beside_the_field(self, client, value):
        person = UserFactory()
        OrganisationFactory(owner=person)
        sign_in(client, person)
        response = client.post(self.start(make_call()), {"organisation": value})
        assert response.status_code == 200
        assert 'id="id_organisation-error"' in text_of(response)

    def test_without_an_organisation_leads_to_registration_and_back(self, client):
        sign_in(client, UserFactory())
        page = text_of(client.get(self.start(make_call())))
        assert "register yours first" in page

    def test_a_second_pitch_leads_to_the_first(self, team):
        page = text_of(team.client.get(self.start(team.call)))
        assert team.entry.get_absolute_url() in page
        team.client.post(self.start(team.call), {"organisation": team.organisation.pk})
        assert Pitch.objects.count() == 1

    @pytest.mark.parametrize("edge", ["opens_at", "closes_at"])
    def test_a_call_that_is_not_open_says_when(self, client, edge):
        person = UserFactory()
        organisation = OrganisationFactory(owner=person)
        call = make_call()
        at = getattr(call.first_stage, edge)
        with time_machine.travel(at.replace(microsecond=0).timestamp() - 1, tick=False):
            sign_in(client, person)
            before = text_of(client.get(self.start(call)))
        with time_machine.travel(at.timestamp() + 1, tick=False):
            after = text_of(client.get(self.start(call)))
        closed = before if edge == "opens_at" else after
        assert moment(at) in closed and "Start now" not in closed
        with time_machine.travel(at.timestamp() + (1 if edge == "closes_at" else -60), tick=False):
            client.post(self.start(call), {"organisation": organisation.pk})
        assert not Pitch.objects.exists()

    @pytest.mark.parametrize("state", [CallState.DRAFT, CallState.PROPOSED])
    def test_nobody_learns_of_a_draft_call(self, client, state):
        sign_in(client, UserFactory())
        assert client.get(self.start(make_call(state=state))).status_code == 404


class TestWrite:
    def test_shows_what_is_saved(self, team):
        page = text_of(team.client.get(url("write", team.entry)))
        assert "We put sensors in homes." in page
        assert 'value="12,500"' in page
        assert 'data-maxwords="50"' in page
        assert "4 of 4 done" in page

    def test_saves(self, team):
        data = form_data(team.entry, words="Other words", title="New title")
        response = team.client.post(url("write", team.entry), data)
        assert response.url == url("write", team.entry)
        entry = fresh(team.entry)
        assert (answer(entry), entry.title, entry.version) == ("Other words", "New title", 2)
        assert entry.pitch.title == "New title"

    def test_wrong_text_is_kept_and_told_beside_its_field(self, team):
        words = "word " * 60
        data = form_data(team.entry, words=words, money="lots", title="t" * 500)
        page = text_of(team.client.post(url("write", team.entry), data))
        assert (answer(team.entry), answer(team.entry, 1)) == (words, "lots")
        assert "Write 50 words or fewer: remove 10 words." in page
        assert "Enter an amount in pounds" in page
        assert "govuk-error-summary" in page
        assert words.strip() in page and 'value="lots"' in page and "t" * 500 in page
        assert len(fresh(team.entry).pitch.title) == 120
        again = text_of(team.client.get(url("write", team.entry)))
        assert words.strip() in again and 'value="lots"' in again

    def test_a_gap_is_no_mistake_until_it_is_checked(self, team):
        team.client.post(url("write", team.entry), form_data(team.entry, words=""))
        assert "govuk-error-summary" not in text_of(team.client.get(url("write", team.entry)))
        checked = text_of(team.client.get(url("write", team.entry) + "?check=1"))
        assert "Answer “What would you do?”" in checked

    def test_save_and_check_goes_on(self, team):
        data = form_data(team.entry, action="check")
        assert team.client.post(url("write", team.entry), data).url == url("submit", team.entry)

    def test_a_team_mate_writes_the_same_pitch(self, team, client):
        mate = UserFactory()
        Membership.objects.create(organisation=team.organisation, user=mate)
        sign_in(client, mate)
        client.post(url("write", team.entry), form_data(team.entry, words="From a mate"))
        assert answer(team.entry) == "From a mate"

    def test_a_withdrawn_pitch_is_not_written(self, team):
        withdraw_entry(entry=submit(team.entry), actor=team.person)
        response = team.client.get(url("write", team.entry))
        assert response.url == team.entry.get_absolute_url()
        data = form_data(team.entry, words="Too late words")
        response = team.client.post(url("write", team.entry), data)
        assert response.status_code == 409
        assert "Too late words" in text_of(response)
        assert answer(team.entry) == "We put sensors in homes."

    def test_goes_to_the_stage_that_is_current(self, client):
        person = UserFactory()
        entry = make_entry(call=make_call(stages=2), organisation=OrganisationFactory(owner=person))
        second = entry.pitch.call.stages.last()
        later = Entry.objects.create(pitch=entry.pitch, stage=second, rulebook=second.rulebook)
        sign_in(client, person)
        data = {"version": 1, "title": "Phase two", "summary": "More"}
        client.post(url("write", entry), data)
        assert fresh(later).title == "Phase two"
        assert fresh(entry).title != "Phase two" or fresh(entry).draft_title is None
        page = text_of(client.get(url("entry", entry)))
        assert "Stage 2" in page and "Application" in page


class TestSubmit:
    def test_lists_everything_missing_with_links(self, team):
        words = team.entry.stage.questions.first()
        team.client.post(url("write", team.entry), form_data(team.entry, words="", title=""))
        page = text_of(team.client.get(url("submit", team.entry)))
        for name in ("title", f"q{words.pk}"):
            assert f'href="{url("write", team.entry)}?check=1#id_{name}"' in page
        assert "Submit your pitch" not in page
        team.client.post(url("submit", team.entry), {"declaration": "on", "version": 2})
        assert fresh(team.entry).state == EntryState.DRAFT

    def test_wants_the_declaration(self, team):
        page = text_of(team.client.post(url("submit", team.entry), {"version": 1}))
        assert "id_declaration-error" in page
        assert fresh(team.entry).state == EntryState.DRAFT

    def test_a_receipt_follows(self, team, mailoutbox, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            response = team.client.post(
                url("submit", team.entry), {"declaration": "on", "version": 1}
            )
        page = text_of(team.client.get(response.url))
        submission = team.entry.submissions.get()
        reference = team.entry.pitch.reference
        for proof in (reference, submission.digest, moment(submission.at)):
            assert proof in page
            assert proof in mailoutbox[0].body
        assert mailoutbox[0].to == [team.person.email]

    def test_a_second_click_gives_the_same_version(self, team, mailoutbox):
        for _ in range(2):
            team.client.post(url("submit", team.entry), {"declaration": "on", "version": 1})
        assert team.entry.submissions.count() == 1

    def test_what_changed_since_the_check_is_not_submitted(self, team):
        team.client.post(url("write", team.entry), form_data(team.entry, words="Newer"))
        response = team.client.post(url("submit", team.entry), {"declaration": "on", "version": 1})
        assert "Newer" in text_of(response)
        assert fresh(team.entry).state == EntryState.DRAFT

    def test_a_change_counts_when_submitted_again(self, team):
        entry = submit(team.entry)
        team.client.post(url("write", entry), form_data(entry, words="Better words", title="B"))
        entry = fresh(entry)
        assert entry.has_unsubmitted_changes
        assert entry.pitch.title == "Warm homes"
        page = text_of(team.client.get(url("entry", entry)))
        assert "You have changes that are not submitted" in page
        team.client.post(url("submit", entry), {"declaration": "on", "version": entry.version})
        entry = fresh(entry)
        assert entry.submissions.last().number == 2
        assert entry.pitch.title == "B"
        page = text_of(team.client.get(url("entry", entry)))
        assert "Version 1" in page and "Version 2" in page
        assert "We put sensors in homes." in page and "Better words" in page


class TestWithdraw:
    def test_withdraw_with_a_reason_and_restore(self, team):
        entry = submit(team.entry)
        assert team.client.get(url("withdraw", entry)).status_code == 200
        team.client.post(url("withdraw", entry), {"reason": "We ran out of people"})
        assert fresh(entry).state == EntryState.WITHDRAWN
        page = text_of(team.client.get(url("entry", entry)))
        assert "We ran out of people" in page
        team.client.post(url("restore", entry))
        assert fresh(entry).state == EntryState.DRAFT
        team.client.post(url("submit", entry), {"declaration": "on", "version": 1})
        assert entry.submissions.last().number == 2

    def test_no_reason_is_asked_of_who_leaves(self, team):
        entry = submit(team.entry)
        team.client.post(url("withdraw", entry), {"reason": " "})
        assert (fresh(entry).state, fresh(entry).withdrawn_reason) == ("withdrawn", "")

    def test_a_draft_cannot_be_withdrawn(self, team):
        assert team.client.get(url("withdraw", team.entry)).url == team.entry.get_absolute_url()
        team.client.post(url("withdraw", team.entry), {})
        assert fresh(team.entry).state == EntryState.DRAFT

    def test_no_way_back_after_the_deadline(self, team):
        withdraw_entry(entry=submit(team.entry), actor=team.person)
        close_stage(team.entry.stage)
        page = text_of(team.client.get(url("entry", team.entry)))
        assert "Make it a draft again" not in page
        team.client.post(url("restore", team.entry))
        assert fresh(team.entry).state == EntryState.WITHDRAWN


class TestResult:
    def decide(self, entry, **fields):
        from challenges.judging.models import Decision

        return Decision.objects.create(
            entry=entry, outcome="not-awarded", reason="Too dear", feedback="Ask for less", **fields
        )

    def test_nothing_shows_before_release(self, team):
        entry = submit(team.entry)
        self.decide(entry)
        page = text_of(team.client.get(url("entry", entry)))
        assert "Too dear" not in page and "Not awarded" not in page

    def test_outcome_reason_and_feedback_show_after(self, team):
        entry = submit(team.entry)
        self.decide(entry, released_at=entry.stage.closes_at)
        page = text_of(team.client.get(url("entry", entry)))
        assert all(words in page for words in ("Not awarded", "Too dear", "Ask for less"))

    def test_a_cancelled_call_says_so(self, team):
        Call.objects.filter(pk=team.call.pk).update(
            state=CallState.CANCELLED, return_reason="No money left"
        )
        page = text_of(team.client.get(url("entry", team.entry)))
        assert "No money left" in page
