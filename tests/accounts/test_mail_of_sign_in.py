"""Mail of sign-up and passwords goes the road of all mail, and what lets people in is sealed."""

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from marketplace.accounts.adapter import lifetime_of
from marketplace.activity import outbox, tasks
from marketplace.activity.models import Notification, Record
from marketplace.activity.sealing import Unreadable, seal, unseal
from marketplace.activity.services import notify, notify_in_secret
from tests.factories import PASSWORD, UserFactory
from tests.mails import CODE, code_in_mail
from tests.pages import error_beside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commit_at_once")]

ADA = "ada@example.org"
TYPED = {"name": "Ada Lovelace", "email": ADA, "password1": PASSWORD}
PAGE = "/accounts/confirm-email/"
LINK = re.compile(r"https?://\S+/password/reset/key/\S+")


class NoServer(EmailBackend):
    def open(self) -> None:
        raise ConnectionRefusedError("nobody listens")


class Refusing(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({ADA: (550, b"no such person")})


@pytest.fixture
def away(settings: Any) -> Any:
    """The mail server is away until this is called."""
    good = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.NoServer"

    def back() -> int:
        settings.EMAIL_BACKEND = good
        Notification.objects.update(created_at=timezone.now() - timedelta(minutes=5))
        return tasks.send_unsent_notifications()

    return back


def known() -> Any:
    user = UserFactory(email=ADA)
    EmailAddress.objects.create(user=user, email=ADA, verified=True, primary=True)
    return user


def sign_up(client: Client) -> Any:
    return client.post("/accounts/signup/", TYPED)


def sign_up_again(client: Client) -> Any:
    known()
    return client.post("/accounts/signup/", {**TYPED, "next": "/invitations/abc/"})


def reset(client: Client) -> Any:
    known()
    return client.post("/accounts/password/reset/", {"email": ADA})


def reset_of_nobody(client: Client) -> Any:
    return client.post("/accounts/password/reset/", {"email": ADA})


def further_address(client: Client) -> Any:
    client.force_login(UserFactory())
    return client.post("/accounts/email/", {"action_add": "", "email": ADA})


ALL = [sign_up, sign_up_again, reset, reset_of_nobody, further_address]


@pytest.mark.parametrize("act", ALL)
def test_a_server_that_is_away_costs_neither_the_page_nor_the_mail(
    client: Client, away: Any, act: Any
) -> None:
    assert act(client).status_code == 302
    assert mail.outbox == []
    assert away() == 1
    assert mail.outbox[0].to == [ADA]


@pytest.mark.parametrize("act", ALL)
def test_no_table_ever_holds_what_lets_its_reader_in(client: Client, away: Any, act: Any) -> None:
    act(client)
    row = Notification.objects.get(address=ADA)
    waits = f"{row.subject} {row.body} {row.path}"
    assert away() == 1
    body = mail.outbox[0].body
    secrets = CODE.findall(body) + LINK.findall(body) + re.findall(r"/invitations/\S+", body)
    row.refresh_from_db()
    trail = str(list(Record.objects.values_list("detail", flat=True)))
    for secret in [*secrets, body]:
        assert secret not in waits + trail
    assert (row.body, row.recipient) == ("", None)


def test_a_code_that_waited_for_the_server_still_lets_in(client: Client, away: Any) -> None:
    sign_up(client)
    away()
    client.post(PAGE, {"code": code_in_mail(ADA)})
    assert "_auth_user_id" in client.session


def test_a_link_that_waited_still_opens_the_page(client: Client, away: Any) -> None:
    reset(client)
    away()
    found = LINK.search(mail.outbox[0].body)
    assert found
    page = client.get(found[0].partition("testserver")[2], follow=True).content.decode()
    assert 'name="password1"' in page


def test_of_three_codes_that_wait_only_the_last_is_sent(client: Client, away: Any) -> None:
    sign_up(client)
    for _ in range(2):
        client.post(PAGE, {"action": "resend"})
    assert away() == 1
    client.post(PAGE, {"code": code_in_mail(ADA)})
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("act", [sign_up, reset])
def test_what_ran_out_is_not_sent_and_nothing_of_it_stays(
    client: Client, away: Any, act: Any
) -> None:
    act(client)
    pk = Notification.objects.get(address=ADA).pk
    Notification.objects.update(good_until=timezone.now())
    assert tasks.send_notifications([pk]) == 0
    assert away() == 0
    assert mail.outbox == []
    assert not Notification.objects.filter(address=ADA).exists()


def test_what_holds_no_code_never_runs_out(client: Client, away: Any) -> None:
    sign_up_again(client)
    assert Notification.objects.get(address=ADA).good_until is None


@pytest.mark.parametrize(
    ("mail_of", "lasts"),
    [
        ("account/email/email_confirmation", True),
        ("account/email/email_confirmation_signup", True),
        ("account/email/password_reset_key", True),
        ("account/email/account_already_exists", False),
        ("account/email/password_changed", False),
        ("mfa/email/totp_activated", False),
    ],
)
def test_how_long_each_is_good(mail_of: str, lasts: bool) -> None:
    assert (lifetime_of(mail_of) is not None) is lasts


def test_an_address_that_no_server_takes_is_said_on_the_page(client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    sign_up(client)
    page = client.get(PAGE).content.decode()
    assert "Mail to this address can’t arrive" in page
    assert "550 no such person" in page
    row = Notification.objects.get(address=ADA)
    assert row.refused_at and row.body == ""


def test_the_page_tells_nothing_of_other_mail_to_the_address(client: Client) -> None:
    notify([known()], subject="S", body="B")
    Notification.objects.update(refused_at=timezone.now(), refusal=outbox.SWITCHED_OFF)
    client.post("/accounts/signup/", TYPED)
    assert "can’t arrive" not in client.get(PAGE).content.decode()


def test_a_wrong_code_is_still_told_beside_the_field(client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    sign_up(client)
    assert error_beside(client.post(PAGE, {"code": "ZZZZZZ"}), "code")


def test_what_was_sealed_outlives_a_change_of_the_key(settings: Any) -> None:
    sealed = seal("ABCD-EFGH")
    settings.SECRET_KEY, old = "another", settings.SECRET_KEY
    with pytest.raises(Unreadable):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed) == "ABCD-EFGH"


def test_what_nobody_can_open_any_more_is_given_up(settings: Any, away: Any) -> None:
    notify_in_secret(ADA, subject="S", body="B")
    settings.SECRET_KEY = "another"
    assert away() == 0
    row = Notification.objects.get(address=ADA)
    assert (row.refusal, row.body) == (outbox.NO_KEY, "")
