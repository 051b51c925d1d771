"""The public list of funded projects, its filters and its table, and a project's page."""

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from challenges.awards.models import Award, AwardState
from challenges.calls.models import Programme
from tests.factories import (
    AwardFactory,
    LocalAuthorityFactory,
    ObjectiveFactory,
    OrganisationFactory,
    SectorFactory,
    make_call,
)

LIST = "/projects/"
TABLE = "/projects/projects.csv"


def titles(client: Client, **filters: str) -> set[str]:
    """Titles in the list; the table must hold the same."""
    listed = {award.title for award in client.get(LIST, filters).context["page"]}
    assert listed == {row["Project"] for row in rows(client, **filters)}
    return listed


def rows(client: Client, **filters: str) -> list[dict[str, str]]:
    response = client.get(TABLE, filters)
    assert response["Content-Type"].startswith("text/csv")
    text = response.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def two(db: None) -> tuple[Award, Award]:
    """Two projects that differ in everything that can be filtered."""
    call = make_call(title="How might we end damp?")
    call.sectors.add(SectorFactory(region=call.region))
    call.programme = Programme.objects.create(region=call.region, name="Catalyst", slug="catalyst")
    call.save()
    place = LocalAuthorityFactory(region=call.region, code="E08000025", name="Birmingham")
    damp = AwardFactory(
        title="Damp sensors",
        call=call,
        organisation=OrganisationFactory(name="Dry Walls", slug="dry-walls", place=place),
        awarded_on=date(2018, 3, 1),
        amount=50_000,
    )
    other = make_call(region=call.region, title="How might we move about?")
    other.objectives.set([ObjectiveFactory(region=call.region, code="transport", name="Transport")])
    bus = AwardFactory(
        title="Night buses",
        call=other,
        organisation=OrganisationFactory(name="Owl Lines", slug="owl-lines"),
        awarded_on=date(2024, 3, 1),
        amount=1_500,
        state=AwardState.COMPLETED,
        summary="Buses at night.",
    )
    return damp, bus


@pytest.mark.parametrize(
    "filters",
    [
        {"objective": "housing"},
        {"sector": "construction"},
        {"place": "E08000025"},
        {"programme": "catalyst"},
        {"state": "active"},
        {"year": "2018"},
        {"organisation": "dry-walls"},
        {"q": "DAMP sensors"},
        {"q": "dry walls end"},
        {"objective": "housing", "year": "2018", "q": "damp"},
    ],
)
def test_each_filter_narrows(two: Any, client: Client, filters: dict) -> None:
    assert titles(client) == {"Damp sensors", "Night buses"}
    assert titles(client, **filters) == {"Damp sensors"}


def test_filters_together_may_leave_nothing(two: Any, client: Client) -> None:
    assert titles(client, objective="housing", year="2024") == set()
    page = client.get(LIST, {"objective": "housing", "year": "2024"}).content.decode()
    assert "No project fits these filters" in page


FILTERS = (
    "q",
    "objective",
    "sector",
    "place",
    "programme",
    "state",
    "year",
    "organisation",
    "page",
)


@pytest.mark.parametrize(
    "value", ["", "x", "-1", "9" * 40, "a\x00b", "%", "'\"<script>", "é" * 300]
)
def test_no_filter_value_breaks_the_list(two: Any, client: Client, value: str) -> None:
    for name in FILTERS:
        for address in (LIST, TABLE):
            response = client.get(address, {name: value})
            assert response.status_code == 200, (name, address)
            if address == LIST:
                assert "<script>" not in response.content.decode().replace("<script nonce", "")


def test_summary_figures_follow_the_filters(two: Any, client: Client) -> None:
    assert client.get(LIST).context["figures"] == {
        "number": 2,
        "pounds": 51_500,
        "limits": 0,
    }
    page = client.get(LIST, {"year": "2018"}).content.decode()
    assert "£50,000" in page
    assert "£51,500" not in page


def test_an_amount_that_is_a_limit_says_so_everywhere(two: Any, client: Client) -> None:
    damp, bus = two
    Award.objects.filter(pk=damp.pk).update(amount_is_limit=True)
    page = client.get(LIST).content.decode()
    assert "Up to £50,000" in page
    assert "awarded, at most" in page
    assert "Up to £50,000" in client.get(damp.get_absolute_url()).content.decode()
    limits = {row["Project"]: row["Amount is a limit"] for row in rows(client)}
    assert limits == {damp.title: "yes", bus.title: "no"}
    Award.objects.update(amount_is_limit=False)
    page = client.get(LIST).content.decode()
    assert "Up to £" not in page
    assert "at most" not in page


def test_with_nothing_funded_the_list_says_so(db: None, client: Client) -> None:
    page = client.get(LIST).content.decode()
    assert "No project has been funded yet" in page
    assert "£0" in page


def test_pages_keep_the_filters(db: None, client: Client) -> None:
    call = make_call()
    for _ in range(30):
        AwardFactory(call=call)
    first = client.get(LIST, {"state": "active"})
    assert len(first.context["page"]) == 24
    assert "?state=active&amp;page=2" in first.content.decode()
    assert len(client.get(LIST, {"page": "2"}).context["page"]) == 6
    assert len(rows(client)) == 30


@pytest.mark.parametrize("many", [1, 30])
def test_list_queries(
    many: int, db: None, client: Client, django_assert_num_queries: Callable
) -> None:
    for _ in range(many):
        AwardFactory()
    client.get(LIST)
    with django_assert_num_queries(8):
        client.get(LIST)


@pytest.mark.parametrize("many", [1, 30])
def test_table_queries(
    many: int, db: None, client: Client, django_assert_num_queries: Callable
) -> None:
    for _ in range(many):
        AwardFactory()
    with django_assert_num_queries(6):
        rows(client)


@pytest.mark.parametrize("many", [1, 30])
def test_page_queries(
    many: int, db: None, client: Client, django_assert_num_queries: Callable
) -> None:
    call = make_call()
    awards = [AwardFactory(call=call) for _ in range(many)]
    with django_assert_num_queries(2):
        client.get(awards[0].get_absolute_url())


def test_the_table_holds_no_formula(db: None, client: Client) -> None:
    AwardFactory(title='=HYPERLINK("http://x")', summary="-1+2")
    row = rows(client)[0]
    assert row["Project"] == '\'=HYPERLINK("http://x")'
    assert row["Summary"] == "'-1+2"


def test_a_project_page(two: Any, client: Client) -> None:
    damp, _ = two
    Award.objects.filter(pk=damp.pk).update(source="Catalyst report, page 4", is_demonstration=True)
    page = client.get(damp.get_absolute_url()).content.decode()
    for words in (
        "Damp sensors",
        "£50,000",
        "Dry Walls",
        "Birmingham",
        "How might we end damp?",
        "Catalyst",
        "1 March 2018",
        "Source: Catalyst report, page 4",
        "Demonstration",
    ):
        assert words in page
    assert reverse("startups:organisation", kwargs={"slug": "dry-walls"}) in page


def test_a_private_organisation_is_named_and_not_linked(db: None, client: Client) -> None:
    award = AwardFactory(organisation=OrganisationFactory(slug="quiet", is_public=False))
    page = client.get(award.get_absolute_url()).content.decode()
    assert award.organisation.name in page
    assert "/organisations/quiet/" not in page


def test_the_call_is_linked_only_while_its_page_is_live(db: None, client: Client) -> None:
    from cms.models import ChallengeIndexPage, ChallengePage

    award = AwardFactory()
    index = ChallengeIndexPage.objects.first()
    page = index.add_child(instance=ChallengePage(title="Damp", slug="damp", call=award.call))
    link = f'href="{page.url}"'
    assert link in client.get(award.get_absolute_url()).content.decode()
    ChallengePage.objects.filter(pk=page.pk).update(live=False)
    assert link not in client.get(award.get_absolute_url()).content.decode()


def test_an_unknown_project_is_not_found(db: None, client: Client) -> None:
    assert client.get("/projects/no-such-project/").status_code == 404
