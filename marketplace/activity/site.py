"""Addresses of this site inside stored text: written when it is sent or shown, not before.

A message may be stored on one port, or before a domain moved, and read on another.
"""

from django.conf import settings

SITE = "{this-site}"
"""Stands for the site's address in a stored body."""


def on_site(path: str) -> str:
    """An address of this site for a body that is stored: `on_site("/receipts/")`."""
    return f"{SITE}{path}"


def with_site(text: str) -> str:
    """`text` with the address that the site has now."""
    return text.replace(SITE, settings.SITE_URL)
