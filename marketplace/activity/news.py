"""What happened, as news for those who follow: told at once, and again if a worker died.

A floor says which records are news with `@news_of("awards.made")`. The function is called after
the record is committed and again by a sweep, so it goes through `announce` with a key of its own
and the record's moment, and tells nobody twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from marketplace.activity.models import Record
from marketplace.activity.sweeping import take_turns

Teller = Callable[[Record], Any]
LOOK_BACK = timedelta(days=3)
"""A worker that was away for longer tells nothing: the news is old."""

_tellers: dict[str, Teller] = {}


def news_of(*verbs: str) -> Callable[[Teller], Teller]:
    """Tell the news of records with these verbs by calling this."""

    def register(teller: Teller) -> Teller:
        _tellers.update(dict.fromkeys(verbs, teller))
        return teller

    return register


def tell_news(record: Record, **signal: Any) -> None:
    if teller := _tellers.get(record.verb):
        teller(record)


def tell_missed_news(now: datetime | None = None) -> int:
    """Tell the news of the last days again; of how many records."""
    since = (now or timezone.now()) - LOOK_BACK
    recent = Record.objects.filter(at__gt=since, verb__in=_tellers).order_by("at", "pk")
    return take_turns("news", recent, _told)


def _told(record: Record) -> bool:
    tell_news(record)
    return True
