"""Signing up and in, from the form to the mail to the page that one was on the way to."""

import re
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from marketplace.accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.mails import CODE, code_in_mail
from tests.pages import error_beside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commit_at_once")]

TYPED = {"name": "Ada Lovelace", "email": "Ada@Example.org", "password1": PASSWORD}
ON_THE_WAY_TO = "/invitations/abc/"
CODE_PAGE = "/accounts/confirm-email/"


def confirmed(**fields) -> User:
    user = UserFactory(**fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_sign_up_confirm_and_be_signed_in(client):
    response = client.post("/accounts/signup/", TYPED)
    assert response["Location"] == CODE_PAGE
    user = User.objects.get()
    assert (user.name, user.email) == ("Ada Lovelace", "ada@example.org")
    assert user.check_password(PASSWORD)
    assert "_auth_user_id" not in client.session
    assert "ada@example.org" in client.get(CODE_PAGE).content.decode()

    assert mail.outbox[-1].to == ["ada@example.org"]
    assert not EmailAddress.objects.get().verified
    client.post(CODE_PAGE, {"code": code_in_mail("ada@example.org")})
    assert EmailAddress.objects.get().verified
    assert client.session["_auth_user_id"] == str(user.pk)


def test_an_invitation_survives_sign_up(client):
    page = client.get(f"/accounts/signup/?{urlencode({'next': ON_THE_WAY_TO})}")
    assert f'name="next" value="{ON_THE_WAY_TO}"' in page.content.decode()
    response = client.post("/accounts/signup/", {**TYPED, "next": ON_THE_WAY_TO})
    response = client.post(response["Location"], {"code": code_in_mail("ada@example.org")})
    assert response["Location"] == ON_THE_WAY_TO


def test_an_invitation_survives_a_closed_browser(client):
    """The code is of no use elsewhere; signing in there asks for a new one."""
    client.post("/accounts/signup/", {**TYPED, "next": ON_THE_WAY_TO})
    elsewhere = Client()
    typed = {"login": "ada@example.org", "password": PASSWORD, "next": ON_THE_WAY_TO}
    response = elsewhere.post("/accounts/login/", typed)
    assert response["Location"].startswith(CODE_PAGE)
    response = elsewhere.post(CODE_PAGE, {"code": code_in_mail("ada@example.org")})
    assert response["Location"] == ON_THE_WAY_TO


def test_whoever_typed_a_wrong_address_starts_again_on_the_same_way(client):
    response = client.post("/accounts/signup/", {**TYPED, "next": ON_THE_WAY_TO})
    back = f"/accounts/signup/?{urlencode({'next': ON_THE_WAY_TO})}"
    assert f'name="next" value="{back}"' in client.get(response["Location"]).content.decode()
    assert client.post("/accounts/logout/", {"next": back})["Location"] == back
    assert "Full name" in client.get(back).content.decode()


def test_whoever_has_an_account_already_signs_in_and_goes_on(client):
    """The mail's link to sign in leads to the page of the code, and that lets them out."""
    user = confirmed(email="ada@example.org")
    response = client.post("/accounts/signup/", {**TYPED, "next": ON_THE_WAY_TO})
    sign_in = re.search(r"https?://[^/\s]+(/accounts/login/\S+)", mail.outbox[-1].body)[1]
    assert f'name="next" value="{sign_in}"' in client.get(response["Location"]).content.decode()
    assert client.post("/accounts/logout/", {"next": sign_in})["Location"] == sign_in
    assert f'name="next" value="{ON_THE_WAY_TO}"' in client.get(sign_in).content.decode()
    typed = {"login": user.email, "password": PASSWORD, "next": ON_THE_WAY_TO}
    assert client.post("/accounts/login/", typed)["Location"] == ON_THE_WAY_TO


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
    response = client.post("/accounts/signup/", {**TYPED, "next": elsewhere})
    assert response["Location"] == CODE_PAGE
    response = client.post(CODE_PAGE, {"code": code_in_mail("ada@example.org")})
    assert "evil" not in response["Location"]


def test_an_existing_address_is_not_given_away(client):
    confirmed(email="ada@example.org")
    taken = client.post("/accounts/signup/", TYPED)
    told = mail.outbox[-1].body
    free = Client().post("/accounts/signup/", {**TYPED, "email": "new@example.org"})
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
    assert User.objects.filter(email__iexact="ada@example.org").count() == 1
    assert not CODE.search(told)


def test_an_address_is_kept_in_small_letters_whoever_wrote_it():
    assert UserFactory(email="Ada@Example.org").email == "ada@example.org"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Enter your full name"),
        ("name", "x" * 121, "Full name must be 120 characters or fewer"),
        ("name", "a\x00b", "leave out the character that can’t be printed"),
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
