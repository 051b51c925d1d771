"""An organisation whose people are gone, joined by another, renamed or hidden while in a pitch."""

from typing import Any

import pytest
from django.db.models import ProtectedError

from challenges.judging.finding import find_ties
from challenges.pitches.models import Entry, Partner, PartnerState
from challenges.pitches.partners import answer_as_partner
from challenges.pitches.parts import gone_since, has_part, people_in
from challenges.pitches.services import submit_entry
from marketplace.accounts.models import User
from marketplace.accounts.services import delete_account, why_account_stays
from marketplace.activity.models import Notification
from marketplace.errors import Refused
from startups.models import MemberRole, Membership, Organisation
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    close_stage,
    make_entry,
    make_officer,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    """Of one person, confirmed, in a draft of another organisation."""
    entry = make_entry()
    lead = entry.pitch.organisation.memberships.get().user
    organisation = OrganisationFactory(owner=UserFactory(), name="Second Wind Ltd")
    return Partner.objects.create(
        pitch=entry.pitch,
        organisation=organisation,
        part="Sensors",
        state=PartnerState.CONFIRMED,
        asked_by=lead,
    )


def lead_of(partner: Partner) -> User:
    return partner.pitch.organisation.memberships.get().user


def person_of(partner: Partner) -> User:
    return User.objects.get(memberships__organisation=partner.organisation)


def entry_of(partner: Partner) -> Entry:
    return Entry.objects.get(pitch=partner.pitch)


def told(person: User, words: str) -> int:
    return Notification.objects.filter(recipient=person, subject__contains=words).count()


def switch_off(person: User) -> None:
    person.is_active = False
    person.save()


def test_the_last_of_a_partner_leaves_a_submitted_pitch_before_the_account_goes(
    partner: Partner, client: Any
) -> None:
    submit(entry_of(partner))
    person = person_of(partner)
    [reason] = why_account_stays(person)
    assert "Second Wind Ltd has a part in" in reason.text
    client.force_login(person)
    assert client.get(reason.path).status_code == 200
    with pytest.raises(Refused, match="nobody else is on its team"):
        delete_account(user=person)
    answer_as_partner(partner=partner, event="leave", actor=person)
    assert delete_account(user=person).is_active is False


def test_with_a_colleague_the_part_stands(partner: Partner) -> None:
    submit(entry_of(partner))
    person, colleague = person_of(partner), UserFactory()
    Membership.objects.create(
        organisation=partner.organisation, user=colleague, role=MemberRole.OWNER
    )
    delete_account(user=person)
    partner.refresh_from_db()
    assert partner.state == PartnerState.CONFIRMED
    assert has_part(colleague, partner.pitch)


@pytest.mark.parametrize(
    ("state", "becomes"),
    [("confirmed", "left"), ("invited", "declined"), ("declined", "declined")],
)
def test_a_draft_waits_for_nobody_who_has_gone(partner: Partner, state: str, becomes: str) -> None:
    Partner.objects.update(state=state)
    delete_account(user=person_of(partner))
    partner.refresh_from_db()
    assert partner.state == becomes
    assert told(lead_of(partner), "Second Wind Ltd has") == (state != becomes)
    submit_entry(entry=entry_of(partner), actor=lead_of(partner))


def test_one_only_asked_declines_a_submitted_pitch_with_its_last_account(
    partner: Partner,
) -> None:
    Partner.objects.update(state=PartnerState.DECLINED)
    submit(entry_of(partner))
    Partner.objects.update(state=PartnerState.INVITED)
    delete_account(user=person_of(partner))
    partner.refresh_from_db()
    assert partner.state == PartnerState.DECLINED


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_the_lead_hears_that_nobody_of_a_partner_can_sign_in(partner: Partner, state: str) -> None:
    officer = make_officer(partner.pitch.call.region)
    if state == "submitted":
        submit(entry_of(partner))
    person = person_of(partner)
    switch_off(person)
    switch_off(person)
    assert told(lead_of(partner), "Nobody of Second Wind Ltd") == 1
    assert told(officer, "Nobody of Second Wind Ltd") == (state == "submitted")
    partner.refresh_from_db()
    assert partner.state == PartnerState.CONFIRMED, "its part stands"
    assert people_in([partner.pitch_id])[partner.pitch_id] == [lead_of(partner)]


@pytest.mark.parametrize("goes", [switch_off, lambda person: delete_account(user=person)])
@pytest.mark.parametrize("is_over", [False, True])
def test_partners_hear_that_nobody_can_submit_the_draft(
    partner: Partner, goes: Any, is_over: bool
) -> None:
    officer = make_officer(partner.pitch.call.region)
    if is_over:
        close_stage(entry_of(partner).stage)
    name = partner.pitch.organisation.name
    goes(lead_of(partner))
    assert told(person_of(partner), f"Nobody of {name}") == (not is_over)
    assert not told(officer, f"Nobody of {name}"), "a draft is the team’s alone"


def test_partners_and_officers_hear_that_nobody_of_the_lead_can_sign_in(partner: Partner) -> None:
    officer = make_officer(partner.pitch.call.region)
    submit(entry_of(partner))
    name = partner.pitch.organisation.name
    switch_off(lead_of(partner))
    for person in (person_of(partner), officer):
        assert told(person, f"Nobody of {name}") == 1


def test_nobody_hears_while_a_colleague_can_sign_in_or_of_what_is_over(partner: Partner) -> None:
    person, colleague = person_of(partner), UserFactory()
    Membership.objects.create(organisation=partner.organisation, user=colleague)
    switch_off(person)
    Entry.objects.update(state="not-awarded")
    switch_off(colleague)
    assert not told(lead_of(partner), "Nobody of")


def test_an_organisation_in_a_pitch_is_never_deleted(partner: Partner) -> None:
    for organisation in (partner.organisation, partner.pitch.organisation):
        with pytest.raises(ProtectedError):
            organisation.delete()


def test_one_that_is_renamed_or_hidden_keeps_its_part(partner: Partner) -> None:
    entry = submit(entry_of(partner))
    Organisation.objects.filter(pk=partner.organisation_id).update(name="New", is_public=False)
    assert gone_since(entry.submissions.last()) == []
    assert has_part(person_of(partner), partner.pitch)


def test_organisations_that_become_one_are_one_team_and_hear_once(partner: Partner) -> None:
    """They are never merged, as both stand in what was submitted: their people join both."""
    person = person_of(partner)
    Membership.objects.create(organisation=partner.pitch.organisation, user=person)
    entry = submit(entry_of(partner))
    close_stage(entry.stage)
    assert people_in([entry.pitch_id])[entry.pitch_id].count(person) == 1
    assert told(person, "Receipt") == 1
    assert len(find_ties(entry.stage, [person])[person.pk, entry.pk]) == 2
