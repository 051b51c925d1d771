"""Changing a profile, and two people doing so at once."""

import pytest

from startups.models import Organisation
from tests.factories import OrganisationFactory, SectorFactory
from tests.pages import error_beside
from tests.startups.things import good_form, organisation_with_team

pytestmark = pytest.mark.django_db


def test_a_member_changes_the_profile(client):
    organisation, _, member = organisation_with_team()
    client.force_login(member)
    url = f"/organisations/{organisation.slug}/edit/"
    page = client.get(url)
    assert page.context["form"].initial["version"] == 1
    response = client.post(url, good_form(name="New Name", version="1", is_public="no"))
    assert response["Location"] == f"/organisations/{organisation.slug}/"
    organisation.refresh_from_db()
    assert (organisation.name, organisation.version) == ("New Name", 2)
    assert not organisation.is_public


def test_the_second_of_two_editors_sees_both_texts(client):
    organisation, owner, member = organisation_with_team(name="Damp Sense")
    sector = SectorFactory()
    url = f"/organisations/{organisation.slug}/edit/"
    client.force_login(owner)
    client.post(url, good_form(version="1", summary="Their summary", sectors=[sector.pk]))
    client.force_login(member)
    response = client.post(url, good_form(version="1", summary="My summary"))
    assert response.status_code == 409
    page = response.content.decode()
    assert "Somebody else on your team changed this profile" in page
    differences = {label: (theirs, mine) for label, theirs, mine in response.context["differences"]}
    assert differences == {
        "Summary": ("Their summary", "My summary"),
        "Sectors": ("Construction", ""),
    }
    assert response.context["form"]["summary"].value() == "My summary"
    organisation.refresh_from_db()
    assert organisation.summary == "Their summary"

    # Having seen both, they save again.
    version = response.context["form"]["version"].value()
    again = client.post(url, good_form(version=version, summary="My summary"))
    assert again.status_code == 302
    organisation.refresh_from_db()
    assert organisation.summary == "My summary"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "1\x00"])
def test_a_version_that_is_no_number_is_no_failure(client, version):
    organisation, owner, _ = organisation_with_team()
    client.force_login(owner)
    response = client.post(f"/organisations/{organisation.slug}/edit/", good_form(version=version))
    assert response.status_code == 200
    assert response.context["form"].errors


def test_the_name_of_another_is_refused_and_ones_own_is_not(client):
    organisation, owner, _ = organisation_with_team(name="Damp Sense", company_number="01234567")
    OrganisationFactory(name="Other")
    client.force_login(owner)
    url = f"/organisations/{organisation.slug}/edit/"
    response = client.post(url, good_form(name="other", version="1"))
    assert "registered already" in error_beside(response, "name")
    response = client.post(url, good_form(version="1", company_number="1234567"))
    assert response.status_code == 302
    assert Organisation.objects.get(pk=organisation.pk).company_number == "01234567"
