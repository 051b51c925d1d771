"""Signing up and in, from the form to the mail to the page that one was on the way to."""

import re
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from marketplace.accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.pages import error_beside

pytestmark = pytest.mark.django_db

TYPED = {"name": "Ada Lovelace", "email": "Ada@Example.org", "password1": PASSWORD}
ON_THE_WAY_TO = "/invitations/abc/"


def link_in_mail() -> str:
    """The path in the newest mail, with what follows it."""
    return re.search(r"https?://[^/\s]+(/accounts/confirm-email/\S+)", mail.outbox[-1].body)[1]


def confirmed(**fields) -> User:
    user = UserFactory(**fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_sign_up_confirm_and_be_signed_in(client):
    response = client.post("/accounts/signup/", TYPED)
    assert response["Location"] == "/accounts/confirm-email/"
    user = User.objects.get()
    assert (user.name, user.email) == ("Ada Lovelace", "ada@example.org")
    assert user.check_password(PASSWORD)
    assert "_auth_user_id" not in client.session
    assert client.get(response["Location"]).status_code == 200

    path = link_in_mail()
    assert mail.outbox[-1].to == ["ada@example.org"]
    assert "Confirm" in client.get(path).content.decode()
    assert not EmailAddress.objects.get().verified
    client.post(path)
    assert EmailAddress.objects.get().verified
    assert client.session["_auth_user_id"] == str(user.pk)


def test_an_invitation_survives_sign_up_in_the_same_browser(client):
    page = client.get(f"/accounts/signup/?{urlencode({'next': ON_THE_WAY_TO})}")
    assert f'name="next" value="{ON_THE_WAY_TO}"' in page.content.decode()
    client.post("/accounts/signup/", {**TYPED, "next": ON_THE_WAY_TO})
    path = link_in_mail()
    page = client.get(path).content.decode()
    assert f'name="next" value="{ON_THE_WAY_TO}"' in page
    response = client.post(path.partition("?")[0], {"next": ON_THE_WAY_TO})
    assert response["Location"] == ON_THE_WAY_TO


def test_an_invitation_survives_a_mail_opened_in_another_browser(client):
    client.post("/accounts/signup/", {**TYPED, "next": ON_THE_WAY_TO})
    response = Client().post(link_in_mail())
    assert response["Location"] == ON_THE_WAY_TO


def test_an_invitation_survives_sign_in_and_the_way_from_there_to_sign_up(client):
    user = confirmed()
    page = client.get(f"/accounts/login/?{urlencode({'next': ON_THE_WAY_TO})}").content.decode()
    assert f"/accounts/signup/?{urlencode({'next': ON_THE_WAY_TO})}" in page
    typed = {"login": user.email, "password": PASSWORD, "next": ON_THE_WAY_TO}
    assert client.post("/accounts/login/", typed)["Location"] == ON_THE_WAY_TO


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_next_never_leads_to_another_site(client, elsewhere):
    user = confirmed()
    typed = {"login": user.email, "password": PASSWORD, "next": elsewhere}
    assert "evil" not in client.post("/accounts/login/", typed)["Location"]
    client.logout()
    client.post("/accounts/signup/", {**TYPED, "next": elsewhere})
    assert "evil" not in mail.outbox[-1].body


def test_an_existing_address_is_not_given_away(client):
    confirmed(email="ada@example.org")
    taken = client.post("/accounts/signup/", TYPED)
    told = mail.outbox[-1].body
    free = Client().post("/accounts/signup/", {**TYPED, "email": "new@example.org"})
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
    assert User.objects.filter(email__iexact="ada@example.org").count() == 1
    assert "/accounts/confirm-email/" not in told


def test_an_address_is_kept_in_small_letters_whoever_wrote_it():
    assert UserFactory(email="Ada@Example.org").email == "ada@example.org"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Enter your full name"),
        ("name", "x" * 121, "Full name must be 120 characters or fewer"),
        ("name", "a\x00b", "Null characters"),
        ("email", "", "Enter your e-mail address"),
        ("email", "nobody", "Enter an e-mail address, for example"),
        ("email", "x" * 60 + "@" + "a." * 110 + "org", "254 characters or fewer"),
        ("password1", "", "Enter a password"),
        ("password1", "1234", "too short"),
        ("password1", "ada@example.org", "too similar"),
    ],
)
def test_bad_input_is_told_beside_its_field(client, field, typed, said):
    response = client.post("/accounts/signup/", {**TYPED, field: typed})
    assert response.status_code == 200
    assert said in error_beside(response, field)
    assert field == "name" or 'value="Ada Lovelace"' in response.content.decode()
    assert not User.objects.exists()


def test_the_case_of_an_address_does_not_matter_at_sign_in(client):
    user = confirmed(email="Ada@example.org")
    client.post("/accounts/login/", {"login": "aDA@EXAMPLE.ORG", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_wrong_password_and_an_unknown_address_sound_the_same(client):
    confirmed(email="ada@example.org")
    said = [
        client.post("/accounts/login/", {"login": login, "password": "wrong"})
        .context["form"]
        .errors
        for login in ("ada@example.org", "nobody@example.org")
    ]
    assert said[0] == said[1]
    assert said[0]
    assert "_auth_user_id" not in client.session


def test_too_many_tries_are_told_in_plain_words(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/300s/key", "signup": "1/m/ip"}
    confirmed(email="ada@example.org")
    typed = {"login": "ada@example.org", "password": "wrong"}
    for _ in range(2):
        client.post("/accounts/login/", typed)
    response = client.post("/accounts/login/", {**typed, "password": PASSWORD})
    assert response.status_code == 200
    assert "Too many" in response.content.decode()
    assert "_auth_user_id" not in client.session

    client.post("/accounts/signup/", TYPED)
    response = client.post("/accounts/signup/", {**TYPED, "email": "other@example.org"})
    assert response.status_code == 429
    assert "Too many tries" in response.content.decode()


def test_behind_a_proxy_each_visitor_has_a_limit_of_their_own(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def sign_up(forwarded, email):
        headers = {"x-forwarded-for": forwarded}
        return client.post("/accounts/signup/", {**TYPED, "email": email}, headers=headers)

    assert sign_up("192.0.2.1", "a@example.org").status_code == 302
    assert sign_up("192.0.2.2", "b@example.org").status_code == 302
    assert sign_up("192.0.2.99, 192.0.2.1", "c@example.org").status_code == 429


def test_a_used_or_broken_confirmation_link_says_so(client):
    response = client.get("/accounts/confirm-email/nothing/")
    assert response.status_code == 200
    assert "expired or was used before" in response.content.decode()
