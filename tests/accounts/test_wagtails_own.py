"""Wagtail's admin is no way round the account's own pages."""

import pytest
from django.core import mail

from tests.factories import make_officer, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_has_it_send_mail(client, method):
    officer = make_officer()
    response = getattr(client, method)("/admin/password_reset/", {"email": officer.email})
    assert response.status_code in (302, 404)
    assert not mail.outbox


def test_nobody_changes_address_or_password_there(client):
    officer = make_officer()
    sign_in(client, officer)
    page = client.get("/admin/account/").content.decode()
    assert 'name="name_email-email"' not in page
    assert "old_password" not in page
    client.post("/admin/account/", {"name_email-email": "evil@example.org"})
    before = officer.email
    officer.refresh_from_db()
    assert officer.email == before
