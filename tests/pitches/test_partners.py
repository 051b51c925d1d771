"""A consortium: each partner speaks for itself, the lead alone submits."""

import itertools

import pytest

from challenges.judging.reading import readings
from challenges.pitches.models import Entry, Partner, PartnerState
from challenges.pitches.partners import answer_as_partner, ask_partner, remove_partner
from challenges.pitches.parts import entries_of
from challenges.pitches.services import save_answers, submit_entry, withdraw_entry
from challenges.pitches.workflow import PARTNER
from marketplace.activity.models import Notification
from marketplace.errors import Incomplete, NotAllowed, Refused
from startups.rules import forget_memberships
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
)
from tests.pitches.conftest import url

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    person = UserFactory()
    organisation = OrganisationFactory(owner=person, name="Second Wind Ltd")
    organisation.person = person
    return organisation


def asked(team, other, **changes):
    fields = {"part": "The sensors.", "share": 40, **changes}
    return ask_partner(entry=team.entry, organisation=other, actor=team.person, **fields)


def confirmed(team, other):
    return answer_as_partner(partner=asked(team, other), event="confirm", actor=other.person)


class TestAsking:
    def test_it_is_told_and_answers_for_itself(self, team, other):
        partner = asked(team, other)
        assert Notification.objects.filter(address=other.person.email).exists()
        with pytest.raises(NotAllowed):
            answer_as_partner(partner=partner, event="confirm", actor=team.person)
        done = answer_as_partner(partner=partner, event="confirm", actor=other.person)
        assert done.state == PartnerState.CONFIRMED

    def test_what_is_refused(self, team, other):
        with pytest.raises(Refused, match="leads this pitch"):
            asked(team, team.organisation)
        with pytest.raises(Refused, match="what the partner would do"):
            asked(team, other, part=" ")
        asked(team, other)
        with pytest.raises(Refused, match="already"):
            asked(team, other)

    def test_nobody_joins_once_the_stage_has_closed(self, team, other):
        submit_entry(entry=team.entry, actor=team.person)
        close_stage(team.entry.stage)
        team.entry = Entry.objects.get(pk=team.entry.pk)
        with pytest.raises(Refused, match="no partner can join"):
            asked(team, other)
        assert (
            "no partner can join" in team.client.get(url("partners", team.entry)).content.decode()
        )

    def test_who_declined_may_be_asked_again(self, team, other):
        answer_as_partner(partner=asked(team, other), event="decline", actor=other.person)
        assert asked(team, other).state == PartnerState.INVITED
        assert Partner.objects.count() == 1

    def test_every_state_event_and_role(self, team, other):
        partner = asked(team, other)
        people = {"lead": team.person, "partner": other.person, "stranger": UserFactory()}
        table = {
            "confirm": ({"invited"}, "partner"),
            "decline": ({"invited"}, "partner"),
            "leave": ({"confirmed"}, "partner"),
            "remove": ({"invited", "confirmed"}, "lead"),
            "ask-again": ({"declined", "left", "removed"}, "lead"),
        }
        assert set(PARTNER.events) == set(table)
        for event, state, role in itertools.product(table, PartnerState.values, people):
            partner.state = state
            sources, who = table[event]
            expected = state in sources and role == who
            assert PARTNER.allows(event, partner, people[role]) == expected, (event, state, role)


class TestInThePitch:
    def test_only_a_confirmed_partner_reads_and_writes(self, team, other, client):
        partner = asked(team, other)
        sign_in(client, other.person)
        assert client.get(url("write", team.entry)).status_code == 404
        answer_as_partner(partner=partner, event="confirm", actor=other.person)
        assert client.get(url("write", team.entry)).status_code == 200
        words = team.entry.stage.questions.first()
        save_answers(
            entry=team.entry, answers={words.pk: "From both."}, version=1, actor=other.person
        )
        assert team.entry in entries_of(other.person)
        remove_partner(partner=partner, actor=team.person)
        assert client.get(url("write", team.entry)).status_code == 404

    @pytest.mark.parametrize("page", ["submit", "withdraw", "partners"])
    def test_the_lead_alone_submits_and_withdraws(self, team, other, client, page):
        confirmed(team, other)
        sign_in(client, other.person)
        assert client.get(url(page, team.entry)).status_code == 404
        with pytest.raises(NotAllowed):
            submit_entry(entry=team.entry, actor=other.person)

    def test_an_unconfirmed_part_stands_in_the_way(self, team, other):
        partner = asked(team, other)
        with pytest.raises(Incomplete) as refusal:
            submit_entry(entry=team.entry, actor=team.person)
        assert "Second Wind Ltd has not confirmed" in refusal.value.problems[0][1]
        remove_partner(partner=partner, actor=team.person)
        assert "partners" not in submit_entry(entry=team.entry, actor=team.person).content

    def test_partners_are_in_what_is_submitted(self, team, other):
        confirmed(team, other)
        content = submit_entry(entry=team.entry, actor=team.person).content
        assert content["partners"] == [
            {"organisation": "Second Wind Ltd", "part": "The sensors.", "share": 40}
        ]

    def test_one_that_leaves_a_submitted_pitch_is_told_to_the_officer(self, team, other):
        officer = make_officer()
        type(team.call).objects.filter(pk=team.call.pk).update(owner=officer)
        partner = confirmed(team, other)
        submit_entry(entry=team.entry, actor=team.person)
        answer_as_partner(partner=partner, event="leave", actor=other.person)
        assert Notification.objects.filter(address=officer.email).exists()

    @pytest.mark.parametrize("blind", [True, False])
    def test_a_blind_panel_does_not_read_of_them(self, other, blind):
        person = UserFactory()
        entry = make_entry(
            call=make_call(blind=blind), organisation=OrganisationFactory(owner=person)
        )
        partner = ask_partner(
            entry=entry, organisation=other, part="Sensors", share=None, actor=person
        )
        answer_as_partner(partner=partner, event="confirm", actor=other.person)
        submit_entry(entry=entry, actor=person)
        judge = make_judge(close_stage(entry.stage))
        [reading] = readings(assign(judge, Entry.objects.get(pk=entry.pk)))
        assert ("Second Wind" in str(reading.answers)) != blind

    def test_withdrawing_is_the_leads(self, team, other):
        confirmed(team, other)
        submit_entry(entry=team.entry, actor=team.person)
        with pytest.raises(NotAllowed):
            withdraw_entry(entry=team.entry, actor=other.person)


class TestPages:
    def test_the_lead_asks_and_takes_out(self, team, other):
        page = url("partners", team.entry)
        near = team.client.post(page, {"organisation": "Second", "part": "x"})
        assert near.status_code == 400 and "Second Wind Ltd" in near.content.decode()
        team.client.post(page, {"organisation": "second wind ltd", "part": "x", "share": "10"})
        partner = Partner.objects.get()
        assert "Second Wind Ltd" in team.client.get(page).content.decode()
        team.client.post(page, {"remove": str(partner.pk)})
        partner.refresh_from_db()
        assert partner.state == PartnerState.REMOVED

    def test_the_partner_answers(self, team, other, client):
        partner = asked(team, other)
        page = f"/pitches/partners/{partner.pk}/"
        sign_in(client, UserFactory())
        assert client.get(page).status_code == 404
        sign_in(client, other.person)
        client.post(page, {"event": "steal"})
        client.post(page, {"event": "confirm"})
        assert "Leave the pitch" in client.get(page).content.decode()

    @pytest.mark.parametrize("rows", [1, 8])
    def test_queries_do_not_grow(self, team, rows, django_assert_num_queries):
        for _ in range(rows):
            person = UserFactory()
            asked(team, OrganisationFactory(owner=person), share=5)
        forget_memberships(team.person)
        team.client.get(url("partners", team.entry))
        with django_assert_num_queries(6):
            team.client.get(url("partners", team.entry))
