"""Where a person is signed in: a row for each browser, which they see and can end."""

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils import timezone

from marketplace.accounts.models import SignedIn
from marketplace.accounts.session import SIGNED_IN_AT
from marketplace.accounts.session_store import stored_key

log = structlog.get_logger(__name__)

TOUCH_EVERY = timedelta(minutes=1)

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""Mark in what a browser says of itself → its name; the first that is there counts."""

SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def note(request: HttpRequest) -> None:
    """Keep where somebody is signed in and when it was last used, once a minute at most.

    Not in the session itself: two requests at once would write over each other's. A database that
    takes no writes for a moment breaks no page.
    """
    last_used = getattr(request.session, "last_used", None)
    is_new = getattr(request, "signed_in_now", False)
    if not request.user.is_authenticated:
        return
    if not is_new and (last_used is None or timezone.now() - last_used < TOUCH_EVERY):
        return
    try:
        with transaction.atomic():
            _write(request)
    except DatabaseError as error:
        log.warning("use of a session not noted", error=type(error).__name__)


def _write(request: HttpRequest) -> None:
    if not request.session.session_key:
        request.session.save()
    key, now = stored_key(request.session.session_key or ""), timezone.now()
    age = timedelta(seconds=request.session.get_expiry_age())
    if not Session.objects.filter(pk=key).update(expire_date=now + age):
        return  # it was ended meanwhile, elsewhere
    seen = {
        "user": request.user,
        "last_used": now,
        "browser": browser_in_words(request.headers.get("User-Agent", "")),
        "network": rough_network(request),
    }
    began = datetime.fromtimestamp(request.session.get(SIGNED_IN_AT, now.timestamp()), UTC)
    SignedIn.objects.update_or_create(
        session=key, defaults=seen, create_defaults={**seen, "began": began}
    )


def of_person(request: HttpRequest) -> list[SignedIn]:
    """Where the person of this request is signed in, this browser first. Two queries."""
    rows = list(SignedIn.objects.filter(user=request.user).order_by("-last_used"))
    alive = Session.objects.filter(
        pk__in=[row.session for row in rows], expire_date__gt=timezone.now()
    )
    keys = set(alive.values_list("pk", flat=True))
    this = stored_key(request.session.session_key or "")
    for row in rows:
        row.is_this = row.session == this  # type: ignore[attr-defined]
    here = [row for row in rows if row.session in keys]
    return sorted(here, key=lambda row: not row.is_this)  # type: ignore[attr-defined]


def end_one(*, user: Any, pk: int) -> bool:
    """Sign out in one browser; whether it was theirs and still signed in."""
    row = SignedIn.objects.filter(pk=pk, user=user).first()
    return bool(row and _end([row.session]))


def end_others(user: Any, *, but: HttpRequest | None = None) -> int:
    """Sign a person out everywhere, or everywhere but in this request's browser; how many."""
    keys = set(SignedIn.objects.filter(user=user).values_list("session", flat=True))
    if but is not None and but.session.session_key:
        keys.discard(stored_key(but.session.session_key))
    return _end(sorted(keys))


@transaction.atomic
def _end(keys: list[str]) -> int:
    ended = Session.objects.filter(pk__in=keys).delete()[0]
    SignedIn.objects.filter(session__in=keys).delete()
    return ended


def forget_ended() -> int:
    """Rows whose session is over; how many went."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("pk")
    return SignedIn.objects.exclude(session__in=alive).delete()[0]


def browser_in_words(said: str) -> str:
    """“Firefox on Windows”, from what a browser says of itself; it may say what it likes."""
    browser = next((name for mark, name in BROWSERS if re.search(rf"\b{mark}/", said)), "")
    system = next((name for mark, name in SYSTEMS if mark in said), "")
    return f"{browser or 'A browser'} on {system}" if system else browser or "A browser"


def rough_network(request: HttpRequest) -> str:
    """Enough of the address to know one's own by: half of IPv4, three groups of IPv6."""
    try:
        address = ipaddress.ip_address(get_adapter().get_client_ip(request).partition("%")[0])
    except (ValueError, PermissionDenied):
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, ipaddress.IPv4Address):
        return ".".join(str(address).split(".")[:2]) + ".…"
    return ":".join(address.exploded.split(":")[:3]) + ":…"
