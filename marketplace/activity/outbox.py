"""The mail that waits in the database: sent once each, tried again, or given up aloud.

What a server says decides. It refuses this message or this address for good (5xx, RFC 5321 section
4.2.1): the message is given up, and whoever caused it is told. It refuses for now (4xx): the
message waits, longer each time, and is given up after `MOST_ATTEMPTS`. It does not talk to us at
all (down, slow, our password): that is nobody's message's fault, so nothing is given up and the
run ends there. A message that was tried goes behind those that were not, so none starves another.

What lets its reader in (a code, a link) is sealed while it waits and emptied once it has gone or is
given up; what it says runs out, and then it is not sent at all.
"""

import smtplib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Count, F, Min, Q
from django.utils import timezone

from marketplace.activity.models import Notification
from marketplace.activity.sealing import Unreadable, unseal
from marketplace.activity.site import with_site
from marketplace.outages.breaker import breaker
from marketplace.text import clean_text, one_line

log = structlog.get_logger(__name__)

BATCH = 200
MOST_SECONDS = 120
"""For one run: what a slow server leaves is the next one's, and other tasks don't wait."""

LATE = timedelta(minutes=10)
"""A message that has waited for longer is worth a word to officers."""

LONGEST_WAIT = timedelta(hours=12)
MOST_ATTEMPTS = 14
"""With these waits a message is tried for about four days, as RFC 5321 section 4.5.4.1 asks."""

TOO_LARGE = 552
"""What a server answers to a message that is larger than it takes (RFC 1870 section 6.1)."""

LONGEST_SUBJECT = Notification._meta.get_field("subject").max_length or 200
LONGEST_REFUSAL = Notification._meta.get_field("refusal").max_length or 300
SWITCHED_OFF = "This person’s account is switched off."
NO_ADDRESS = "No mail can have this address."
FAULT = "It could not be put into a mail."
NO_KEY = "It was sealed with a key that this site no longer has."
NO_MORE = "No more such mail"
DID_NOT_EXPECT = "I didn’t expect this mail, and want no more of it"
UNEXPECTED = "/notifications/unexpected/"
"""Where the page stands for mail that nobody asked for; it has a token after it."""


class _NotTaken(Exception):
    """A server that answers, and does not take this message: `for_good` or for now."""

    def __init__(self, said: str, *, for_good: bool) -> None:
        super().__init__(said)
        self.for_good = for_good


def send_soon(ids: Iterable[int]) -> int:
    """As `send`, but for as long as a server that failed is left alone: the sweep sends them.

    So many messages don't make as many workers wait for a server that says nothing.
    """
    return 0 if breaker("mail").is_open else send(ids)


def send(ids: Iterable[int]) -> int:
    """Mail these notifications; one already mailed or in another worker's hands is left.

    Returns:
        How many a server took.
    """
    sent, until = 0, time.monotonic() + MOST_SECONDS
    try:
        with _connected() as connection:
            for pk in ids:
                if _claim(pk):
                    sent += _try(pk, connection)
                    breaker("mail").worked()
                if time.monotonic() > until:
                    break
    except OSError as error:  # the server does not talk to us: what is left waits for the sweep
        breaker("mail").failed(error)
        log.warning("mail server not reached", error=str(error))
    except SoftTimeLimitExceeded as error:  # it talks without end
        breaker("mail").failed(error)
        raise
    return sent


@contextmanager
def _connected() -> Iterator[Any]:
    """A connection that is not taken leave of once the time is up: that would wait for an answer.

    Raises: OSError: there is nobody, or somebody who does not talk to us.
    """
    connection: Any = get_connection()
    try:
        connection.open()
        yield connection
    except SoftTimeLimitExceeded:
        if smtp := getattr(connection, "connection", None):
            smtp.close()
            connection.connection = None
        raise
    finally:
        connection.close()


def _try(pk: int, connection: Any) -> bool:
    """As `_send`; one that fails here, and not at a server, waits behind the others."""
    notification = Notification.objects.select_related("recipient").get(pk=pk)
    try:
        return _send(notification, connection)
    except OSError:
        raise
    except SoftTimeLimitExceeded:
        _wait(notification, counts=False)
        raise
    except Exception:
        log.exception("mail failed", notification=pk)
        if notification.attempts + 1 >= MOST_ATTEMPTS:
            _give_up(notification, FAULT)
        else:
            _wait(notification, counts=True)
        return False


def sweep() -> int:
    """Send what a lost broker or a stopped worker left behind, and what may be tried again."""
    now = timezone.now()
    _drop_what_ran_out()
    ids = list(
        Notification.objects.unsent()
        .filter(_free(), Q(try_after=None) | Q(try_after__lte=now))
        .filter(created_at__lt=now - timedelta(seconds=settings.SWEEP_AFTER_SECONDS))
        .order_by(F("tried_at").asc(nulls_first=True), "created_at")
        .values_list("pk", flat=True)[:BATCH]
    )
    return send(ids) if ids else 0


@dataclass(frozen=True)
class WaitingMail:
    """How many messages have waited for longer than they should, and since when the oldest."""

    number: int
    since: datetime | None


def waiting_mail() -> WaitingMail:
    """One query."""
    late = Notification.objects.unsent().filter(created_at__lt=timezone.now() - LATE)
    found = late.aggregate(number=Count("pk"), since=Min("created_at"))
    return WaitingMail(found["number"], found["since"])


def wait_after(attempts: int) -> timedelta:
    """How long a message waits that was not taken so many times, from 1."""
    first = timedelta(seconds=settings.MAIL_FIRST_WAIT_SECONDS)
    return min(first * 2 ** min(attempts - 1, 12), LONGEST_WAIT)


def _free() -> Q:
    """In no worker's hands, or in those of one that has stopped."""
    lost = timezone.now() - timedelta(seconds=settings.MAIL_CLAIM_SECONDS)
    return Q(claimed_at=None) | Q(claimed_at__lt=lost)


def _drop_what_ran_out() -> None:
    """Whoever still wants in asks for a new code or link; nothing is left of the old one."""
    old = Notification.objects.unsent().filter(good_until__lte=timezone.now())
    if dropped := old.delete()[0]:
        log.warning("mail ran out before a server took it", messages=dropped)


def _claim(pk: int) -> bool:
    good = Q(good_until=None) | Q(good_until__gt=timezone.now())
    waiting = Notification.objects.unsent().filter(_free(), good, pk=pk)
    return bool(waiting.update(claimed_at=timezone.now()))


def _send(notification: Notification, connection: Any) -> bool:
    """Whether a server took it.

    Raises:
        OSError: the server does not talk to us; the message is free again, behind the others.
    """
    from marketplace.activity.services import for_active

    if not for_active([notification]):
        _give_up(notification, SWITCHED_OFF)
        return False
    try:
        _hand_over(_message(notification, connection))
    except _NotTaken as refused:
        if refused.for_good or notification.attempts + 1 >= MOST_ATTEMPTS:
            _give_up(notification, str(refused))
        else:
            _wait(notification, counts=True)
        log.warning("mail not taken", notification=notification.pk, error=str(refused))
        return False
    except OSError:
        _wait(notification, counts=False)
        raise
    gone = Notification.objects.filter(pk=notification.pk)
    gone.update(mailed_at=timezone.now(), **_emptied(notification))
    return True


def _emptied(notification: Notification) -> dict[str, str]:
    """What is written over a message that waits no more."""
    return {"body": ""} if notification.sealed else {}


def _hand_over(message: EmailMessage) -> None:
    """Give a message to the server, whose many ways to refuse become one.

    Raises:
        _NotTaken: it answers and does not take this message.
        OSError: it does not talk to us; smtplib's own errors are OSErrors.
    """
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise _NotTaken(_words(code, answer), for_good=_is_for_good(code)) from error
    except smtplib.SMTPDataError as error:
        said = _words(error.smtp_code, error.smtp_error)
        raise _NotTaken(said, for_good=_is_for_good(error.smtp_code)) from error
    except smtplib.SMTPSenderRefused as error:
        # Said of the sender's line, where the size is announced; all else there is about us.
        if error.smtp_code != TOO_LARGE:
            raise
        raise _NotTaken(_words(error.smtp_code, error.smtp_error), for_good=True) from error
    except (smtplib.SMTPNotSupportedError, ValueError) as error:
        # An address beyond ASCII where the server has no SMTPUTF8; a line break in an address.
        raise _NotTaken(NO_ADDRESS, for_good=True) from error


def _is_for_good(code: int) -> bool:
    return 500 <= code < 600


def _words(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {text}".strip()


def _message(notification: Notification, connection: Any) -> EmailMessage:
    """The mail itself.

    Raises:
        _NotTaken: it is sealed, and nobody can open it any more.
    """
    body = clean_text(with_site(_opened(notification)))
    if notification.path:
        body = f"{body}\n\n{settings.SITE_URL}{notification.path}"
    headers = {}
    if notification.unsubscribe:
        # RFC 8058: mail programs offer one click, which they send as a POST.
        address = f"{settings.SITE_URL}{notification.unsubscribe}"
        headers = {
            "List-Unsubscribe": f"<{address}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        is_unexpected = notification.unsubscribe.startswith(UNEXPECTED)
        body = f"{body}\n\n{DID_NOT_EXPECT if is_unexpected else NO_MORE}: {address}"
    # A header has one line, whatever was typed into the name that it quotes.
    subject = one_line(clean_text(notification.subject), LONGEST_SUBJECT)
    return EmailMessage(
        subject, body, to=[notification.address], connection=connection, headers=headers
    )


def _opened(notification: Notification) -> str:
    if not notification.sealed:
        return notification.body
    try:
        return unseal(notification.body)
    except Unreadable as error:
        raise _NotTaken(NO_KEY, for_good=True) from error


def _wait(notification: Notification, *, counts: bool) -> None:
    """Free it for a later try; only a refusal of the message itself counts against it."""
    now = timezone.now()
    attempts = notification.attempts + counts
    Notification.objects.filter(pk=notification.pk).update(
        claimed_at=None,
        tried_at=now,
        attempts=attempts,
        try_after=now + wait_after(attempts) if counts else None,
    )


@transaction.atomic
def _give_up(notification: Notification, why: str) -> None:
    """Mark it as one that can't arrive, and tell whoever caused it."""
    from marketplace.activity.services import notify

    refused = Notification.objects.filter(pk=notification.pk, refused_at=None)
    refusal = one_line(why, LONGEST_REFUSAL)
    given_up = {"refused_at": timezone.now(), "refusal": refusal, "claimed_at": None}
    if not refused.update(**given_up, **_emptied(notification)):
        return
    sender = notification.sender
    if sender is not None and sender.pk != notification.recipient_id:
        notify(
            [sender],
            subject=f"Mail to {notification.address} can’t arrive",
            body=(
                f"“{notification.subject}” could not be delivered to {notification.address}.\n\n"
                f"Why: {refusal}\n\nCheck the address, then send it again."
            ),
        )
