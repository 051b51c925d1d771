"""Registering an organisation, good and bad."""

import pytest
from django.test import Client

from startups.models import Organisation
from tests.factories import OrganisationFactory, SectorFactory, UserFactory
from tests.pages import error_beside
from tests.startups.things import good_form

pytestmark = pytest.mark.django_db
URL = "/organisations/register/"


@pytest.fixture
def person(client: Client):
    user = UserFactory()
    client.force_login(user)
    return user


def test_whoever_registers_owns_it(client, person):
    sector = SectorFactory()
    response = client.post(URL, good_form(company_number=" 123 4567 ", sectors=[sector.pk]))
    made = Organisation.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/organisations/{made.slug}/capabilities/"
    assert made.company_number == "01234567"
    assert made.place.name == "Birmingham"
    assert [*made.sectors.all()] == [sector]
    assert made.memberships.get(user=person).role == "owner"


def test_somewhere_else_keeps_the_town(client, person):
    client.post(URL, good_form(place="elsewhere", place_name="Hull"))
    made = Organisation.objects.get()
    assert (made.place, made.place_label) == (None, "Hull")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Enter your organisation’s name"),
        ("name", "x" * 121, "Name must be 120 characters or fewer"),
        ("name", "a\x00b", "leave out the character"),
        ("company_number", "ABC", "Enter the 8 characters of the number"),
        ("company_number", "123456789", "Enter the 8 characters of the number"),
        ("company_number", "١٢٣٤٥٦٧٨", "Enter the 8 characters of the number"),
        ("company_number", "1" * 500, "Enter the 8 characters of the number"),
        ("website", "not a site", "Website must be a web address"),
        ("website", "javascript:alert(1)", "Website must be a web address"),
        ("website", "https://a.example/" + "x" * 200, "Website must be 200 characters or fewer"),
        ("place", "", "Choose where you are based"),
        ("place", "99999999999999999999999", "choose from the list"),
        ("place", "elsewhere", "Enter your town or city"),
        ("stage", "unicorn", "choose from the list"),
        ("sectors", "x", "choose from the list"),
        ("summary", "x" * 301, "Summary must be 300 characters or fewer"),
        ("summary", "", "Enter a summary of what you do"),
        ("description", "x" * 5001, "Description must be 5,000 characters or fewer"),
        ("is_public", "", "Answer “Show your profile to the public?”"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_nothing_is_lost(client, person, field, typed, said):
    response = client.post(URL, good_form(**{field: typed}))
    assert response.status_code == 200
    page = response.content.decode()
    place = "place_name" if typed == "elsewhere" else field
    assert said in error_beside(response, place)
    assert "Sensors and forecasts." in page or field == "description"
    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    ("taken", "typed"),
    [
        ({"name": "Damp Sense"}, {"name": "DAMP SENSE"}),
        ({"company_number": "01234567"}, {"company_number": "1234567"}),
    ],
)
def test_a_repeated_organisation_is_told_beside_its_field(client, person, taken, typed):
    OrganisationFactory(**taken)
    response = client.post(URL, good_form(**typed))
    assert "registered already" in error_beside(response, next(iter(taken)))
    assert "Sensors and forecasts." in response.content.decode()
    assert Organisation.objects.count() == 1


def test_one_that_was_registered_a_moment_before_is_told_too(client, person, monkeypatch):
    """Two people register at once: the form saw nothing, the database refuses."""
    OrganisationFactory(name="Damp Sense")
    monkeypatch.setattr("startups.forms.find_duplicate", lambda *args, **kwargs: None)
    response = client.post(URL, good_form())
    assert response.status_code == 200
    assert "registered already" in response.context["form"].non_field_errors()[0]
    assert Organisation.objects.count() == 1


def test_a_name_that_is_an_address_of_ours_gets_another(client, person):
    client.post(URL, good_form(name="Register"))
    assert Organisation.objects.get().slug == "register-2"


def test_names_that_make_no_slug_still_get_an_address(client, person):
    client.post(URL, good_form(name="数据"))
    client.post(URL, good_form(name="株式会社"))
    slugs = sorted(Organisation.objects.values_list("slug", flat=True))
    assert slugs == ["organisation", "organisation-2"]


def test_goes_back_to_the_page_that_sent_them(client, person):
    response = client.post(f"{URL}?next=/pitches/start/ABC/", good_form())
    assert response["Location"] == "/pitches/start/ABC/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_never_goes_back_to_another_site(client, person, elsewhere):
    response = client.post(f"{URL}?next={elsewhere}", good_form())
    made = Organisation.objects.get()
    assert response["Location"] == f"/organisations/{made.slug}/capabilities/"
