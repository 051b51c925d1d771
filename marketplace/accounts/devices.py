"""Browsers in which somebody has signed in before: strangers' tries don't count against them.

After OWASP's “device cookies” (Slow Down Online Guessing Attacks with Device Cookies). The cookie
says for which addresses its browser has been signed in, as digests that nobody else can make, and
a name of its own for the browser, under which its tries are counted. Who steals one has a browser's
tries for an account, and no more.
"""

import secrets
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "known_browser"
SALT = "marketplace.accounts.devices"
LASTS = 180 * 24 * 3600
MOST = 8
"""Addresses of one browser: an office's shared machine has a few."""


def known_for(request: HttpRequest, address: str) -> str:
    """The name of this browser, if somebody has signed in in it with this address; else "".

    No query: what the cookie says is enough, so an address without an account takes no less time.
    """
    name, marks = _read(request)
    return name if mark_of(address) in marks else ""


def mark_of(address: str) -> str:
    """What stands for an address in the cookie."""
    return salted_hmac(SALT, address.strip().lower(), algorithm="sha256").hexdigest()[:24]


def remember(request: HttpRequest, user: Any) -> None:
    """Somebody has signed in, or proved that their mailbox is theirs: say so with the reply."""
    request.known_person = user  # type: ignore[attr-defined]


def set_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Name the browser in the reply to whoever has just signed in in it."""
    user = getattr(request, "known_person", None)
    if user is None:
        return
    name, marks = _read(request)
    addresses = {
        user.email,
        *EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True),
    }
    own = sorted(map(mark_of, addresses))[:MOST]
    marks = [*own, *(mark for mark in marks if mark not in own)][:MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps([name or secrets.token_urlsafe(12), marks], salt=SALT),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """The browser's name and marks; nothing for a cookie that was made up, or is too old."""
    try:
        name, marks = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except (signing.BadSignature, TypeError, ValueError):
        return "", []
    return str(name), list(marks)
