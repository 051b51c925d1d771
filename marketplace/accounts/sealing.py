"""Secrets of second factors, sealed with keys that no database holds.

Who has a copy of the database could otherwise make everybody's codes. `MFA_KEYS` are the keys: the
first seals, all open, so a new one is put in front and `seal_second_factors` seals all anew.
"""

from collections.abc import Iterator

import structlog
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from marketplace import boxes

log = structlog.get_logger(__name__)

SALT = "marketplace.accounts.second_factors"
IS_SEALED = "gAAAA"
"""How everything sealed begins; neither base32 in capitals nor hexadecimal digits do."""

SECRETS = ("secret", "seed")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seals what `allauth.mfa` stores; what an older release left open is read as it is."""

    def encrypt(self, text: str) -> str:
        return boxes.seal(text, SALT, settings.MFA_KEYS)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret.

        Raises:
            boxes.Unreadable: its key is gone. Never an empty secret: anybody could make its codes.
        """
        if not encrypted_text.startswith(IS_SEALED):
            return encrypted_text
        return boxes.unseal(encrypted_text, SALT, settings.MFA_KEYS)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:
        """What a new key is called whose owner gives it no name."""
        return f"Key {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"


def seal_all(*, anew: bool = False) -> tuple[int, int]:
    """Seal what stands open, and with `anew` all else under the first key; safe to run twice.

    Returns:
        How many were sealed, and how many nobody can open any more.
    """
    done = lost = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True).iterator():
        changed = _seal(pk, anew=anew)
        done += changed is True
        lost += changed is None
    if lost:
        log.error("second factors that no key opens", number=lost)
    return done, lost


@transaction.atomic
def _seal(pk: int, *, anew: bool) -> bool | None:
    """Whether it was changed; None if nobody can open it. Its row is held: a recovery code may be
    used meanwhile."""
    held = Authenticator.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if held is None:
        return False
    adapter, changed = SecondFactorAdapter(), False
    try:
        for holder, key in _places(held.data):
            if anew or not holder[key].startswith(IS_SEALED):
                holder[key] = adapter.encrypt(adapter.decrypt(holder[key]))
                changed = True
    except boxes.Unreadable:
        return None
    if changed:
        held.save(update_fields=["data"])
    return changed


def _places(data: dict) -> Iterator[tuple]:
    """(what holds it, key or number) of each secret in an authenticator's data."""
    for name in SECRETS:
        if isinstance(data.get(name), str):
            yield data, name
    codes = data.get("migrated_codes") or []
    for number in range(len(codes)):
        yield codes, number
