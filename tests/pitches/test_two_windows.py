"""Autosave, two windows on one pitch, and two people at the same moment."""

import threading

import pytest
from django.db import connection
from django.test import Client

from challenges.pitches.models import Answer, Entry, EntryState
from challenges.pitches.services import save_answers, submit_entry
from marketplace.errors import EditConflict
from tests.factories import OrganisationFactory, UserFactory, make_entry, sign_in, submit
from tests.pitches.conftest import answer, form_data, fresh, url

pytestmark = pytest.mark.django_db


def save(entry, text, version=1, actor=None):
    question = entry.stage.questions.first()
    actor = actor or entry.pitch.organisation.memberships.first().user
    return save_answers(entry=entry, answers={question.pk: text}, version=version, actor=actor)


class TestAutosave:
    def test_answers_with_the_moment_and_the_version(self, team):
        data = form_data(team.entry, words="As it is typed")
        reply = team.client.post(url("autosave", team.entry), data)
        entry = fresh(team.entry)
        told = reply.json()
        assert told["saved_at"] == entry.saved_at.isoformat()
        assert (told["version"], told["others"]) == (2, [])
        assert told["closes_at"] == entry.stage.closes_at.isoformat()
        assert told["progress"]["words"] == "4 of 4 done"
        assert answer(entry) == "As it is typed"

    def test_saving_the_same_again_changes_nothing(self, team):
        data = form_data(team.entry, words="Once")
        first, second = (team.client.post(url("autosave", team.entry), data) for _ in range(2))
        assert {**first.json(), "now": ""} == {**second.json(), "now": ""}
        assert fresh(team.entry).version == 2

    def test_a_conflict_is_409_and_says_so(self, team):
        save(team.entry, "Theirs")
        reply = team.client.post(url("autosave", team.entry), form_data(team.entry, words="Mine"))
        assert reply.status_code == 409
        assert "Nothing was overwritten" in reply.json()["message"]
        assert reply.json()["url"] == "#save"
        assert answer(team.entry) == "Theirs"

    def test_an_expired_session_is_told_in_json(self, team):
        reply = Client().post(url("autosave", team.entry), form_data(team.entry))
        assert reply.status_code == 401
        assert "signed out" in reply.json()["message"]

    def test_what_was_kept_is_over_once_something_newer_is_saved(self, team):
        sent = form_data(team.entry, words="Typed as the session ended")
        team.client.logout()
        team.client.post(url("write", team.entry), sent)
        sign_in(team.client, team.person)
        page = team.client.get(url("write", team.entry)).content.decode()
        assert "Typed as the session ended" in page
        assert f'data-autosave-version="{team.entry.version}"' in page
        team.client.post(url("autosave", team.entry), form_data(team.entry, words="Newer"))
        page = team.client.get(url("write", team.entry)).content.decode()
        assert "Newer" in page
        assert "Typed as the session ended" not in page

    def test_an_expired_form_is_told_in_json(self, team):
        client = sign_in(Client(enforce_csrf_checks=True), team.person)
        reply = client.post(
            url("autosave", team.entry),
            form_data(team.entry),
            headers={"accept": "application/json"},
        )
        assert reply.status_code == 403
        assert "Nothing was saved" in reply.json()["message"]

    def test_an_expired_form_shows_what_was_typed(self, team):
        client = sign_in(Client(enforce_csrf_checks=True), team.person)
        page = client.post(url("write", team.entry), form_data(team.entry, words="Precious"))
        assert page.status_code == 403
        assert "Precious" in page.content.decode()

    def test_is_only_posted_to(self, team):
        assert team.client.get(url("autosave", team.entry)).status_code == 405


class TestTwoTabs:
    def open_and_overtake(self, team):
        """One tab's form, with other words and title, after another tab has saved."""
        data = form_data(team.entry, words="Mine <b>", title="My title")
        save_answers(
            entry=team.entry,
            answers={team.entry.stage.questions.first().pk: "Theirs"},
            title="Their title",
            version=1,
            actor=team.person,
        )
        return data

    def test_the_second_sees_both_texts_and_nothing_is_overwritten(self, team):
        response = team.client.post(url("write", team.entry), self.open_and_overtake(team))
        assert response.status_code == 409
        page = response.content.decode()
        for text in ("Mine &lt;b&gt;", "Theirs", "My title", "Their title", "Keep yours"):
            assert text in page
        assert "What would it cost?" not in page
        entry = fresh(team.entry)
        assert (answer(entry), entry.title, entry.version) == ("Theirs", "Their title", 2)

    def choose(self, team, **choices):
        words = f"q{team.entry.stage.questions.first().pk}"
        data = self.open_and_overtake(team)
        keep = {f"keep-{words if k == 'words' else k}": v for k, v in choices.items()}
        return team.client.post(
            url("write", team.entry), {**data, "version": 2, "comparing": "yes", **keep}
        )

    def test_each_field_is_chosen_by_itself(self, team):
        assert self.choose(team, words="mine", title="theirs").status_code == 302
        entry = fresh(team.entry)
        assert (answer(entry), entry.title, entry.version) == ("Mine <b>", "Their title", 3)

    def test_a_field_without_a_choice_is_asked_again(self, team):
        response = self.choose(team, words="mine")
        page = response.content.decode()
        assert response.status_code == 409
        assert "Title of your pitch: choose which text to keep" in page
        assert 'value="mine" checked' in page
        assert answer(team.entry) == "Theirs"

    def test_a_third_save_in_between_is_shown_too(self, team):
        data = self.open_and_overtake(team)
        save(team.entry, "A third text", version=2)
        words = f"q{team.entry.stage.questions.first().pk}"
        chosen = {"version": 2, "comparing": "yes", f"keep-{words}": "mine", "keep-title": "mine"}
        response = team.client.post(url("write", team.entry), {**data, **chosen})
        assert response.status_code == 409
        assert "A third text" in response.content.decode()
        assert answer(team.entry) == "A third text"

    def test_the_same_text_twice_is_no_conflict(self, team):
        data = form_data(team.entry, words="The same")
        for _ in range(2):
            assert team.client.post(url("write", team.entry), data).status_code == 302
        assert fresh(team.entry).version == 2

    @pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "１"])
    def test_a_version_that_is_none_overwrites_nothing(self, team, version):
        data = form_data(team.entry, words="Mine", version=version)
        assert team.client.post(url("write", team.entry), data).status_code == 409
        assert answer(team.entry) == "We put sensors in homes."


class TestRaces:
    def test_a_save_between_check_and_submit_stops_it(self, team):
        save(team.entry, "Not checked")
        with pytest.raises(EditConflict):
            submit_entry(entry=team.entry, actor=team.person, version=1)
        assert fresh(team.entry).state == EntryState.DRAFT

    def test_a_save_after_submitting_is_a_change_to_submit(self, team):
        entry = submit(team.entry)
        save(entry, "Later")
        assert fresh(entry).has_unsubmitted_changes
        assert "Later" not in str(entry.submissions.get().content)


@pytest.mark.django_db(transaction=True)
def test_of_saves_at_the_same_moment_exactly_one_wins():
    person = UserFactory()
    entry = make_entry(organisation=OrganisationFactory(owner=person))
    question = entry.stage.questions.first().pk
    ready, results = threading.Barrier(4), []

    def write(text):
        try:
            mine = Entry.objects.get(pk=entry.pk)
            ready.wait(timeout=20)
            save_answers(entry=mine, answers={question: text}, version=1, actor=person)
            results.append(text)
        except EditConflict:
            results.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[f"text {n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    winners = [text for text in results if text]
    assert len(results) == 4 and len(winners) == 1
    assert Answer.objects.get(question=question).value == winners[0]
    assert fresh(entry).version == 2


@pytest.mark.django_db(transaction=True)
def test_of_submits_at_the_same_moment_one_version_comes():
    person = UserFactory()
    entry = make_entry(organisation=OrganisationFactory(owner=person))
    ready, numbers = threading.Barrier(3), []

    def send():
        try:
            ready.wait(timeout=20)
            numbers.append(submit_entry(entry=entry, actor=person, version=1).number)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert numbers == [1, 1, 1]
    assert entry.submissions.count() == 1
