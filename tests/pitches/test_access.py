"""Who may do what to a pitch: every state, event and role, and every page."""

import itertools

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from challenges.pitches.attachments import attach_file
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.services import submit_entry
from challenges.pitches.workflow import ENTRY
from marketplace.errors import NotAllowed, WrongState
from startups.models import Membership
from tests.factories import (
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    assign,
    make_judge,
    make_officer,
    sign_in,
)
from tests.pitches.conftest import call_asking, entry_for, url
from tests.pitches.test_files import PDF, upload

pytestmark = pytest.mark.django_db

TEAM, OFFICERS = {"owner", "team mate"}, {"officer"}
DECIDED = {"shortlisted", "awarded", "not-awarded", "declined"}
TABLE = {
    # event: (from, to, who may)
    "submit": ({"draft", "submitted"}, "submitted", TEAM),
    "withdraw": ({"submitted"}, "withdrawn", TEAM),
    "restore": ({"withdrawn"}, "draft", TEAM),
    "shortlist": ({"submitted"}, "shortlisted", OFFICERS),
    "award": ({"submitted"}, "awarded", OFFICERS),
    "decline": ({"submitted"}, "not-awarded", OFFICERS),
    "cancel": ({"submitted"}, "cancelled", OFFICERS),
    "correct-to-shortlisted": (DECIDED, "shortlisted", OFFICERS),
    "correct-to-awarded": (DECIDED, "awarded", OFFICERS),
    "correct-to-not-awarded": (DECIDED, "not-awarded", OFFICERS),
    "turn-down": ({"shortlisted", "awarded"}, "declined", TEAM | OFFICERS),
    "take-up-shortlisted": ({"not-awarded"}, "shortlisted", TEAM),
    "take-up-awarded": ({"not-awarded"}, "awarded", TEAM),
    "close": ({"draft", "submitted", "withdrawn"}, "closed", TEAM | OFFICERS),
    "reopen": ({"closed"}, "draft", TEAM | OFFICERS),
    "reopen-submitted": ({"closed"}, "submitted", TEAM | OFFICERS),
}
PAGES = ("entry", "write", "submit", "withdraw")
ROLES = ("anonymous", "stranger", "owner", "team mate", "officer", "officer elsewhere", "judge")


@pytest.fixture
def entry():
    """A draft with a file and a team of two."""
    organisation = OrganisationFactory(owner=UserFactory())
    Membership.objects.create(organisation=organisation, user=UserFactory())
    entry = entry_for(call_asking("file"), organisation)
    owner = organisation.memberships.first().user
    question = entry.specs[0]["id"]
    attach_file(entry=entry, question=question, upload=upload(PDF), actor=owner)
    return Entry.objects.select_related("pitch", "stage__call").get(pk=entry.pk)


@pytest.fixture
def people(entry):
    owner, mate = (member.user for member in entry.pitch.organisation.memberships.all())
    stranger = UserFactory()
    OrganisationFactory(owner=stranger)
    judge = make_judge(entry.stage)
    assign(judge, entry)
    return {
        "anonymous": AnonymousUser(),
        "stranger": stranger,
        "owner": owner,
        "team mate": mate,
        "officer": make_officer(),
        "officer elsewhere": make_officer(RegionFactory(code="E47000001", slug="gmca")),
        "judge": judge.user,
    }


def test_the_table_names_every_event():
    assert set(ENTRY.events) == set(TABLE)


@pytest.mark.parametrize("event", TABLE)
def test_every_state_event_and_role(event, entry, people):
    sources, target, allowed = TABLE[event]
    for state, (role, person) in itertools.product(EntryState.values, people.items()):
        entry.state = state
        expected = target
        if state not in sources:
            expected = WrongState
        elif role not in allowed:
            expected = NotAllowed
        assert outcome(event, entry, person) == expected, (state, event, role)


def outcome(event, entry, person):
    try:
        ENTRY.apply(event, entry, person)
    except (WrongState, NotAllowed) as refusal:
        return type(refusal)
    return entry.state


def test_nothing_is_withdrawn_after_release(entry, people):
    entry.state, entry.stage.released_at = EntryState.SUBMITTED, entry.stage.closes_at
    assert outcome("withdraw", entry, people["owner"]) is NotAllowed


def client_of(person):
    client = Client()
    return sign_in(client, person) if person.is_authenticated else client


@pytest.mark.parametrize("state", EntryState.values)
def test_every_page_for_every_role_and_state(entry, people, state):
    """The team gets its pages (or is led to the one that fits the state); others get 404."""
    Entry.objects.filter(pk=entry.pk).update(state=state)
    for page, (role, person) in itertools.product(PAGES, people.items()):
        response = client_of(person).get(url(page, entry))
        if role == "anonymous":
            assert response.status_code == 302 and "/login/" in response.url, page
        elif role in TEAM:
            fits = {"write": {"draft", "submitted"}, "withdraw": {"submitted"}}
            expected = 200 if state in fits.get(page, EntryState.values) else 302
            assert response.status_code == expected, (page, role, state)
        else:
            assert response.status_code == 404, (page, role, state)


@pytest.mark.parametrize("page", ["write", "autosave", "submit", "withdraw", "restore"])
def test_others_change_nothing(entry, people, page):
    for role, person in people.items():
        if role in TEAM:
            continue
        response = client_of(person).post(url(page, entry), {"title": "Taken over", "version": 2})
        assert response.status_code in (302, 401, 404), role
    assert Entry.objects.get(pk=entry.pk).title == "Warm homes"


@pytest.mark.parametrize("state", EntryState.values)
@pytest.mark.parametrize("submitted", [True, False])
def test_a_file_for_every_role_and_state(entry, people, state, submitted):
    """Officers open what was submitted; judges open files on their own pages."""
    if submitted:
        submit_entry(entry=entry, actor=people["owner"])
    Entry.objects.filter(pk=entry.pk).update(state=state)
    address = reverse("pitches:attachment", args=[entry.attachments.get().pk])
    allowed = TEAM | (OFFICERS if submitted and state != EntryState.DRAFT else set())
    for role, person in people.items():
        response = client_of(person).get(address)
        expected = 302 if role == "anonymous" else 200 if role in allowed else 404
        assert response.status_code == expected, (role, state)
        if response.streaming:
            assert b"".join(response.streaming_content) == PDF


@pytest.mark.parametrize("name", PAGES)
def test_an_unknown_pitch_is_not_found(people, name):
    address = reverse(f"pitches:{name}", args=["NOTHING"])
    assert client_of(people["owner"]).get(address).status_code == 404


def test_every_role_was_tried(people):
    assert tuple(people) == ROLES
