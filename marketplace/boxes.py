"""Words under keys that no database holds: one way to seal them, whatever they are for.

Fernet (AES in CBC mode with an HMAC; `cryptography`). Each use has a salt, so that what was sealed
for one opens nothing of another though the keys are the same.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.utils.crypto import salted_hmac


class Unreadable(Exception):
    """This was sealed under a key that the site no longer has, or was changed since."""


def seal(text: str, salt: str, keys: Sequence[str]) -> str:
    """Seal under the first of the keys."""
    return _box(salt, keys).encrypt(text.encode()).decode()


def unseal(sealed: str, salt: str, keys: Sequence[str]) -> str:
    """What was sealed, under any of the keys.

    Raises:
        Unreadable
    """
    try:
        return _box(salt, keys).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _box(salt: str, keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([_key(salt, key) for key in keys])


def _key(salt: str, secret: str) -> Fernet:
    digest = salted_hmac(salt, "", secret=secret, algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(digest))
