"""A letter that can't arrive: the officer who signed it hears, as much hangs on it."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from challenges.awards.answering import accept_offer
from challenges.judging.models import Outcome
from marketplace.accounts.models import User
from marketplace.activity import tasks
from marketplace.activity.models import Notification
from tests.awards.after import After, build
from tests.factories import release

pytestmark = pytest.mark.django_db


class Server(EmailBackend):
    """Takes mail to officers and says of all other addresses that nobody is there."""

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            if not User.objects.filter(email=message.to[0], region_roles__isnull=False).exists():
                raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"no such person")})
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Server"


def first_letter(after: After) -> None:
    release(after.stage, after.first, second=after.second, explanation="As agreed.")


def corrected(after: After) -> None:
    after.correct(0, Outcome.NOT_AWARDED, feedback="Sorry.")


def offered(after: After) -> None:
    after.correct(0, Outcome.NOT_AWARDED, feedback="Sorry.")
    Notification.objects.all().delete()
    after.offer(1, 0, amount=Decimal(9_000))


def taken_up(after: After) -> None:
    after.correct(0, Outcome.NOT_AWARDED, feedback="Sorry.")
    offer = after.offer(1, 0, amount=Decimal(9_000))
    Notification.objects.all().delete()
    accept_offer(offer=offer, actor=after.member(1))


@pytest.mark.parametrize(
    ("letter", "number", "released"),
    [(first_letter, 0, False), (corrected, 0, True), (offered, 1, True), (taken_up, 1, True)],
)
def test_an_officer_hears_of_a_letter_that_can_not_arrive(
    letter: Callable[[After], None], number: int, released: bool
) -> None:
    after = build(released=released)
    Notification.objects.all().delete()
    letter(after)
    for _ in range(2):
        Notification.objects.update(created_at=timezone.now() - timedelta(hours=1))
        tasks.send_unsent_notifications()
    team = after.member(number)
    assert Notification.objects.get(recipient=team, refused_at__isnull=False).sender is not None
    told = Notification.objects.filter(
        recipient__in=(after.first, after.second), subject=f"Mail to {team.email} can’t arrive"
    )
    assert told.count() == 1
    assert "550 no such person" in told.get().body
