"""The public list, and profiles."""

import pytest

from startups.models import Claim, Level
from tests.factories import (
    CapabilityFactory,
    LocalAuthorityFactory,
    OrganisationFactory,
    RegionFactory,
    SectorFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
URL = "/organisations/"


def full_organisation(**fields):
    organisation = OrganisationFactory(place=LocalAuthorityFactory(), **fields)
    organisation.sectors.add(SectorFactory())
    for _ in range(2):
        Claim.objects.create(
            organisation=organisation,
            capability=CapabilityFactory(),
            level=Level.EXPERT,
            evidence="Council X",
            evidence_url="https://evidence.example/",
        )
    return organisation


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_takes_as_many_queries_for_30_rows_as_for_1(
    client, rows, django_assert_num_queries
):
    for _ in range(rows):
        full_organisation()
    with django_assert_num_queries(8):
        response = client.get(URL)
    assert len(response.context["page"].object_list) == min(rows, 24)


@pytest.mark.parametrize("rows", [1, 30])
def test_a_profile_takes_as_many_queries_for_30_claims_as_for_1(
    client, rows, django_assert_num_queries
):
    organisation = OrganisationFactory(owner=UserFactory())
    for _ in range(rows):
        Claim.objects.create(
            organisation=organisation, capability=CapabilityFactory(), level=1, evidence="x"
        )
    with django_assert_num_queries(4):
        response = client.get(organisation.get_absolute_url())
    assert len(response.context["claims"]) == rows


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize(("page", "queries"), [("team", 9), ("capabilities", 8)])
def test_the_teams_own_pages_take_as_many_queries_for_30_rows_as_for_1(
    client, rows, page, queries, django_assert_num_queries
):
    owner = UserFactory()
    organisation = OrganisationFactory(owner=owner)
    for _ in range(rows):
        CapabilityFactory()
        Claim.objects.create(
            organisation=organisation, capability=CapabilityFactory(), level=1, evidence="x"
        )
        organisation.memberships.create(user=UserFactory())
        organisation.invitations.create(
            email=UserFactory().email,
            token_digest=f"{organisation.pk}-{UserFactory().pk}",
            invited_by=owner,
            expires_at="2099-01-01T00:00Z",
        )
    client.force_login(owner)
    with django_assert_num_queries(queries):
        assert client.get(f"{organisation.get_absolute_url()}{page}/").status_code == 200


def test_filters_narrow_the_list(client):
    here = full_organisation(name="Here", stage="early")
    there = full_organisation(name="There", stage="idea")
    there.sectors.set([SectorFactory(slug="retail", name="Retail")])
    for query in (
        f"place={here.place.code}",
        f"capability={here.claims.first().capability.code}",
        "sector=construction",
        "stage=early",
        f"place={here.place.code}&stage=early",
    ):
        assert [*client.get(f"{URL}?{query}").context["page"]] == [here], query
    assert [*client.get(f"{URL}?place={here.place.code}&stage=idea").context["page"]] == []
    assert [*client.get(f"{URL}?sector=&place=").context["page"]] == [here, there]


def test_a_sector_of_two_regions_shows_each_organisation_once(client):
    other = RegionFactory(code="E47000001", name="Greater Manchester", slug="gm")
    organisation = full_organisation()
    organisation.sectors.add(SectorFactory(region=other))
    page = client.get(f"{URL}?sector=construction").context["page"]
    assert [*page] == [organisation]


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=999999",
        "page=x",
        "page=%00",
        "sector=nothing",
        "sector=%00",
        "place=%F0%9F%98%80",
        "capability=" + "x" * 3000,
        "stage=1&stage=2",
    ],
)
def test_odd_queries_are_no_failure(client, query):
    full_organisation()
    assert client.get(f"{URL}?{query}").status_code == 200


def test_a_wrong_filter_is_told_and_leaves_the_others_in_force(client):
    here = full_organisation(name="Here", stage="early")
    full_organisation(name="There", stage="idea")
    response = client.get(f"{URL}?sector=nothing&stage=early")
    assert [*response.context["page"]] == [here]
    assert response.context["form"].errors["sector"]


def test_pages_keep_the_filters(client):
    for _ in range(30):
        OrganisationFactory(stage="early")
    page = client.get(f"{URL}?stage=early").content.decode()
    assert "?stage=early&amp;page=2" in page


def test_only_public_ones_are_listed_and_only_their_team_sees_the_others(client):
    member = UserFactory()
    hidden = OrganisationFactory(name="Hidden Ltd", is_public=False, owner=member)
    url = hidden.get_absolute_url()
    assert "Hidden Ltd" not in client.get(URL).content.decode()
    assert client.get(url).status_code == 404
    client.force_login(UserFactory())
    assert client.get(url).status_code == 404
    client.force_login(member)
    page = client.get(url).content.decode()
    assert "Not public" in page
    assert f"{url}edit/" in page


def test_a_profile_shows_what_it_may(client):
    owner = UserFactory(name="Olive Owner")
    organisation = full_organisation(
        website="https://damp.example/", is_demonstration=True, owner=owner
    )
    page = client.get(organisation.get_absolute_url()).content.decode()
    assert '<a class="govuk-link" href="https://damp.example/" rel="nofollow noopener">' in page
    assert 'href="https://evidence.example/" rel="nofollow noopener"' in page
    assert "Invented organisation" in page
    assert "Expert" in page
    assert "Council X" in page
    assert "Olive Owner" not in page
    assert owner.email not in page
    assert "/edit/" not in page


def test_what_people_type_stays_text(client):
    organisation = OrganisationFactory(
        name="<script>alert(1)</script>", description="<img src=x onerror=alert(1)>"
    )
    for url in (URL, organisation.get_absolute_url()):
        page = client.get(url).content.decode()
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
