"""Saying what an organisation can do."""

import pytest

from startups.models import Capability, Claim, Level
from tests.factories import CapabilityFactory
from tests.pages import error_beside
from tests.startups.things import organisation_with_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(client):
    member = organisation_with_team(slug="damp")[2]
    CapabilityFactory(code="ml", name="Machine learning", also_known_as=["AI", "deep learning"])
    client.force_login(member)
    return "/organisations/damp/capabilities/"


def test_claim_change_and_remove(client, url):
    good = {"level": "3", "evidence": "Council X, 2025", "evidence_url": "damp.example/x"}
    assert client.post(f"{url}ml/", good)["Location"] == url
    claim = Claim.objects.get()
    assert (claim.level, claim.evidence_url) == (Level.PRACTITIONER, "https://damp.example/x")
    assert claim.organisation.version == 2

    form = client.get(f"{url}ml/").context["form"]
    assert form["evidence"].value() == "Council X, 2025"
    client.post(f"{url}ml/", {**good, "level": "4"})
    assert Claim.objects.get().level == Level.EXPERT

    assert "Remove Machine learning?" in client.get(f"{url}ml/remove/").content.decode()
    assert Claim.objects.exists()
    client.post(f"{url}ml/remove/")
    assert not Claim.objects.exists()
    assert client.get(f"{url}ml/remove/").status_code == 404


def test_each_level_says_what_it_means(client, url):
    page = client.get(f"{url}ml/").content.decode()
    assert "Delivers it unaided, with references" in page
    assert page.count('type="radio"') == 4


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("level", "", "Select a level"),
        ("level", "5", "choose from the list"),
        ("level", "2\x00", "choose from the list"),
        ("evidence", "", "Enter your evidence"),
        ("evidence", "a\x00b", "leave out the character"),
        ("evidence", "x" * 3001, "Evidence must be 3,000 characters or fewer"),
        ("evidence_url", "javascript:alert(1)", "Link to evidence must be a web address"),
    ],
)
def test_bad_input_is_told_beside_its_field(client, url, field, typed, said):
    typed_all = {"level": "3", "evidence": "Council X", "evidence_url": "", field: typed}
    response = client.post(f"{url}ml/", typed_all)
    assert response.status_code == 200
    assert said in error_beside(response, field)
    assert "Council X" in response.content.decode() or field == "evidence"
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("machine", ["ml"]),
        ("ai", ["ml"]),
        ("LEARNING deep", ["ml"]),
        ("drains", []),
        ("", ["geo", "ml"]),
    ],
)
def test_the_framework_is_searched_by_all_names(client, url, words, found):
    CapabilityFactory(code="geo", name="Geospatial", also_known_as=["GIS"])
    groups = client.get(url, {"q": words}).context["groups"]
    assert [one.code for _, capabilities in groups for one in capabilities] == found


@pytest.mark.parametrize("words", ["x" * 5000, "a\x00b", "%", "\udcff"])
def test_odd_words_are_no_failure(client, url, words):
    assert client.get(url, {"q": words.encode("utf-8", "replace")}).status_code == 200


def test_an_unknown_capability_is_not_found(client, url):
    assert client.get(f"{url}nothing/").status_code == 404
    assert client.post(f"{url}nothing/", {"level": 3, "evidence": "x"}).status_code == 404


def test_claimed_ones_are_not_offered_again(client, url):
    client.post(f"{url}ml/", {"level": "3", "evidence": "Council X"})
    page = client.get(url)
    assert page.context["groups"] == []
    assert [claim.capability for claim in page.context["claims"]] == [Capability.objects.get()]
