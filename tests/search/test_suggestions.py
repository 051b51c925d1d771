"""What is offered while typing, for a slip of spelling, and from before: public things alone."""

import pytest
from django.test import Client
from django.urls import reverse

from search import services, suggestions
from search.models import Word
from search.port import Query, SearchBackend
from startups.models import Organisation
from tests.factories import UserFactory
from tests.search.test_hostile import HOSTILE
from tests.search.things import organisation, public_call

pytestmark = pytest.mark.django_db


def offered(client: Client, text: str) -> list[str]:
    reply = client.get(reverse("search:suggest"), {"q": text})
    assert reply.status_code == 200
    return [each["title"] for each in reply.json()["suggestions"]]


@pytest.fixture
def filled(embedded_alone: None) -> None:
    organisation("Dry Walls", "Dampness in buildings.")
    organisation("Wallpaper and Co", "Paper.")
    organisation("Waller’s Secret", "Kestrels.", is_public=False)
    public_call(title="Warm walls for homes")
    services.rebuild()


def test_titles_are_offered_whose_words_begin_as_typed(client: Client, filled: None) -> None:
    assert offered(client, "wall") == ["Dry Walls", "Wallpaper and Co", "Warm walls for homes"]
    assert offered(client, "warm wal") == ["Warm walls for homes"]
    assert offered(client, "WALLP") == ["Wallpaper and Co"]
    assert offered(client, "alls") == offered(client, "w") == offered(client, "") == []


def test_nothing_private_is_offered(client: Client, filled: None) -> None:
    assert offered(client, "secret") == []
    assert not Word.objects.filter(text__in=["kestrels", "secret"]).exists()
    firm = Organisation.objects.get(name="Dry Walls")
    Organisation.objects.filter(pk=firm.pk).update(is_public=False)
    services.index_now("organisation", [firm.pk])
    assert "Dry Walls" not in offered(client, "wall")
    # Its word is still among those learnt; it is not offered, as it finds nothing.
    assert suggestions.spelled(Query("dampnes")) == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_typing_gets_an_answer(client: Client, filled: None, text: str) -> None:
    offered(client, text.encode(errors="ignore").decode())  # as a browser would send it
    suggestions.suggest(text)
    suggestions.spelled(Query(text))


@pytest.mark.usefixtures("embedded_alone")
def test_how_many_are_offered_and_asked_is_constant(
    client: Client, django_assert_num_queries: object
) -> None:
    for number in range(12):
        organisation(f"Wall {number}")
    services.rebuild()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len(offered(client, "wall")) == suggestions.MOST


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dampnes", "dampness"),  # an omission
        ("buidlings", "buildings"),  # two letters changed about
        ("dampnses buildings", "dampness buildings"),
        ("dampness", ""),  # right already
        ("building", ""),  # stems to what is there
        ("wal", ""),  # too short to say
        ("xylophones", ""),  # nothing is near
    ],
)
def test_spelling(filled: None, typed: str, meant: str) -> None:
    assert suggestions.spelled(Query(typed)) == meant


def test_the_page_offers_the_right_spelling(
    client: Client, fill: object, backend: SearchBackend
) -> None:
    organisation("Dry Walls", "Dampness in buildings.")
    fill()  # type: ignore[operator]
    suggestions.learn_words()
    page = client.get(reverse("search:search"), {"q": "dapmness"}).content.decode()
    assert '<a class="govuk-link" href="?q=dampness">dampness</a>' in page


def test_words_that_go_are_forgotten(filled: None) -> None:
    assert Word.objects.filter(text="dampness").exists()
    Organisation.objects.filter(name="Dry Walls").update(is_public=False)
    services.rebuild()
    assert not Word.objects.filter(text="dampness").exists()


def test_recent_searches_are_ones_own_and_can_be_forgotten(client: Client, filled: None) -> None:
    address = reverse("search:search")
    client.get(address, {"q": "paper"})
    assert "recent searches" not in client.get(address).content.decode()
    assert client.session.get(suggestions.RECENT_KEY) is None  # a visitor leaves nothing
    client.force_login(UserFactory())
    for text in ("walls", "paper", "xylophones", "walls"):
        client.get(address, {"q": text})
    assert client.session[suggestions.RECENT_KEY] == ["walls", "paper"]
    assert '<a class="govuk-link" href="?q=paper">paper</a>' in client.get(address).content.decode()
    client.post(reverse("search:forget-recent"))
    assert "recent searches (" not in client.get(address).content.decode()
