"""Earlier answers and the profile are offered; nothing is overwritten unseen."""

import pytest

from challenges.calls.models import QuestionKind
from challenges.pitches.models import Answer, AnswerVersion
from challenges.pitches.partners import answer_as_partner, ask_partner
from startups.models import Claim
from tests.factories import CapabilityFactory, OrganisationFactory, UserFactory, make_entry, sign_in
from tests.pitches.conftest import answer, call_asking, entry_for, form_data, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def earlier(team):
    entry = make_entry(organisation=team.organisation)
    Answer.objects.filter(entry=entry, question=entry.stage.questions.first()).update(
        value="The text of last year."
    )
    return entry


def page(entry, place=0):
    question = entry.stage.questions.all()[place]
    return f"/pitches/{entry.pitch.reference}/reuse/q{question.pk}/"


def test_a_like_answer_of_the_same_organisation_is_offered(team, earlier):
    text = team.client.get(page(team.entry)).content.decode()
    assert "The text of last year." in text and "What would you do?" in text


def test_what_was_typed_a_moment_before_stays_in_the_history(team, earlier):
    team.client.post(url("autosave", team.entry), form_data(team.entry, words="Just typed."))
    team.client.post(page(team.entry), {"offer": "0"})
    values = set(AnswerVersion.objects.values_list("value", flat=True))
    assert values == {"We put sensors in homes.", "Just typed.", "The text of last year."}


def test_using_it_is_a_version_and_what_stood_comes_back(team, earlier):
    team.client.post(page(team.entry), {"offer": "0"})
    assert answer(team.entry) == "The text of last year."
    values = set(AnswerVersion.objects.values_list("value", flat=True))
    assert values == {"We put sensors in homes.", "The text of last year."}


@pytest.mark.parametrize("offer", ["", "7", "-1", "x", "9" * 40])
def test_what_is_no_offer_changes_nothing(team, earlier, offer):
    team.client.post(page(team.entry), {"offer": offer})
    assert answer(team.entry) == "We put sensors in homes."


def test_nothing_of_others(team):
    other = make_entry()
    Answer.objects.filter(entry=other).update(value="Their secret.")
    assert "Their secret." not in team.client.get(page(team.entry)).content.decode()
    assert team.client.get(page(other)).status_code == 404


def test_each_partner_is_offered_its_own_texts_alone(team, earlier, client):
    person = UserFactory()
    partner = OrganisationFactory(owner=person)
    Answer.objects.filter(entry=make_entry(organisation=partner)).update(value="Our own text.")
    asked = ask_partner(
        entry=team.entry, organisation=partner, part="Sensors", share=None, actor=team.person
    )
    answer_as_partner(partner=asked, event="confirm", actor=person)
    theirs = team.client.get(page(team.entry)).content.decode()
    sign_in(client, person)
    text = client.get(page(team.entry)).content.decode()
    assert "The text of last year." not in text and "Our own text." in text
    assert "The text of last year." in theirs and "Our own text." not in theirs


def test_the_profile_fills_what_it_can(client):
    person = UserFactory()
    organisation = OrganisationFactory(
        owner=person, website="https://example.org/us", description="We make sensors."
    )
    call = call_asking(QuestionKind.LINK, QuestionKind.LONG_TEXT)
    entry = entry_for(call, organisation)
    sign_in(client, person)
    assert "https://example.org/us" in client.get(page(entry, 0)).content.decode()
    assert "We make sensors." in client.get(page(entry, 1)).content.decode()


def test_claims_fill_what_is_wanted(client):
    from challenges.pitches.reuse import offers_for

    person = UserFactory()
    organisation = OrganisationFactory(owner=person)
    capability = CapabilityFactory(name="Sensors")
    Claim.objects.create(
        organisation=organisation, capability=capability, level=4, evidence="Forty homes"
    )
    entry = entry_for(call_asking(QuestionKind.CAPABILITIES), organisation)
    spec = {**entry.specs[0], "wanted": [{"code": capability.code, "name": "Sensors"}]}
    [offer] = offers_for(entry, spec, person)
    assert offer.typed == [["Sensors", "Expert", "Forty homes"]]
