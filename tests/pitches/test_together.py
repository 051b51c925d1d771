"""Two people in one pitch: fields merge, one field asks, and every version can come back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from challenges.calls.models import QuestionKind
from challenges.pitches.history import word_differences
from challenges.pitches.models import AnswerVersion
from challenges.pitches.services import save_answers
from marketplace.errors import EditConflict
from startups.models import MemberRole, Membership
from tests.factories import UserFactory, make_entry, sign_in
from tests.pitches.conftest import answer, call_asking, entry_for, form_data, fresh, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(team):
    person = UserFactory(name="Priya Colleague")
    Membership.objects.create(organisation=team.organisation, user=person, role=MemberRole.MEMBER)
    return person


def save(entry, person, version, words=None, money=None, **headings):
    first, second = entry.stage.questions.all()
    answers = {first.pk: words, second.pk: money}
    return save_answers(
        entry=entry,
        answers={pk: text for pk, text in answers.items() if text is not None},
        version=version,
        actor=person,
        **headings,
    )


class TestMerging:
    def test_different_fields_of_two_people_both_stay(self, team, colleague):
        save(team.entry, team.person, 1, words="Mine")
        save(team.entry, colleague, 1, money="9,000")
        assert (answer(team.entry, 0), answer(team.entry, 1)) == ("Mine", "9,000")

    def test_a_whole_form_with_an_untouched_field_keeps_the_newer_text(self, team, colleague):
        save(team.entry, team.person, 1, words="Newer")
        save(team.entry, colleague, 1, words="We put sensors in homes.", money="9,000")
        assert (answer(team.entry, 0), answer(team.entry, 1)) == ("Newer", "9,000")

    def test_one_field_of_two_people_asks_and_saves_nothing(self, team, colleague):
        save(team.entry, team.person, 1, words="Mine")
        with pytest.raises(EditConflict):
            save(team.entry, colleague, 1, words="Theirs", money="9,000")
        assert (answer(team.entry, 0), answer(team.entry, 1)) == ("Mine", "12,500")

    def test_titles_too(self, team, colleague):
        save(team.entry, team.person, 1, title="Mine")
        save(team.entry, colleague, 1, title="Warm homes", summary="Theirs")
        entry = fresh(team.entry)
        assert (entry.title, entry.summary) == ("Mine", "Theirs")
        with pytest.raises(EditConflict):
            save(team.entry, colleague, 1, title="Another")

    def test_ones_own_other_tab_is_warned_too(self, team):
        save(team.entry, team.person, 1, words="In one tab")
        with pytest.raises(EditConflict):
            save(team.entry, team.person, 1, words="In another")

    def test_the_script_is_told_what_others_saved(self, team, colleague):
        save(team.entry, colleague, 1, words="From Priya")
        data = {"version": 1, "title": "New title"}
        reply = team.client.post(url("autosave", team.entry), data).json()
        [other] = reply["others"]
        field = f"q{team.entry.stage.questions.first().pk}"
        assert other["by"] == "Priya Colleague" and other["pairs"] == [[field, "From Priya"]]
        assert reply["version"] == 3
        look = team.client.get(url("others", team.entry), {"since": 3}).json()
        assert (look["version"], look["others"]) == (3, [])
        assert team.client.get(url("others", team.entry), {"since": "x"}).json()["others"] == []


class TestTouched:
    """A script says which fields the person changed; the rest of the form is not theirs."""

    def sent(self, team, version, touched, **changes):
        data = {**form_data(team.entry, **changes), "version": version, "touched": touched}
        return team.client.post(url("autosave", team.entry), data)

    def test_a_field_that_somebody_types_on_in_is_no_conflict_for_another(self, team, colleague):
        save(team.entry, colleague, 1, words="One")
        opened = fresh(team.entry).version
        save(team.entry, colleague, opened, words="One two")
        reply = self.sent(team, opened, "title", words="One", title="Mine")
        assert reply.status_code == 200, reply.json()
        assert (answer(team.entry), fresh(team.entry).title) == ("One two", "Mine")

    def test_one_field_that_both_changed_still_asks(self, team, colleague):
        words = f"q{team.entry.stage.questions.first().pk}"
        save(team.entry, colleague, 1, words="One")
        assert self.sent(team, 1, f"{words} title", words="Mine").status_code == 409
        assert answer(team.entry) == "One"

    def test_the_parts_of_a_field_are_the_field(self, team):
        call = call_asking(QuestionKind.DATE)
        entry = entry_for(call, team.organisation)
        name = f"q{entry.specs[0]['id']}"
        data = {f"{name}-day": "1", f"{name}-month": "2", f"{name}-year": "2027"}
        data |= {"version": 1, "touched": f"{name}-day {name}-month"}
        assert team.client.post(url("autosave", entry), data).status_code == 200
        assert answer(entry) == ["1", "2", "2027"]

    def test_nothing_touched_saves_nothing(self, team):
        assert self.sent(team, 1, "", words="x", title="y").status_code == 200
        assert fresh(team.entry).version == 1


class TestHistory:
    def test_each_version_with_who_and_what_changed(self, team, colleague):
        save(team.entry, team.person, 1, words="We put sensors in many homes.")
        save(team.entry, colleague, 2, words="We put sensors in forty homes.")
        field = f"q{team.entry.stage.questions.first().pk}"
        page = team.client.get(f"/pitches/{team.entry.pitch.reference}/history/{field}/")
        text = page.content.decode()
        assert "Priya Colleague" in text
        assert "</span>forty</ins>" in text and "</span>many</del>" in text

    def test_any_of_them_is_put_back_and_none_is_lost(self, team, colleague):
        save(team.entry, team.person, 1, words="Second")
        save(team.entry, colleague, 2, words="Third")
        field = f"q{team.entry.stage.questions.first().pk}"
        first = AnswerVersion.objects.filter(name=field).last()
        assert first.value == "We put sensors in homes."
        path = f"/pitches/{team.entry.pitch.reference}/history/{field}/"
        save(team.entry, team.person, 3, words="Typed a moment before")
        team.client.post(path, {"version": first.pk})
        assert answer(team.entry) == "We put sensors in homes."
        kept = list(AnswerVersion.objects.filter(name=field).values_list("value", flat=True))
        assert kept[0] == "We put sensors in homes." and set(kept) >= {"Second", "Third"}
        assert kept[1] == "Typed a moment before"

    def test_before_anything_was_written_it_says_so(self, team):
        page = team.client.get(f"/pitches/{team.entry.pitch.reference}/history/title/")
        assert "Nothing was written here yet" in page.content.decode()

    def test_what_one_person_types_in_a_while_is_one_version(self, team):
        for number in range(1, 6):
            save(team.entry, team.person, number, words=f"Draft {number}")
        assert AnswerVersion.objects.filter(by=team.person).count() == 1
        AnswerVersion.objects.update(began_at=timezone.now() - timedelta(hours=1))
        save(team.entry, team.person, 6, words="Later")
        assert AnswerVersion.objects.filter(by=team.person).count() == 2

    @pytest.mark.parametrize("name", ["q999999", "nothing", "version"])
    def test_no_other_field_has_one(self, team, name):
        path = f"/pitches/{team.entry.pitch.reference}/history/{name}/"
        assert team.client.get(path).status_code == 404

    def test_only_for_the_team(self, team, client):
        other = make_entry()
        sign_in(client, team.person)
        for name in ("history/title", "others"):
            assert client.get(f"/pitches/{other.pitch.reference}/{name}/").status_code == 404

    @pytest.mark.parametrize("rows", [1, 20])
    def test_queries_do_not_grow(self, team, rows, django_assert_num_queries):
        for number in range(rows):
            AnswerVersion.objects.create(
                entry=team.entry,
                name="title",
                value=f"T{number}",
                by=UserFactory(),
                first_save=number,
                last_save=number,
            )
        path = f"/pitches/{team.entry.pitch.reference}/history/title/"
        team.client.get(path)
        with django_assert_num_queries(6):
            team.client.get(path)


def test_differences_by_word():
    runs = [(run.text, run.mark) for run in word_differences("a b c", "a x c d")]
    assert runs == [("a", ""), ("b", "del"), ("x", "ins"), ("c", ""), ("d", "ins")]


def test_a_form_without_script_merges_too(team, colleague):
    opened = form_data(team.entry)
    save(team.entry, colleague, 1, words="From Priya")
    reply = team.client.post(url("write", team.entry), {**opened, "title": "My title"})
    assert reply.status_code == 302
    assert (answer(team.entry), fresh(team.entry).title) == ("From Priya", "My title")
