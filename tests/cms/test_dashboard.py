"""The dashboard, for each kind of person."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from challenges.calls.models import CallState, WantedCapability
from challenges.judging.models import PanelMember
from challenges.pitches.models import Partner, PartnerState
from startups.models import Claim, TeamInvitation
from startups.services import invite_to_team
from tests.cms.test_pages import publish
from tests.factories import (
    CapabilityFactory,
    OrganisationFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)

pytestmark = pytest.mark.django_db
QUERIES = 26 if settings.ELASTICSEARCH_URL else 27  # which answers one of them


def read(client, person, address="/dashboard/") -> str:
    sign_in(client, person)
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get("/dashboard/").url == "/accounts/login/?next=/dashboard/"


def test_somebody_new_is_told_to_register(client):
    assert "Register your organisation" in read(client, UserFactory())


def test_a_team_sees_its_pitches_with_what_comes_next_and_nobody_elses(client):
    person = UserFactory()
    mine = make_entry(organisation=OrganisationFactory(owner=person))
    other = make_entry()
    page = read(client, person)
    assert f"Finish and submit it by {mine.stage.closes_at.astimezone():%-d}" in page
    assert mine.pitch.call.title in page
    assert other.pitch.call.title not in page


def test_what_comes_next_changes_with_the_state(client):
    person = UserFactory()
    entry = submit(make_entry(organisation=OrganisationFactory(owner=person)))
    assert "You can change it until" in read(client, person)
    close_stage(entry.stage)
    assert "Being assessed." in read(client, person)


def test_a_draft_that_was_left_says_that_it_is_too_late(client):
    person = UserFactory()
    entry = make_entry(organisation=OrganisationFactory(owner=person))
    close_stage(entry.stage)
    assert "Not submitted." in read(client, person)


def test_an_open_call_that_suits_is_shown_with_the_reason(client):
    person, capability = UserFactory(), CapabilityFactory(name="Damp sensing")
    organisation = OrganisationFactory(owner=person)
    Claim.objects.create(
        organisation=organisation, capability=capability, level=3, evidence="Done twice."
    )
    call = make_call(title="Find damp early")
    WantedCapability.objects.create(call=call, capability=capability, level=2)
    page = publish(call)
    shown = read(client, person)
    assert page.url in shown
    assert "Damp sensing" in shown


def test_a_call_that_it_has_part_in_is_not_offered_as_new(client):
    person, capability = UserFactory(), CapabilityFactory()
    lead, partner = OrganisationFactory(), OrganisationFactory(owner=person)
    Claim.objects.create(organisation=partner, capability=capability, level=4, evidence="Proof.")
    call = make_call()
    WantedCapability.objects.create(call=call, capability=capability, level=3)
    publish(call)
    assert "Why it suits you" in read(client, person)
    entry = make_entry(call=call, organisation=lead)
    Partner.objects.create(pitch=entry.pitch, organisation=partner, state=PartnerState.CONFIRMED)
    page = read(client, person)
    assert "Why it suits you" not in page
    assert entry.get_absolute_url() in page
    assert "Go on with your pitch" in client.get(call.page.url).content.decode()
    assert "Go on with your pitch" in client.get("/challenges/").content.decode()
    close_stage(call.first_stage)
    closed = client.get(call.page.url).content.decode()
    assert "Apply" not in closed
    assert f'href="{entry.get_absolute_url()}' in closed


def test_what_a_profile_lacks_is_listed_and_what_it_has_is_not(client):
    person = UserFactory()
    organisation = OrganisationFactory(owner=person, website="https://a.example")
    page = read(client, person)
    assert "Claim a capability, with evidence" in page
    assert "Add your website" not in page
    assert f"/organisations/{organisation.slug}/capabilities/" in page


def test_matches_are_those_of_the_organisation_that_is_chosen(client):
    person = UserFactory()
    first = OrganisationFactory(owner=person, name="Aye")
    second = OrganisationFactory(owner=person, name="Bee")
    assert f"that suit {first.name}" in read(client, person)
    assert f"that suit {second.name}" in read(
        client, person, f"/dashboard/?organisation={second.slug}"
    )
    assert f"that suit {first.name}" in read(client, person, "/dashboard/?organisation=not-mine")


def test_an_invitation_to_a_team_is_shown_to_whom_it_was_sent(client):
    owner, invited = UserFactory(), UserFactory()
    organisation = OrganisationFactory(owner=owner, name="Kettle Works")
    invite_to_team(organisation=organisation, email=invited.email, actor=owner)
    assert "Kettle Works" in read(client, invited)
    TeamInvitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert "Kettle Works" not in read(client, invited)


def test_a_judge_sees_what_is_due(client):
    entry = submit(make_entry())
    member = make_judge(entry.stage)
    assign(member, entry)
    close_stage(entry.stage)
    page = read(client, member.user)
    assert "1 of 1 pitch to score" in page
    assert "Register your organisation" not in page


def test_a_judge_of_a_panel_that_has_closed_is_not_told_of_work_that_is_due(client):
    entry = submit(make_entry())
    member = make_judge(entry.stage)
    assign(member, entry)
    stage = close_stage(entry.stage)
    type(stage).objects.filter(pk=stage.pk).update(scores_due_at=timezone.now())
    page = read(client, member.user)
    assert "Panel closed" in page and "The panel closed" in page
    assert "To score" not in page and "Due " not in page


def test_a_judge_who_was_removed_sees_nothing_of_it(client):
    entry = submit(make_entry())
    member = make_judge(entry.stage)
    PanelMember.objects.update(state="removed")
    assert entry.pitch.call.title not in read(client, member.user)


def test_an_officer_is_told_what_waits_for_approval_but_not_of_their_own(client):
    officer, other = make_officer(), make_officer()
    make_call(state=CallState.PROPOSED, proposed_by=officer)
    assert "Nothing waits for you" in read(client, officer)
    page = read(client, other)
    assert "1 thing waits for you" in page and "1 call to approve" in page


@pytest.mark.parametrize("count", [1, 30])
def test_the_dashboard_takes_the_same_queries_for_1_and_for_30(
    client, django_assert_num_queries, count
):
    person, capability = UserFactory(), CapabilityFactory()
    organisation = OrganisationFactory(owner=person)
    Claim.objects.create(
        organisation=organisation, capability=capability, level=3, evidence="Done twice."
    )
    for _ in range(count):
        call = make_call()
        WantedCapability.objects.create(call=call, capability=capability, level=2)
        publish(call)
        make_entry(organisation=organisation)
    sign_in(client, person)
    client.get("/dashboard/")  # the texts to match are read once a process
    with django_assert_num_queries(QUERIES):
        page = client.get("/dashboard/")
    assert len(page.context["matches"]) == min(count, 5) and page.context["pitches"]
