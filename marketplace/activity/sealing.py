"""Words of a mail that let whoever reads them in: kept under a key that no database holds.

A code or a link that confirms an address or resets a password waits in the outbox like all other
mail. Whoever reads the database, a copy of it or the log of its statements must not be let in by
what waits there.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "marketplace.activity.sealing"


class Unreadable(Exception):
    """This was sealed under a key that the site no longer has, or was changed since."""


def seal(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed, under the site's present key or one of `SECRET_KEY_FALLBACKS`.

    Raises:
        Unreadable
    """
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _keys() -> MultiFernet:
    return MultiFernet(
        [_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def _key(secret: str) -> Fernet:
    digest = salted_hmac(SALT, "", secret=secret, algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(digest))
