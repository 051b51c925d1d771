"""Staff and judges prove a second factor; nobody else has to."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.test import Client

from marketplace.accounts.models import Role, User
from marketplace.accounts.services import grant_role
from marketplace.accounts.session import SECOND_FACTOR
from tests.factories import PASSWORD, RegionFactory, UserFactory, make_officer

pytestmark = pytest.mark.django_db

NEEDED = "/accounts/second-factor/"
PAGES = ("/organisations/", "/admin/", "/admin/pages/", "/notifications/", "/no-such-page/")


def person(kind: str) -> User:
    if kind == "superuser":
        return User.objects.create_superuser("root@example.org", PASSWORD)
    user = UserFactory()
    if kind != "start-up":
        grant_role(user=user, region=RegionFactory(), role=Role(kind))
    return user


def with_app(user: User) -> str:
    """Give somebody a confirmed address and an authenticator app; its secret."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_for(secret: str) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30):06}"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("kind", ["officer", "finance", "judge", "superuser"])
def test_without_one_every_page_leads_to_setting_it_up(client, kind, path):
    client.force_login(person(kind))
    for response in (client.get(path), client.post(path)):
        assert (response.status_code, response["Location"]) == (302, NEEDED)


@pytest.mark.parametrize("kind", ["start-up", "board"])
def test_others_need_none(client, kind):
    client.force_login(person(kind))
    assert client.get("/organisations/").status_code == 200


def test_the_page_says_why_and_where(client):
    client.force_login(make_officer())
    page = client.get(NEEDED).content.decode()
    assert 'href="/accounts/2fa/totp/activate/"' in page
    assert 'href="/accounts/2fa/webauthn/add/"' in page
    assert 'href="/accounts/logout/"' in page


@pytest.mark.django_db(transaction=True)  # allauth says so after commit
def test_setting_up_an_app_opens_the_way(client):
    user = make_officer()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert client.get("/organisations/")["Location"] == NEEDED
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)})
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    assert client.get("/organisations/").status_code == 200


def test_sign_in_with_password_and_code_opens_the_way(client):
    user = make_officer()
    secret = with_app(user)
    response = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in client.session
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert wrong.context["form"].errors["code"]
    client.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert client.session[SECOND_FACTOR] == user.pk
    assert client.get("/organisations/").status_code == 200


def test_a_session_begun_without_the_factor_has_to_show_it(client):
    """Having an app somewhere is not enough: this session has not seen it."""
    user = make_officer()
    secret = with_app(user)
    client.force_login(user)
    response = client.get("/admin/?a=1")
    assert response["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F%3Fa%3D1"
    response = client.post(response["Location"], {"code": code_for(secret), "next": "/admin/?a=1"})
    assert response["Location"] == "/admin/?a=1"
    assert client.get("/organisations/").status_code == 200


def test_wagtails_own_sign_in_page_is_no_way_round(client):
    user = make_officer()
    with_app(user)
    response = client.post(
        "/admin/login/?next=/admin/", {"username": user.email, "password": PASSWORD}
    )
    assert response["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/")["Location"].startswith("/accounts/login/?next=")


def test_what_a_session_has_seen_serves_nobody_else(client):
    """A second person who signs in with the same browser shows their own."""
    first, second = make_officer(), make_officer()
    client.force_login(first)
    session = client.session
    session[SECOND_FACTOR] = first.pk
    session.save()
    assert client.get("/organisations/").status_code == 200

    client.force_login(second)
    assert client.get("/organisations/")["Location"] == NEEDED
    session = client.session
    session[SECOND_FACTOR] = first.pk  # even if it were carried over
    session.save()
    assert client.get("/organisations/")["Location"] == NEEDED


def test_removing_the_last_one_closes_the_way_again(client):
    user = make_officer()
    secret = with_app(user)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=user).exists()
    assert client.get("/organisations/")["Location"] == NEEDED


def test_a_role_given_later_asks_from_then_on():
    user = UserFactory()
    client = Client()
    client.force_login(user)
    assert client.get("/organisations/").status_code == 200
    grant_role(user=user, region=RegionFactory(), role=Role.JUDGE)
    assert client.get("/organisations/")["Location"] == NEEDED
