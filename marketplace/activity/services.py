"""Record what happened, tell people, and prove that the trail is whole."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db import models, transaction
from django.db.models.functions import Lower
from django.dispatch import Signal
from django.utils import timezone

from marketplace.activity.chain import GENESIS, record_digest
from marketplace.activity.mail_limits import (
    Mail,
    causer_id,
    count_mail,
    hold_back,
    is_wanted,
    unexpected_path,
)
from marketplace.activity.models import Chain, Notification, Record, SignedSeal, Told
from marketplace.activity.sealing import seal
from marketplace.addresses import defused
from marketplace.outages.owed import tell_worker
from marketplace.text import one_line

log = structlog.get_logger(__name__)

LONGEST_KEY = Told._meta.get_field("key").max_length or 160
LONGEST_SUBJECT = Notification._meta.get_field("subject").max_length or 200

recorded = Signal()
"""Sent after commit with `record`: upper floors listen to index, invalidate or call out."""


def record(
    verb: str,
    thing: models.Model,
    *,
    chain: str,
    actor: models.Model | None = None,
    **detail: Any,
) -> Record:
    """Append one record to a chain; call it inside the transaction of the change itself.

    Args:
        verb: "app.past-tense", for example "pitches.submitted".
        thing: what it happened to; must be saved.
        chain: "call:12", "organisation:7": the subject an auditor would ask about.
        detail: JSON values worth keeping. No personal data beyond ids.
    """
    with transaction.atomic():
        head, _ = Chain.objects.select_for_update(no_key=True).get_or_create(key=chain)
        at = timezone.now()
        entry = Record(
            chain=head,
            number=head.length + 1,
            at=at,
            actor=actor,
            verb=verb,
            thing_type=thing._meta.label_lower,
            thing_id=str(thing.pk),
            detail=detail,
            previous=head.head,
        )
        entry.digest = digest_of(entry, chain)
        entry.save()
        head.length, head.head = entry.number, entry.digest
        head.save(update_fields=["length", "head"])
        transaction.on_commit(lambda: _tell_listeners(entry), robust=True)
    return entry


def _tell_listeners(entry: Record) -> None:
    """Each by itself: one that fails must not silence the others."""
    for listener, answer in recorded.send_robust(sender=Record, record=entry):
        if isinstance(answer, Exception):
            log.error("a listener failed", listener=str(listener), exc_info=answer)


def digest_of(entry: Record, chain: str) -> str:
    return record_digest(
        chain=chain,
        number=entry.number,
        at=entry.at.astimezone(UTC).isoformat(),
        actor=entry.actor_id,
        verb=entry.verb,
        thing=f"{entry.thing_type}:{entry.thing_id}",
        detail=entry.detail,
        previous=entry.previous,
    )


def find_break(chain: Chain) -> int | None:
    """The number of the first record that does not follow from the one before, or None."""
    previous, expected = GENESIS, 1
    for entry in chain.records.order_by("number").iterator():
        whole = (
            entry.number == expected
            and entry.previous == previous
            and entry.digest == digest_of(entry, chain.key)
        )
        if not whole:
            return expected
        previous, expected = entry.digest, expected + 1
    return None if (expected - 1, previous) == (chain.length, chain.head) else expected


def oldest_unsealed() -> datetime | None:
    """When the oldest record was written that no signed seal covers; None: all are sealed.

    Records are sealed in the order in which they are written, so the time of the last seal is
    enough to leave most of them out.
    """
    last = SignedSeal.objects.values_list("at", flat=True).first()
    waiting = Record.objects.all() if last is None else Record.objects.filter(at__gt=last)
    return waiting.aggregate(models.Min("at"))["at__min"]


def notify(
    people: Iterable[Any], *, subject: str, body: str, path: str = "", sender: Any = None
) -> list[Notification]:
    """Leave a message for each person, mailed after commit. Call it inside a transaction.

    Args:
        people: users; not named as a type, because their app stands above this one.
        sender: the person who is told if it can't arrive, where much hangs on it.
    """
    about = {"subject": subject, "body": body, "path": path, "sender": sender}
    return leave(
        [Notification(recipient=person, address=person.email, **about) for person in people]
    )


def notify_address(
    address: str,
    *,
    kind: Mail = Mail.OTHER,
    subject: str,
    body: str,
    path: str = "",
    sender: Any = None,
    source: str = "",
    name: str = "",
    unsubscribe: str = "",
) -> list[Notification]:
    """Leave a message for somebody who may have no account yet, and never asked for it.

    It carries a link that ends such mail without signing in.

    Args:
        kind: its limits, in `mail_limits.TABLE`.
        sender: the person who caused it, who is told if it can't arrive.
        source: in whose name it is sent ("organisation:7"); `name` is how they are called.
        unsubscribe: page that ends such mail, where it is not the one for unexpected mail.

    Raises:
        NotWanted, TooMuchMail: nothing is left; both are `Refused`.
    """
    if kind is Mail.FOLLOW_UP and not is_wanted(address, sender=sender, source=source):
        return []
    count_mail(kind, sender=sender, to=address, source=source)
    unsubscribe = unsubscribe or unexpected_path(address, sender=sender, source=source, name=name)
    about = {"subject": subject, "body": body, "path": path, "sender": sender}
    return leave([Notification(address=address, unsubscribe=unsubscribe, **about)])


def notify_farewell(address: str, *, subject: str, body: str) -> list[Notification]:
    """The last message to somebody whose account is gone: it carries no link and no limit."""
    return leave([Notification(address=address, subject=subject, body=body)])


@transaction.atomic
def notify_in_secret(
    address: str,
    *,
    subject: str,
    body: str,
    good_until: datetime | None = None,
    unsubscribe: str = "",
) -> list[Notification]:
    """Leave a message that lets its reader in, by mail alone: no page or copy of data shows it.

    Args:
        unsubscribe: the page that ends such mail, where its reader may have asked for nothing.
        good_until: when the code or link in it runs out. One of the same subject that still waits
            for a server is void then, and is dropped: a person gets one code and not three.
    """
    message = Notification(
        address=address,
        subject=subject,
        body=seal(body),
        sealed=True,
        good_until=good_until,
        unsubscribe=unsubscribe,
    )
    message.subject = one_line(subject, LONGEST_SUBJECT)
    if good_until is not None:
        same = Notification.objects.unsent().filter(sealed=True, good_until__isnull=False)
        same.filter(address=address, subject=message.subject).delete()
    return leave([message])


def refusals_of(addresses: Iterable[str]) -> dict[str, str]:
    """Address in small letters → why the latest mail to it can't arrive, for those that can't be
    reached. One query."""
    wanted = {address.lower() for address in addresses if address}
    rows = (
        Notification.objects.annotate(to=Lower("address"))
        .filter(to__in=wanted)
        .filter(models.Q(mailed_at__isnull=False) | models.Q(refused_at__isnull=False))
        .order_by("created_at", "pk")
        .values_list("to", "refusal", "refused_at")
    )
    latest = {to: refusal if refused_at else "" for to, refusal, refused_at in rows}
    return {to: refusal for to, refusal in latest.items() if refusal}


def refusal_in_secret(address: str) -> str:
    """Why the latest of `notify_in_secret` to an address can't arrive; "" if it may.

    What else was mailed there is left out: it would tell a stranger that the address has an
    account.
    """
    sent = Notification.objects.filter(sealed=True, address__iexact=address)
    return sent.order_by("-created_at", "-pk").values_list("refusal", flat=True).first() or ""


def mark_read(person: Any) -> int:
    return Notification.objects.filter(recipient=person).unread().update(read_at=timezone.now())


def notify_once(
    people: Iterable[Any], *, key: str, subject: str, body: str, path: str = ""
) -> list[Notification]:
    """As `notify`, but each person hears it once, however often it is said.

    Args:
        key: what it is about, for ever: "reminder:12:3:2026-…".
    """
    key = key[:LONGEST_KEY]
    active = [person for person in people if person.is_active]
    new = [person for person in active if Told.objects.get_or_create(person=person, key=key)[1]]
    return notify(new, subject=subject, body=body, path=path)


def leave(notifications: list[Notification]) -> list[Notification]:
    """Keep these messages and send them after commit; none for an account that is switched off.

    Subjects are cut here and nowhere else, to what the column holds, and lose their line breaks
    and what a mail program would make a link of.
    """
    notifications = for_active(notifications)
    for notification in notifications:
        notification.subject = one_line(
            defused(one_line(notification.subject, LONGEST_SUBJECT)), LONGEST_SUBJECT
        )
    Notification.objects.bulk_create(notifications)
    if notifications:
        transaction.on_commit(lambda: _send(notifications), robust=True)
    return notifications


def _send(notifications: list[Notification]) -> None:
    """Mail them, or leave those for others on the site alone, where one person causes too many.

    After commit: counting must not make one transaction wait for another.
    """
    from marketplace.activity.tasks import send_notifications

    others = [
        each.pk
        for each in notifications
        if each.address and each.recipient_id and each.recipient_id != causer_id()
    ]
    held: set[int] = set()
    if others and hold_back(len(others)):
        Notification.objects.filter(pk__in=others).update(address="")
        held = set(others)
    ids = [each.pk for each in notifications if each.pk not in held]
    if ids:
        tell_worker(send_notifications, ids)


def for_active(notifications: list[Notification]) -> list[Notification]:
    """Without those to people whose account is switched off, by account or by address alone."""
    addresses = {each.address.lower() for each in notifications if each.recipient_id is None}
    off = _switched_off(addresses) if addresses else frozenset()
    return [each for each in notifications if _is_active(each) and each.address.lower() not in off]


def _is_active(notification: Notification) -> bool:
    return notification.recipient is None or notification.recipient.is_active


def _switched_off(addresses: Iterable[str]) -> frozenset[str]:
    """Those of the addresses, in small letters, that belong to accounts that are switched off."""
    # Reached through a field: the app of accounts stands above this one.
    accounts: Any = Notification._meta.get_field("recipient").related_model
    rows = accounts.objects.filter(is_active=False).annotate(small=Lower("email"))
    return frozenset(rows.filter(small__in=list(addresses)).values_list("small", flat=True))
