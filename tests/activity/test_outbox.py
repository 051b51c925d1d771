"""Mail goes once, after commit, and what was not sent is swept up."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.utils import timezone

from marketplace.activity import tasks
from marketplace.activity.models import Notification
from marketplace.activity.services import notify, notify_address
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class BrokenServer(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected("gone")


class NoServer(EmailBackend):
    def open(self) -> None:
        raise ConnectionRefusedError("nobody listens")


def with_backend(settings: Any, backend: type) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"


def waiting(**fields: Any) -> Notification:
    """One that a broker lost five minutes ago."""
    return Notification.objects.create(
        address=fields.pop("address", "a@example.org"),
        subject=fields.pop("subject", "Subject"),
        body="Body",
        created_at=timezone.now() - timedelta(minutes=5),
        **fields,
    )


@pytest.mark.django_db(transaction=True)
def test_mail_goes_only_after_commit(settings):
    settings.SITE_URL = "https://thread.example"
    person = UserFactory()
    with transaction.atomic():
        notify([person], subject="Result", body="It is out.", path="/pitches/P1/")
        assert mail.outbox == []
    assert [message.to for message in mail.outbox] == [[person.email]]
    assert mail.outbox[0].body == "It is out.\n\nhttps://thread.example/pitches/P1/"
    assert person.notifications.get().mailed_at


@pytest.mark.django_db(transaction=True)
def test_what_rolls_back_sends_nothing():
    with pytest.raises(RuntimeError), transaction.atomic():
        notify_address("a@example.org", subject="Result", body="It is out.")
        raise RuntimeError
    assert mail.outbox == []
    assert not Notification.objects.exists()
    tasks.send_unsent_notifications()
    assert mail.outbox == []


def test_the_sweep_sends_what_was_lost_and_only_once():
    lost = waiting()
    assert tasks.send_unsent_notifications() == 1
    assert tasks.send_unsent_notifications() == 0
    assert tasks.send_notifications([lost.pk]) == 0
    assert len(mail.outbox) == 1


def test_the_sweep_leaves_what_was_written_just_now_to_its_own_task():
    Notification.objects.create(address="a@example.org", subject="S", body="B")
    assert tasks.send_unsent_notifications() == 0


def test_one_in_another_workers_hands_is_left_until_that_worker_is_given_up():
    held = waiting(claimed_at=timezone.now() - timedelta(minutes=9))
    assert tasks.send_unsent_notifications() == 0
    Notification.objects.update(claimed_at=timezone.now() - timedelta(minutes=11))
    assert tasks.send_unsent_notifications() == 1
    held.refresh_from_db()
    assert held.mailed_at


def test_one_without_an_address_is_for_the_site_only():
    waiting(address="")
    assert tasks.send_unsent_notifications() == 0


@pytest.mark.parametrize("backend", [BrokenServer, NoServer])
def test_what_the_mail_server_did_not_take_is_left_for_the_sweep(settings, backend):
    lost = waiting()
    good = settings.EMAIL_BACKEND
    with_backend(settings, backend)
    assert tasks.send_notifications([lost.pk]) == 0
    lost.refresh_from_db()
    assert (lost.mailed_at, lost.claimed_at) == (None, None)
    settings.EMAIL_BACKEND = good
    assert tasks.send_unsent_notifications() == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_never_undoes_what_was_done(settings):
    with_backend(settings, NoServer)
    with transaction.atomic():
        person = UserFactory()
        notify([person], subject="S", body="B")
    assert person.notifications.unsent().count() == 1


def test_an_address_that_no_mail_can_have_does_not_hold_up_the_others():
    waiting(address="a@example.org\nBcc: b@example.org")
    waiting(address="good@example.org")
    assert tasks.send_unsent_notifications() == 1
    assert [message.to for message in mail.outbox] == [["good@example.org"]]


def test_a_subject_is_one_line_whatever_it_quotes():
    waiting(subject="Join A\nBcc: b@example.org")
    assert tasks.send_unsent_notifications() == 1
    assert mail.outbox[0].subject == "Join A Bcc: b@example.org"
