"""Sessions of one person, on every device: a row says whose it is only when it is read."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from marketplace.accounts.models import User
from marketplace.typed.keeping import SESSION_KEY as KEPT_POSTS
from marketplace.typed.keeping import mark_of


def end_sessions_of(pk: int) -> int:
    """Delete a person's sessions, and those that keep what they typed while signed out; how many.

    Nothing where sessions are not rows: they end by themselves, as every session does.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    mark = mark_of(User(pk=pk))
    rows = Session.objects.order_by("pk").values_list("pk", "session_data")
    theirs = [
        key
        for key, data in rows.iterator(chunk_size=500)
        if _is_theirs(store.decode(data), str(pk), mark)
    ]
    return Session.objects.filter(pk__in=theirs).delete()[0]


def _is_theirs(content: dict[str, Any], pk: str, mark: str) -> bool:
    kept = content.get(KEPT_POSTS, [])
    return content.get(SESSION_KEY) == pk or any(post["person"] == mark for post in kept)
