"""Where a link in a document may lead: to the web or a mailbox, when somebody presses it; pure."""

import re

SCHEMES = ("http", "https", "mailto", "tel")
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]")
"""What programs leave out of an address before they read it (WHATWG URL, section 4.4)."""

_WEB = re.compile(r"^https?:/{2,}[^/\\]", re.IGNORECASE)


def is_plain_link(address: str) -> bool:
    """Whether a link goes to a web page, a mailbox, a telephone or a place in the same document.

    Paths of files, shares of networks (file:, smb:, //host, \\\\host) and scripts are none.
    """
    found = _IGNORED.sub("", address)
    if not found or found.startswith("#") or found == "about:blank":
        return True
    scheme = _SCHEME.match(found)
    if scheme is None:
        # Programs write “www.example.org” as it was typed.
        return "\\" not in found and found.lower().startswith("www.")
    name = scheme[1].lower()
    if name in ("http", "https"):
        return bool(_WEB.match(found))
    return name in SCHEMES
