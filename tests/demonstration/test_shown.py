"""What a visitor sees of the demonstration on the site: mail and codes, and where not."""

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage, get_connection
from django.test import override_settings
from django.urls import reverse

from cms.demonstration.mail import latest
from cms.demonstration.people import sign_in_code
from marketplace.accounts.models import Role
from tests.factories import PASSWORD, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db


def capture(folder, *subjects: str) -> None:
    connection = get_connection(
        "django.core.mail.backends.filebased.EmailBackend", file_path=str(folder)
    )
    with connection:
        for subject in subjects:
            EmailMessage(
                subject,
                "Open http://127.0.0.1:8000/x/?a=1&b=2.\n<script>alert(1)</script>",
                to=["a@example.org"],
                connection=connection,
            ).send()


def test_captured_mail_is_listed_newest_first_with_links_and_no_markup(client, tmp_path):
    capture(tmp_path, "First", "Second – with a dash")
    capture(tmp_path, "Third")
    with override_settings(DEMONSTRATION=True, MAIL_DIR=tmp_path):
        page = client.get(reverse("demonstration_mail")).content.decode()
    assert page.index("Third") < page.index("Second – with a dash") < page.index("First")
    assert 'href="http://127.0.0.1:8000/x/?a=1&amp;b=2"' in page
    assert "<script>alert" not in page


def test_no_more_mail_is_read_than_asked_for(tmp_path):
    capture(tmp_path, "One", "Two", "Three")
    assert [mail.subject for mail in latest(tmp_path, 2)] == ["Three", "Two"]
    assert latest(tmp_path / "none", 2) == []


def test_there_is_no_such_page_outside_a_demonstration(client, tmp_path):
    capture(tmp_path, "Secret")
    with override_settings(DEMONSTRATION=False, MAIL_DIR=tmp_path):
        assert client.get("/demonstration/mail/").status_code == 404


def make_signing_in(client, *, invented: bool):
    """Somebody who has given the password and is asked for the second factor."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from marketplace.accounts.services import grant_role

    user = UserFactory(is_demonstration=invented)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    grant_role(user=user, region=RegionFactory(), role=Role.OFFICER)
    TOTP.activate(user, generate_totp_secret())
    response = client.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True
    )
    return user, response.content.decode()


@override_settings(DEMONSTRATION=True)
def test_the_sign_in_page_shows_an_invented_person_their_code_and_it_works(client):
    user, page = make_signing_in(client, invented=True)
    code = sign_in_code(user)
    assert code in page
    response = client.post(reverse("mfa_authenticate"), {"code": code})
    assert response.status_code == 302
    assert client.get("/dashboard/").status_code == 200


@override_settings(DEMONSTRATION=True)
def test_a_real_persons_code_is_shown_nowhere(client):
    _, page = make_signing_in(client, invented=False)
    assert "invented person" not in page


@override_settings(DEMONSTRATION=False)
def test_no_code_is_shown_outside_a_demonstration(client):
    _, page = make_signing_in(client, invented=True)
    assert "invented person" not in page
