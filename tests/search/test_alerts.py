"""A call opens: whom it suits and whose saved search finds it hears of it, once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Call
from challenges.pitches.models import Partner, PartnerState
from marketplace.activity.following import follow, send_digests
from marketplace.activity.models import Follow, NewsLine, Notification, Pace
from marketplace.errors import Refused
from search import saved
from search.alerts import alert_of, alert_of_open_calls
from search.forms import read_query
from search.models import Opinion, SavedSearch, Side
from startups.models import Level, Organisation
from startups.services import create_organisation
from tests.factories import UserFactory, make_entry, sign_in
from tests.search.things import claim, public_call, want

Fill = Callable[[], None]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("backend", ["embedded"], indirect=True),
]


def team(name: str, *claims: str, is_public: bool = True) -> Organisation:
    firm = create_organisation(
        actor=UserFactory(), name=name, summary="We end damp.", is_public=is_public
    )
    for each in claims:
        claim(firm, each, Level.EXPERT)
    return firm


def opened() -> Call:
    call = public_call(title="Damp in homes", opens_in=timedelta(hours=-1))
    want(call, "Mapping")
    return call


def told() -> dict[str, NewsLine]:
    return {
        line.person.memberships.get().organisation.name: line for line in NewsLine.objects.all()
    }


def test_teams_that_it_suits_hear_once_with_a_reason(fill: Fill) -> None:
    team("Fits", "Mapping"), team("Private", "Mapping", is_public=False), team("Bakers")
    call = opened()
    fill()
    assert [alert_of_open_calls(), alert_of_open_calls()] == [2, 0]
    assert alert_of(call) == 0, "a task that runs again tells nobody twice"
    lines = told()
    assert lines.keys() == {"Fits", "Private"}
    line = lines["Fits"]
    assert line.text == "Open now, and it may suit Fits: Damp in homes"
    assert line.reason == "Expert in Mapping, asked for Working"
    assert line.path == f"/calls/{call.reference}/" and line.pace == Pace.DAILY
    send_digests(Pace.DAILY)
    assert Notification.objects.filter(recipient=line.person).count() == 1


def test_who_said_it_is_irrelevant_or_stopped_following_hears_nothing(fill: Fill) -> None:
    firms = [team(name, "Mapping") for name in ("Said", "Stopped", "Left alone")]
    call = opened()
    Opinion.objects.create(
        call=call,
        organisation=firms[0],
        side=Side.ORGANISATION,
        is_good=False,
        weights_version=1,
    )
    Follow.objects.filter(person=firms[1].memberships.get().user).delete()
    follow(person=UserFactory(), thing=firms[0])
    fill()
    assert alert_of_open_calls() == 1
    assert told().keys() == {"Left alone"}


def test_it_is_no_news_to_who_has_begun_a_pitch_for_it(fill: Fill) -> None:
    lead, partner, asked = (team(name, "Mapping") for name in ("Lead", "Partner", "Asked"))
    searching = lead.memberships.get().user
    saved.save_search(person=searching, query=query("q=damp&kind=call"))
    pitch = make_entry(call=opened(), organisation=lead).pitch
    for each, state in ((partner, PartnerState.CONFIRMED), (asked, PartnerState.INVITED)):
        Partner.objects.create(pitch=pitch, organisation=each, state=state)
    fill()
    assert alert_of_open_calls() == 1
    assert told().keys() == {"Asked"}


@pytest.mark.parametrize("opens_in", [timedelta(hours=1), timedelta(days=-5)])
def test_only_what_opened_lately(fill: Fill, opens_in: timedelta) -> None:
    team("Fits", "Mapping")
    call = public_call(title="Damp", opens_in=opens_in, closes_in=timedelta(days=9))
    want(call, "Mapping")
    fill()
    assert alert_of_open_calls(timezone.now()) == 0


def query(text: str):
    return read_query(QueryDict(text))


def test_a_saved_search_finds_new_calls(fill: Fill) -> None:
    person, other = UserFactory(), UserFactory()
    kept = saved.save_search(person=person, query=query("q=damp&kind=call"))
    assert saved.save_search(person=person, query=query("kind=call&q=damp")) == kept
    saved.save_search(person=other, query=query("q=trams"))
    call = opened()
    fill()
    assert alert_of_open_calls() == 1
    [line] = NewsLine.objects.all()
    assert line.person == person and line.reason == "your saved search “damp, call” finds it"
    assert line.path == f"/calls/{call.reference}/"
    saved.forget_search(kept)
    assert not Follow.objects.filter(person=person).exists()


def test_what_is_not_saved(backend: object) -> None:
    person = UserFactory()
    with pytest.raises(Refused, match="first"):
        saved.save_search(person=person, query=query("page=3"))
    for number in range(saved.MOST):
        saved.save_search(person=person, query=query(f"q=word{number}"))
    with pytest.raises(Refused, match="Remove one"):
        saved.save_search(person=person, query=query("q=more"))


def test_saving_by_hand(backend: object) -> None:
    person = UserFactory()
    client = sign_in(Client(), person)
    page = client.get("/search/?q=damp").content.decode()
    assert "Save this search" in page
    client.post(reverse("search:save"), {"query": "q=damp"})
    [kept] = SavedSearch.objects.all()
    assert "Your saved searches (1)" in client.get("/search/").content.decode()
    assert "Save this search" not in client.get("/search/?q=damp").content.decode()
    stranger = sign_in(Client(), UserFactory())
    assert stranger.post(reverse("search:forget", args=[kept.pk])).status_code == 404
    assert client.post(reverse("search:forget", args=[kept.pk])).status_code == 302
    assert not SavedSearch.objects.exists()
    assert "Save this search" not in Client().get("/search/?q=damp").content.decode()
