"""Pages cost the same number of queries however much there is on them."""

import pytest
from django.utils import timezone

from challenges.calls.models import QuestionKind
from challenges.pitches.models import Answer, Attachment, Entry, Submission
from challenges.pitches.parts import entries_of
from tests.factories import OrganisationFactory, UserFactory, make_call, make_entry, sign_in
from tests.pitches.conftest import call_asking, entry_for, url

pytestmark = pytest.mark.django_db

WRITE, CHECK, PITCH, SUBMIT = 9, 9, 10, 8


def filled(client, questions, versions=0):
    """A pitch with so many texts and files answered, submitted so many times."""
    person = UserFactory()
    kinds = [QuestionKind.LONG_TEXT, QuestionKind.FILE, QuestionKind.DATE] * questions
    entry = entry_for(call_asking(*kinds[:questions]), OrganisationFactory(owner=person))
    for spec in entry.specs:
        if spec["kind"] == QuestionKind.FILE:
            Attachment.objects.create(
                entry=entry, question_id=spec["id"], file="x", name="a.pdf", size=1, sha256="0"
            )
        else:
            Answer.objects.create(entry=entry, question_id=spec["id"], value="typed")
    for number in range(1, versions + 1):
        Submission.objects.create(
            entry=entry,
            number=number,
            at=timezone.now(),
            by=UserFactory(),
            rulebook=entry.rulebook,
            content={"title": "T", "summary": "S", "answers": []},
            digest="0" * 64,
        )
    sign_in(client, person)
    return entry


@pytest.mark.parametrize("questions", [3, 20])
@pytest.mark.parametrize(
    ("page", "count"), [("write", WRITE), ("write?check=1", CHECK), ("submit", SUBMIT)]
)
def test_pages_of_a_form(client, django_assert_num_queries, questions, page, count):
    entry = filled(client, questions)
    name, _, query = page.partition("?")
    with django_assert_num_queries(count):
        assert client.get(f"{url(name, entry)}?{query}").status_code == 200


@pytest.mark.parametrize(("questions", "versions"), [(3, 1), (20, 20)])
def test_the_page_of_a_pitch(client, django_assert_num_queries, questions, versions):
    entry = filled(client, questions, versions)
    with django_assert_num_queries(PITCH):
        assert client.get(url("entry", entry)).status_code == 200


@pytest.mark.parametrize("pitches", [1, 30])
def test_a_person_s_list(django_assert_num_queries, pitches):
    person = UserFactory()
    organisation = OrganisationFactory(owner=person)
    for _ in range(pitches):
        make_entry(call=make_call(), organisation=organisation)
    make_entry()
    with django_assert_num_queries(1):
        found = [
            (entry.title, entry.pitch.organisation.name, entry.stage.call.title, entry.stage.name)
            for entry in entries_of(person).current().with_parties()
        ]
    assert len(found) == pitches


def test_the_list_shows_the_stage_that_is_current():
    person = UserFactory()
    call = make_call(stages=2)
    first = make_entry(call=call, organisation=OrganisationFactory(owner=person))
    stage = call.stages.last()
    second = Entry.objects.create(pitch=first.pitch, stage=stage, rulebook=stage.rulebook)
    assert list(entries_of(person).current().with_parties()) == [second]
