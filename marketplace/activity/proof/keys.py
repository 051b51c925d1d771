"""The key that seals are signed with, which stands outside the database, and those before it."""

import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplace.activity.check_record import KEY_FIELDS, KEY_MESSAGE, canonical_json, fingerprint
from marketplace.activity.models import SealKey, SignedSeal
from marketplace.activity.proof.lines import key_line
from marketplace.errors import Refused

FIRST_NOTE = "The first key of this installation."
DEMONSTRATION_NOTE = "Made for the demonstration, on the machine that it runs on."


class KeyAway(Refused):
    """There is no key to sign with here, or it is not the one in force."""


def signing_key() -> Ed25519PrivateKey | None:
    """The private key that the environment names; None where it names none.

    Development makes one of its own.

    Raises:
        KeyAway: what it names can't be read, or is no Ed25519 key.
    """
    text, place = settings.RECORD_SIGNING_KEY, settings.RECORD_SIGNING_KEY_FILE
    if not text and not place:
        return None
    if not text and settings.RECORD_MAKE_KEY and not Path(place).exists():
        write_new(Path(place))
    try:
        found = load_pem_private_key((text or Path(place).read_text()).encode(), None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyAway("The key to sign seals with can’t be read.") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise KeyAway("The key to sign seals with is not an Ed25519 key.")
    return found


def write_new(place: Path) -> str:
    """Make a private key in a new file that only its owner may read; its fingerprint.

    Raises:
        FileExistsError: a key is never written over.
    """
    key = Ed25519PrivateKey.generate()
    place.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return fingerprint(public_of(key))


def public_of(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def trusted() -> set[str]:
    """Fingerprints that are known from outside the database: the key held here, and those that
    `RECORD_TRUSTED_KEYS` names.

    Raises:
        KeyAway: the key that is set here can't be read.
    """
    key = signing_key()
    held = {fingerprint(public_of(key))} if key else set()
    return held | named()


def named() -> set[str]:
    """Fingerprints that the environment names beside its own key."""
    return {each.lower() for each in settings.RECORD_TRUSTED_KEYS}


def key_in_force() -> tuple[Ed25519PrivateKey, str]:
    """The key to sign with and its fingerprint; the first key of all introduces itself.

    Raises:
        KeyAway
    """
    key = signing_key()
    if key is None:
        raise KeyAway("No key to sign seals with is set: RECORD_SIGNING_KEY_FILE.")
    mark = fingerprint(public_of(key))
    newest = SealKey.objects.last()
    if newest is None:
        note = DEMONSTRATION_NOTE if settings.DEMONSTRATION else FIRST_NOTE
        try:
            newest = introduce(key, because=SealKey.Because.FIRST, note=note)
        except IntegrityError:  # another worker was first
            newest = SealKey.objects.get(number=1)
    if newest.key != mark:
        raise KeyAway(
            f"The key that is set here is not the one in force, number {newest.number}. Set that "
            "one, or introduce this one with manage.py record_key introduce."
        )
    return key, mark


@transaction.atomic
def introduce(
    key: Ed25519PrivateKey,
    *,
    because: str,
    note: str = "",
    old: Ed25519PrivateKey | None = None,
    after: int | None = None,
) -> SealKey:
    """From the next seal on, this key signs.

    Args:
        old: the key before, which signs for this one; not where it was lost or stolen.
        after: number of the last seal that the key before may have signed; None: the last one.

    Raises:
        KeyAway: the old key is needed and is not the one in force; or there is no such seal.
    """
    before, last = SealKey.objects.last(), SignedSeal.objects.first()
    if (
        before
        and because == SealKey.Because.ROTATED
        and (old is None or fingerprint(public_of(old)) != before.key)
    ):
        raise KeyAway(
            "The key in force has to sign for the new one. Set it, or say what befell it."
        )
    if after is not None:
        last = SignedSeal.objects.filter(number=after).first()
        if last is None and after:
            raise KeyAway(f"There is no seal {after}.")
    public = public_of(key)
    row = SealKey(
        number=before.number + 1 if before else 1,
        key=fingerprint(public),
        public=public,
        previous=before.key if before else "",
        after=last.number if last else 0,
        after_digest=last.digest if last else "",
        at=timezone.now(),
        because=because,
        note=note,
    )
    message = _message(key_line(row))
    row.signature = key.sign(message).hex()
    if old is not None:
        row.endorsement = old.sign(message).hex()
    row.save()
    return row


def _message(line: dict[str, Any]) -> bytes:
    return KEY_MESSAGE + canonical_json({name: line[name] for name in KEY_FIELDS})
