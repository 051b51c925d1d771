"""A code that is wrong, late or lost: said plainly, and never the end of the way."""

import re

import pytest
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client

from marketplace.accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.mails import code_in_mail
from tests.pages import error_beside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commit_at_once")]

ADA = "ada@example.org"
TYPED = {"name": "Ada Lovelace", "email": ADA, "password1": PASSWORD, "next": "/invitations/abc/"}
PAGE = "/accounts/confirm-email/"
TRIES = django_settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS


@pytest.fixture
def signing_up(client):
    client.post("/accounts/signup/", TYPED)
    return client


def confirmed_person(address: str) -> User:
    user = UserFactory(email=address)
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    return user


def let_the_code_run_out(client) -> None:
    session = client.session
    session[EMAIL_VERIFICATION_CODE_SESSION_KEY]["at"] -= 3600
    session.save()


def goes_on_with(client, code: str) -> None:
    response = client.post(PAGE, {"code": code})
    assert response["Location"] == "/invitations/abc/"
    assert "_auth_user_id" in client.session
    assert EmailAddress.objects.get(email=ADA).verified


@pytest.mark.parametrize(
    ("typed", "said"), [("ZZZZZZ", "That is not the code"), ("", "Enter the code")]
)
def test_a_wrong_code_is_told_beside_the_field_and_the_right_one_still_works(
    signing_up, typed, said
):
    code = code_in_mail(ADA)
    response = signing_up.post(PAGE, {"code": typed})
    assert said in error_beside(response, "code")
    goes_on_with(signing_up, code)


def test_small_letters_and_spaces_do_not_matter(signing_up):
    code = code_in_mail(ADA).replace("-", " ").lower()
    goes_on_with(signing_up, f" {code} ")


def test_a_new_code_is_sent_on_request_and_the_old_one_no_longer_works(signing_up):
    old = code_in_mail(ADA)
    response = signing_up.post(PAGE, {"action": "resend"}, follow=True)
    assert f"We have sent a new code to {ADA}." in response.content.decode()
    new = code_in_mail(ADA)
    assert len(mail.outbox) == 2
    assert new != old
    assert error_beside(signing_up.post(PAGE, {"code": old}), "code")
    goes_on_with(signing_up, new)


@pytest.mark.parametrize("opened", ["get", "post"])
def test_a_late_code_is_replaced_on_the_spot(signing_up, opened):
    old = code_in_mail(ADA)
    let_the_code_run_out(signing_up)
    response = getattr(signing_up, opened)(PAGE, {"code": old}, follow=True)
    page = response.content.decode()
    assert "That code has run out. We have sent a new code" in page
    assert "_auth_user_id" not in signing_up.session
    goes_on_with(signing_up, code_in_mail(ADA))


def test_too_many_wrong_codes_cost_the_code_and_not_the_way(signing_up):
    old = code_in_mail(ADA)
    for _ in range(TRIES):
        response = signing_up.post(PAGE, {"code": "ZZZZZZ"}, follow=True)
    assert "one wrong code too many. We have sent a new code" in response.content.decode()
    assert error_beside(signing_up.post(PAGE, {"code": old}), "code")
    goes_on_with(signing_up, code_in_mail(ADA))


def test_codes_asked_for_too_fast_are_told_so_and_the_code_at_hand_still_works(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "1/h/key"}
    client.post("/accounts/signup/", TYPED)
    code = code_in_mail(ADA)
    response = client.post(PAGE, {"action": "resend"}, follow=True)
    assert "You have asked for several codes" in response.content.decode()
    assert len(mail.outbox) == 1
    goes_on_with(client, code)


def test_guessing_too_often_while_no_mail_may_go_out_gives_no_more_tries(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "1/h/key"}
    client.post("/accounts/signup/", TYPED)
    code = code_in_mail(ADA)
    for _ in range(TRIES):
        response = client.post(PAGE, {"code": "ZZZZZZ"}, follow=True)
    assert "You have asked for several codes" in response.content.decode()
    client.post(PAGE, {"code": code})
    assert "_auth_user_id" not in client.session


def test_nothing_here_tells_a_stranger_that_an_address_has_an_account(client):
    """The same pages whether or not Ada has an account; her mail says which."""
    confirmed_person("old@example.org")
    assert what_signing_up_shows("new@example.org") == what_signing_up_shows("old@example.org")


def what_signing_up_shows(address: str) -> list[str]:
    """The pages from the form on, without what is new in every page."""
    client = Client()
    client.post("/accounts/signup/", {**TYPED, "email": address})
    pages = [client.get(PAGE), client.post(PAGE, {"code": "ZZZZZZ"})]
    let_the_code_run_out(client)
    pages += [client.get(PAGE, follow=True), client.post(PAGE, {"action": "resend"}, follow=True)]
    fresh = re.compile(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]+"')
    shown = [fresh.sub("", page.content.decode()).replace(address, "ADDRESS") for page in pages]
    assert all("Enter the code" in page for page in shown)
    return shown


def test_the_page_asks_nobody_who_has_no_code(client):
    assert client.get(PAGE)["Location"] == "/accounts/login/"


def test_a_further_address_is_confirmed_the_same_way(client):
    client.force_login(confirmed_person("old@example.org"))
    response = client.post("/accounts/email/", {"action_add": "", "email": ADA}, follow=True)
    assert "Enter the code" in response.content.decode()
    client.post(PAGE, {"code": code_in_mail(ADA)})
    assert EmailAddress.objects.get(email=ADA).verified
