"""How much mail a person may cause, to whom; and who wants none of it.

Two nets. Mail to an address that somebody typed, or that asks somebody else's team for something,
has a line in `TABLE`: one that would be too much is refused in words, with all that came with it.
All other mail that a person causes for others is counted as it goes (`hold_back`): past the limit
it waits for them on the site and is not mailed, as a message about a pitch must not be lost.

Counts stand in the database and stay when what was sent is taken back: an invitation that is
deleted and made anew is a second one.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from marketplace.activity.models import Unwanted
from marketplace.errors import Refused
from marketplace.limits.counting import Quota, take
from marketplace.text import one_line
from marketplace.times import on_moment

SALT = "unexpected mail"
DAY = timedelta(days=1)
EVERYTHING = "*"
"""Stands for all senders in `Unwanted.source`."""

SIGN_IN_STOPS = timedelta(days=30)
"""How long codes to an address without an account are stopped: its owner may want in one day."""


class Mail(Enum):
    """What kind of mail it is, as its line in `TABLE` says."""

    TEAM = "team"
    PANEL = "panel"
    DIRECTORY = "directory"
    JOIN = "join"
    PARTNER = "partner"
    OTHER = "other"
    FOLLOW_UP = "follow-up"
    SIGN_IN = "sign-in"


@dataclass(frozen=True)
class Allowed:
    """How many of a kind: by one sender, from one sender to one address, each in a day."""

    words: str
    by_sender: int
    to_one: int


TABLE = {
    Mail.TEAM: Allowed("invitations to your teams", by_sender=20, to_one=3),
    Mail.PANEL: Allowed("invitations to panels", by_sender=300, to_one=5),
    Mail.DIRECTORY: Allowed("messages about the directory", by_sender=300, to_one=3),
    Mail.JOIN: Allowed("requests to join a team", by_sender=10, to_one=3),
    Mail.OTHER: Allowed("messages to people outside", by_sender=50, to_one=5),
    Mail.PARTNER: Allowed("requests to partners", by_sender=30, to_one=6),
}
"""Kinds that are not here follow from one that is, or from signing in (`accounts.gate`). What
follows is left out, and never refused, where it is not wanted."""

FROM_ALL = Quota("mail: to an address, from all", 20, DAY)
"""What one address takes of `TABLE` in a day, whoever sends it."""

OFFICERS = frozenset({Mail.PANEL, Mail.DIRECTORY})
"""Counted apart there: others must not use up what an officer may send."""

BY_ONE = Quota("mail: caused for others", 300, DAY)
"""What somebody who is not staff can cause in a day by all that they do, other than `TABLE`."""


class TooMuchMail(Refused):
    """So much of this was sent already; `str` says how much, and from when on there is more."""


class NotWanted(Refused):
    """Whoever has this address has said that they want no such mail."""


_cause: ContextVar[Any] = ContextVar("who causes mail", default=None)


@contextmanager
def caused_by(request: Any) -> Iterator[None]:
    """What is sent inside is caused by whoever makes this request."""
    token = _cause.set(request)
    try:
        yield
    finally:
        _cause.reset(token)


def count_mail(kind: Mail, *, sender: Any, to: str, source: str = "") -> None:
    """Count one mail of a kind. In the transaction of what it belongs to, which a refusal undoes.

    Args:
        sender: who causes it; None where the clock does, which is not limited.
        to: the address, or what stands for those who get it ("organisation:7").
        source: in whose name ("organisation:7"), for those who want none from there.

    Raises:
        NotWanted, TooMuchMail
    """
    if "@" in to and not is_wanted(to, sender=sender, source=source):
        raise NotWanted(
            f"Whoever has the address {to} has asked us to send no such mail. "
            "If they expect it, reach them in another way."
        )
    allowed = TABLE.get(kind)
    if allowed is None or sender is None:
        return
    box = mailbox(to)
    _take(Quota(f"mail: {kind.value}", allowed.by_sender, DAY), allowed.words, "", sender.pk)
    each = Quota(f"mail: {kind.value} to one", allowed.to_one, DAY)
    _take(each, allowed.words, f" to {to}" if "@" in to else " to the same team", sender.pk, box)
    if "@" in to and not take(FROM_ALL, box, kind in OFFICERS).allowed:
        raise TooMuchMail(f"Too much was sent to {to} today. Try again tomorrow.")


def _take(quota: Quota, words: str, whom: str, *who: Any) -> None:
    answer = take(quota, *who)
    if not answer.allowed:
        raise TooMuchMail(
            f"You have sent {answer.count} {words}{whom} today, and that is as many as one person "
            f"may. You can send more {on_moment(answer.free_at)}."
        )


def hold_back(messages: int) -> bool:
    """Whether so many more messages for others are to stay on the site, unmailed."""
    person = getattr(_cause.get(), "user", None)
    if person is None or not person.is_authenticated or _is_staff(person):
        return False
    return not take(BY_ONE, person.pk, weight=messages).allowed


def causer_id() -> int | None:
    """Who makes the present request; None where nobody does, as in a task."""
    return getattr(getattr(_cause.get(), "user", None), "pk", None)


def _is_staff(person: Any) -> bool:
    """Officers and the like write to many, on the record."""
    return person.is_superuser or person.region_roles.exclude(role="judge").exists()


# --- “I didn’t expect this” ---------------------------------------------------------


def is_wanted(address: str, *, sender: Any = None, source: str = "") -> bool:
    """Whether whoever has an address has not said that they want no such mail."""
    sources = {EVERYTHING, source, f"person:{sender.pk}" if sender else ""} - {""}
    rows = Unwanted.objects.filter(address__in=_digests(address), source__in=sources)
    return not rows.exists()


def may_write_to_stranger(address: str) -> bool:
    """Whether a code for signing up may go to an address that has no account."""
    lately = timezone.now() - SIGN_IN_STOPS
    rows = Unwanted.objects.filter(address__in=_digests(address), at__gt=lately)
    return not rows.filter(source=Mail.SIGN_IN.value).exists()


def unexpected_path(address: str, *, sender: Any = None, source: str = "", name: str = "") -> str:
    """The page on which whoever has an address says that they did not expect a mail."""
    content = [_digests(address)[0], sender.pk if sender else 0, source, one_line(name, 30)]
    token = signing.dumps(content, salt=SALT, compress=True)
    return reverse("activity:unexpected", kwargs={"token": token})


@dataclass(frozen=True)
class Unexpected:
    """What the link in a mail says: to whom it went (a digest), from whom, in whose name."""

    address: str
    sender: int
    source: str
    name: str


def read_unexpected(token: str) -> Unexpected | None:
    """What a link says; None for one that was made up."""
    try:
        return Unexpected(*signing.loads(token, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


@transaction.atomic
def stop_unexpected(said: Unexpected, *, everything: bool) -> bool:
    """No more such mail to this address; whether that is new. Saying so again changes nothing."""
    from marketplace.activity.services import record

    sources = [said.source, f"person:{said.sender}" if said.sender else ""]
    sources = [EVERYTHING, *sources] if everything else sources
    made = [
        Unwanted.objects.get_or_create(address=said.address, source=each)
        for each in filter(None, sources)
    ]
    new = [row for row, is_new in made if is_new]
    if not new:
        return False
    record(
        "activity.mail_unexpected",
        new[0],
        chain=said.source if ":" in said.source else "mail",
        about=said.source,
        member=said.sender,
        kind="all" if everything else "one",
    )
    return True


def mailbox(address: str) -> str:
    """One way to write an address, of those that lead to the same box: without what stands after a
    plus (RFC 5233), with its host as machines write it. What is no address stays."""
    local, at, host = address.strip().lower().rpartition("@")
    if not at:
        return host
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    local = local.partition("+")[0] or local
    if host in ("gmail.com", "googlemail.com"):
        local, host = local.replace(".", ""), "gmail.com"
    return f"{local}@{host}"


def _digests(address: str) -> list[str]:
    """What stands for an address, under the present key and those before it."""
    return [
        salted_hmac(SALT, mailbox(address), secret=key, algorithm="sha256").hexdigest()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
