"""How long somebody stays signed in: staff for hours, others for as long as the cookie lasts.

Staff are those who need a second factor. Looked at with each request, so a role that is granted
shortens sessions that run already; who is staff is asked only of a session that is older, or was
left for longer, than staff may.
"""

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from marketplace.accounts.rules import needs_second_factor
from marketplace.accounts.session import SIGNED_IN_AT
from marketplace.typed.keeping import SESSION_KEY as KEPT_POSTS

SKEW = timedelta(hours=1)
"""A sign-in further ahead than this is a clock's mistake, and counts as too long ago."""


def idle_limit() -> timedelta:
    return timedelta(minutes=settings.STAFF_SESSION_IDLE_MINUTES)


def whole_limit() -> timedelta:
    return timedelta(hours=settings.STAFF_SESSION_HOURS)


def why_over(request: HttpRequest) -> str:
    """Why this sign-in is over, as a sentence; "" while it runs."""
    if not hasattr(request, "session") or not request.session.session_key:
        return ""
    too_long = _is_too_long(request)
    too_idle = _is_too_idle(request)
    if not (too_long or too_idle):
        return ""
    if not (request.user.is_authenticated and needs_second_factor(request.user)):
        return ""
    minutes, hours = settings.STAFF_SESSION_IDLE_MINUTES, settings.STAFF_SESSION_HOURS
    if too_idle:
        return f"You were signed out, as you had not used this for {_many(minutes, 'minute')}."
    return f"You were signed out, as you had been signed in for {_many(hours, 'hour')}."


def _is_too_long(request: HttpRequest) -> bool:
    at = request.session.get(SIGNED_IN_AT)
    if at is None:  # begun by no sign-in of ours, as by a test: being left alone ends it
        return False
    age = timedelta(seconds=time.time() - at)
    return age >= whole_limit() or age < -SKEW


def _is_too_idle(request: HttpRequest) -> bool:
    last_used = getattr(request.session, "last_used", None)
    return last_used is not None and timezone.now() - last_used >= idle_limit()


def end(request: HttpRequest, why: str) -> None:
    """Sign out with what was kept of unsent posts left where its owner finds it again."""
    kept: Any = request.session.get(KEPT_POSTS)
    request.session.flush()
    if kept:
        request.session[KEPT_POSTS] = kept
    request.user = AnonymousUser()
    messages.info(request, why)


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
