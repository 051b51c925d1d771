"""The search page."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from search.backends.elastic import ElasticBackend
from search.backends.embedded import EmbeddedBackend
from search.port import SearchBackend
from tests.factories import OrganisationFactory, SectorFactory, UserFactory, make_entry, submit
from tests.search.test_hostile import HOSTILE
from tests.search.things import organisation, public_call

Fill = Callable[[], None]
QUERIES = {EmbeddedBackend: 11, ElasticBackend: 0}
"""Whether a document has all the words, total, page, entries, highlights, six counts; none
where Elasticsearch answers."""


def look(client: Client, **data: object) -> str:
    response = client.get(reverse("search:search"), data)
    assert response.status_code == 200
    return response.content.decode()


def test_shows_what_was_found_with_its_words_marked(client: Client, fill: Fill) -> None:
    public_call(title="Can sensors find damp early?", summary="Mould <i>grows</i> in homes.")
    fill()
    page = look(client, q="sensor")
    assert "1 result for “sensor”" in page
    assert "<mark>sensors</mark>" in page
    assert "Mould &lt;i&gt;grows&lt;/i&gt; in homes." in page
    assert "Open" in page


def test_a_call_that_one_has_begun_to_pitch_for_leads_on_to_the_pitch(
    client: Client, fill: Fill
) -> None:
    person = UserFactory()
    calls = [public_call(title=f"Trams on time {number}") for number in range(2)]
    fill()
    assert "Go on with your pitch" not in look(client, q="trams")
    entry = make_entry(call=calls[0], organisation=OrganisationFactory(owner=person))
    client.force_login(person)
    page = look(client, q="trams")
    assert page.count("Go on with your pitch") == 1
    assert f"/pitches/{entry.pitch.reference}/write/" in page
    submit(entry)
    assert "See what you submitted" in look(client, q="trams")


def test_before_anything_is_asked_it_offers_the_kinds(client: Client, fill: Fill) -> None:
    organisation("Dry Walls")
    fill()
    page = look(client)
    assert "?kind=organisation" in page
    assert "Dry Walls" not in page


def test_says_what_to_do_when_nothing_was_found(client: Client, fill: Fill) -> None:
    fill()
    page = look(client, q="zeppelin", kind="call")
    assert "Nothing found for “zeppelin”" in page
    assert "Look without the filters" in page


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_a_choice_without_hits_can_be_taken_back(client: Client, fill: Fill) -> None:
    firm = organisation("Dry Walls", "Damp.")
    firm.sectors.add(SectorFactory())
    organisation("Trams", "Trams.")
    fill()
    page = look(client, q="trams", sector="construction")
    assert "Construction (0)" in page
    assert 'value="construction" checked' in page


def test_filters_and_pages_stay_in_the_links(client: Client, fill: Fill) -> None:
    for number in range(25):
        organisation(f"Firm {number}", "Trams.")
    fill()
    page = look(client, q="trams", kind="organisation")
    assert "page 1 of 2" in page
    assert "q=trams&amp;kind=organisation&amp;page=2" in page
    assert "page 2 of 2" in look(client, q="trams", page="2")


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "²", "99999999"])
def test_odd_page_numbers(client: Client, fill: Fill, page: str) -> None:
    organisation("Dry Walls", "Damp.")
    fill()
    assert "1 result" in look(client, q="damp", page=page)


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
@pytest.mark.parametrize("text", [each for each in HOSTILE if "\ud800" not in each])
def test_odd_queries(client: Client, fill: Fill, text: str) -> None:
    organisation("Dry Walls", "Damp.")
    fill()
    page = look(client, q=text, sector=text, state=text, kind=text)
    assert "<script>alert" not in page


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_a_long_query_says_where_it_was_cut(client: Client, fill: Fill) -> None:
    organisation("Dry Walls", "Damp.")
    fill()
    assert "only its first 300 characters" in look(client, q="damp " * 2000)


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_words_that_say_nothing_are_answered(client: Client, fill: Fill) -> None:
    fill()
    assert "no word to look for" in look(client, q="the of !!!")


@pytest.mark.parametrize("rows", [1, 30])
def test_queries_do_not_grow(
    client: Client,
    fill: Fill,
    backend: SearchBackend,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows):
        firm = organisation(f"Firm {number}", "Trams on time.")
        firm.sectors.add(SectorFactory(slug=f"sector-{number}", name=f"Sector {number}"))
        public_call(title=f"Trams on time {number}")
    fill()
    look(client, q="trams time")  # other ways to say things are read once a minute
    with django_assert_num_queries(QUERIES[type(backend)]):
        look(client, q="trams time")


@pytest.mark.parametrize("rows", [1, 30])
def test_reading_documents_takes_the_same_queries_for_any_number(
    db: None, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    from search.documents import documents

    for number in range(rows):
        public_call(title=f"Trams on time {number}", body="Words.")
    assert len(list(documents("call"))) == rows
    with django_assert_max_num_queries(11):
        list(documents("call"))
