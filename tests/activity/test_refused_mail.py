"""What becomes of mail that a server will not take: for now, for good, or because it is away."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.activity import outbox, tasks
from marketplace.activity.models import Notification
from marketplace.activity.services import notify, notify_address, refusals_of
from marketplace.activity.site import on_site
from startups.services import invite_to_team
from tests.factories import OrganisationFactory, UserFactory, make_call, make_judge, make_officer
from tests.factories import sign_in as signed_in

pytestmark = pytest.mark.django_db
ANSWERS: dict[str, Exception] = {}


class Server(EmailBackend):
    """Takes all mail but that to the addresses of `ANSWERS`, which it answers so."""

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            if error := ANSWERS.get(message.to[0]):
                raise error
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    ANSWERS.clear()
    settings.EMAIL_BACKEND = f"{__name__}.Server"


def waiting(address: str, **fields: Any) -> Notification:
    fields.setdefault("created_at", timezone.now() - timedelta(hours=1))
    return Notification.objects.create(address=address, subject="S", body="B", **fields)


def refused(code: int, said: bytes = b"no such person") -> Exception:
    return smtplib.SMTPRecipientsRefused({"x@example.org": (code, said)})


FOR_GOOD = [
    *(refused(550), refused(553), smtplib.SMTPDataError(552, b"too large"), ValueError("bad")),
    smtplib.SMTPSenderRefused(552, b"message size exceeds limit", "no-reply@example.org"),
]
FOR_NOW = [refused(450), refused(421), smtplib.SMTPDataError(451, b"grey-listed")]
AWAY = [
    smtplib.SMTPServerDisconnected("gone"),
    smtplib.SMTPAuthenticationError(535, b"bad password"),
    smtplib.SMTPSenderRefused(553, b"who are you", "no-reply@example.org"),
    smtplib.SMTPConnectError(554, b"not you"),
    TimeoutError("silent"),
    ConnectionRefusedError("nobody"),
]


@pytest.mark.parametrize("error", FOR_GOOD, ids=repr)
def test_what_is_refused_for_good_is_tried_once(error: Exception) -> None:
    ANSWERS["x@example.org"] = error
    row = waiting("x@example.org")
    for _ in range(3):
        assert tasks.send_unsent_notifications() == 0
    row.refresh_from_db()
    assert row.refused_at and row.refusal
    assert not Notification.objects.unsent().exists()


@pytest.mark.parametrize("error", FOR_NOW, ids=repr)
def test_what_is_refused_for_now_waits_longer_each_time(error: Exception) -> None:
    ANSWERS["x@example.org"] = error
    row = waiting("x@example.org")
    assert tasks.send_unsent_notifications() == 0
    row.refresh_from_db()
    assert (row.refused_at, row.attempts) == (None, 1)
    assert row.try_after > timezone.now()
    assert tasks.send_unsent_notifications() == 0  # not yet
    row.refresh_from_db()
    assert row.attempts == 1
    ANSWERS.clear()
    Notification.objects.update(try_after=timezone.now())
    assert tasks.send_unsent_notifications() == 1


def test_the_waits_grow_and_end() -> None:
    waits = [outbox.wait_after(attempt) for attempt in range(1, outbox.MOST_ATTEMPTS + 1)]
    assert waits == sorted(waits)
    assert waits[-1] == outbox.LONGEST_WAIT
    assert timedelta(days=2) < sum(waits, timedelta()) < timedelta(days=6)
    assert outbox.wait_after(10_000) == outbox.LONGEST_WAIT
    ANSWERS["x@example.org"] = FOR_NOW[0]
    row = waiting("x@example.org", attempts=outbox.MOST_ATTEMPTS - 1)
    tasks.send_unsent_notifications()
    row.refresh_from_db()
    assert row.refused_at


@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_a_server_that_does_not_talk_to_us_is_nobodys_fault(error: Exception) -> None:
    ANSWERS["x@example.org"] = error
    row = waiting("x@example.org")
    for _ in range(outbox.MOST_ATTEMPTS + 2):
        assert tasks.send_unsent_notifications() == 0
    row.refresh_from_db()
    assert (row.refused_at, row.attempts, row.claimed_at) == (None, 0, None)
    ANSWERS.clear()
    assert tasks.send_unsent_notifications() == 1


def test_200_that_can_not_arrive_starve_no_newer_one() -> None:
    for number in range(outbox.BATCH):
        ANSWERS[f"old{number}@example.org"] = refused(550)
        waiting(f"old{number}@example.org", created_at=timezone.now() - timedelta(days=9))
    waiting("new@example.org")
    assert [tasks.send_unsent_notifications() for _ in range(2)] == [0, 1]
    assert mail.outbox[0].to == ["new@example.org"]


def test_one_that_breaks_the_connection_goes_behind_the_others() -> None:
    ANSWERS["poison@example.org"] = AWAY[0]
    waiting("poison@example.org", created_at=timezone.now() - timedelta(days=9))
    waiting("new@example.org")
    sent = sum(tasks.send_unsent_notifications() for _ in range(2))
    assert sent == 1
    assert mail.outbox[0].to == ["new@example.org"]


def test_whoever_caused_it_is_told_once(django_capture_on_commit_callbacks: Any) -> None:
    ANSWERS["x@example.org"] = refused(550)
    sender = UserFactory()
    with django_capture_on_commit_callbacks(execute=True):
        notify_address("x@example.org", subject="Join us", body="Do.", sender=sender)
    for _ in range(2):
        tasks.send_unsent_notifications()
    told = Notification.objects.filter(recipient=sender)
    assert told.count() == 1
    assert "550 no such person" in told.get().body


def test_a_person_whose_account_is_off_gets_nothing() -> None:
    person = UserFactory(is_active=False)
    row = waiting(person.email, recipient=person)
    assert tasks.send_unsent_notifications() == 0
    row.refresh_from_db()
    assert row.refusal == outbox.SWITCHED_OFF
    assert mail.outbox == []


def test_a_refusal_stands_until_something_arrives() -> None:
    earlier = timezone.now() - timedelta(hours=2)
    waiting("X@example.org", refused_at=timezone.now(), refusal="550 no", created_at=earlier)
    assert refusals_of(["x@example.org", "y@example.org", ""]) == {"x@example.org": "550 no"}
    waiting("x@example.org", mailed_at=timezone.now())
    assert refusals_of(["x@example.org"]) == {}


def test_the_team_sees_that_an_invitation_can_not_arrive(client: Client) -> None:
    owner = UserFactory()
    organisation = OrganisationFactory(owner=owner)
    invite_to_team(organisation=organisation, email="x@example.org", actor=owner)
    ANSWERS["x@example.org"] = refused(550)
    Notification.objects.update(created_at=timezone.now() - timedelta(hours=1))
    tasks.send_unsent_notifications()
    address = reverse("startups:team", kwargs={"slug": organisation.slug})
    page = signed_in(client, owner).get(address).content.decode()
    assert "Can’t arrive" in page and "550 no such person" in page


def test_an_officer_sees_that_a_judge_can_not_be_reached(client: Client) -> None:
    stage = make_call().first_stage
    judge = make_judge(stage)
    waiting(judge.email, refused_at=timezone.now(), refusal="550 unknown")
    address = reverse("desk:panel", kwargs={"pk": stage.pk})
    page = signed_in(client, make_officer(stage.call.region)).get(address).content.decode()
    assert "Mail can’t arrive" in page and "550 unknown" in page


def test_addresses_in_a_body_are_those_of_the_day_it_is_sent(settings: Any) -> None:
    waiting("x@example.org", path="/there/")
    Notification.objects.update(body=f"See {on_site('/here/')}")
    settings.SITE_URL = "https://thread.example"
    tasks.send_unsent_notifications()
    assert mail.outbox[0].body == (
        "See https://thread.example/here/\n\nhttps://thread.example/there/"
    )


@pytest.mark.parametrize("length", [199, 200, 201, 255, 5000])
def test_a_subject_of_any_length_is_kept(length: int) -> None:
    person = UserFactory()
    notify([person], subject="a" * (length - 1) + "\nb", body="B")
    subject = person.notifications.get().subject
    assert len(subject) <= 200 and "\n" not in subject


def test_no_database_here_takes_text_that_postgresql_refuses() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Notification.objects.create(address="x@example.org", subject="a" * 201, body="B")
    row = waiting("x@example.org")
    with pytest.raises(DatabaseError), transaction.atomic():
        Notification.objects.filter(pk=row.pk).update(subject="a" * 201)
    with pytest.raises(DatabaseError), transaction.atomic():
        Notification.objects.bulk_create([Notification(subject="a" * 201, body="B")])
