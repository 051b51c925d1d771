"""Words of a mail that let whoever reads them in: kept under a key that no database holds.

A code or a link that confirms an address or resets a password waits in the outbox like all other
mail. Whoever reads the database, a copy of it or the log of its statements must not be let in by
what waits there.
"""

from django.conf import settings

from marketplace import boxes
from marketplace.boxes import Unreadable

__all__ = ["Unreadable", "seal", "unseal"]

SALT = "marketplace.activity.sealing"


def seal(text: str) -> str:
    return boxes.seal(text, SALT, _keys())


def unseal(sealed: str) -> str:
    """What was sealed, under the site's present key or one of `SECRET_KEY_FALLBACKS`.

    Raises:
        Unreadable
    """
    return boxes.unseal(sealed, SALT, _keys())


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
