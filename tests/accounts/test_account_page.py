"""One's own account at a glance."""

import pytest

from marketplace.activity.models import Record
from tests.factories import UserFactory
from tests.pages import error_beside

pytestmark = pytest.mark.django_db


def test_it_is_for_whoever_is_signed_in(client):
    for path in ("/accounts/you/", "/accounts/name/", "/accounts/second-factor/"):
        assert client.get(path)["Location"].startswith("/accounts/login/?next=")


def test_it_lists_what_can_be_changed(client):
    user = UserFactory()
    client.force_login(user)
    page = client.get("/accounts/you/").content.decode()
    for shown in (
        user.name,
        user.email,
        'href="/accounts/name/"',
        'href="/accounts/email/"',
        'href="/accounts/password/change/"',
        'href="/accounts/2fa/"',
        'href="/accounts/2fa/webauthn/"',
    ):
        assert shown in page


def test_a_name_is_changed_and_recorded_without_the_name(client):
    user = UserFactory()
    client.force_login(user)
    assert client.post("/accounts/name/", {"name": "New Name"})["Location"] == "/accounts/you/"
    user.refresh_from_db()
    assert user.name == "New Name"
    entry = Record.objects.for_thing(user).get()
    assert (entry.verb, entry.detail) == ("accounts.renamed", {})


@pytest.mark.parametrize("typed", ["", "  ", "x" * 121, "a\x00b"])
def test_a_bad_name_is_told_beside_its_field(client, typed):
    user = UserFactory(name="Old Name")
    client.force_login(user)
    response = client.post("/accounts/name/", {"name": typed})
    assert response.status_code == 200
    assert error_beside(response, "name")
    user.refresh_from_db()
    assert user.name == "Old Name"
