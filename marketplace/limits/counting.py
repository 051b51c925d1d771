"""Count what may not be done too often: in the database, so in all processes and without Redis.

Each question is one statement, which asks and counts at once: of two requests that take the last
one of a limit at the same moment, one is refused. Within a transaction a count is undone with it,
so what was refused for another reason was not counted.

Two kinds. `Quota`: so many within so long. `Slowing`: some are free, then each has to wait longer
than the one before, and nobody is locked out for good. Both forgive a clock that was wrong: what
lies further ahead than a limit lasts is taken for never.
"""

import ipaddress
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from marketplace.limits.models import Tally

SALT = "marketplace.limits"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Quota:
    """`most` within `within`, counted from the first of them."""

    name: str
    most: int
    within: timedelta


@dataclass(frozen=True)
class Slowing:
    """`free` at once, then a wait of `first` that doubles with each, up to `longest`.

    Forgotten once nothing was counted for `within`.
    """

    name: str
    free: int
    first: timedelta
    longest: timedelta
    within: timedelta = timedelta(days=1)

    def wait_after(self, count: int) -> timedelta:
        """How long the next one waits when so many were counted."""
        if count < self.free:
            return timedelta(0)
        return min(self.first * 2 ** min(count - self.free, 30), self.longest)

    @property
    def steps(self) -> list[tuple[int, timedelta]]:
        """(count from which it holds, wait), the longest wait first."""
        steps: list[tuple[int, timedelta]] = []
        count = self.free
        while not steps or steps[-1][1] < self.longest:
            steps.append((count, self.wait_after(count)))
            count += 1
        return steps[::-1]


Limit = Quota | Slowing


@dataclass(frozen=True)
class Answer:
    """Whether one more was let through (and counted), or when the next one will be."""

    allowed: bool
    count: int
    free_at: datetime

    @property
    def wait(self) -> timedelta:
        return max(self.free_at - timezone.now(), timedelta(0))


def key_of(limit: Limit, *who: Any) -> str:
    """A digest of a limit's name and of whom it counts for; only this site can make it."""
    said = json.dumps([limit.name, *map(str, who)], ensure_ascii=False)
    return salted_hmac(SALT, said, algorithm="sha256").hexdigest()


def network_of(address: str) -> str:
    """What stands for the network of an IP address: IPv4 as it is, IPv6 by its /64 (RFC 6177:
    one customer has at least so much, and so as many addresses as they like)."""
    try:
        found = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network(f"{found}/64", strict=False))
    return str(found)


def take(limit: Limit, *who: Any, weight: int = 1, now: datetime | None = None) -> Answer:
    """Count one more, if the limit lets it through. One statement, however much was counted.

    Args:
        who: whom it counts for; never kept as it is.
        weight: how many at once; one that has begun to be let through is let through whole.
    """
    now = now or timezone.now()
    key = key_of(limit, *who)
    sql, values = _statement(limit, key, weight, now)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        taken = cursor.fetchone()
    if taken:
        return Answer(True, taken[0], now)
    held = Tally.objects.filter(key=key).first()
    return Answer(False, held.count, held.free_at) if held else Answer(False, 0, now)


def give_back(limit: Limit, *who: Any) -> None:
    """Undo one `take`: what it counted was nothing that the limit is about."""
    # A quota is free again when its time is over; one that slows had let this through.
    free = {} if isinstance(limit, Quota) else {"free_at": NEVER}
    less = Greatest(F("count") - 1, 0)
    Tally.objects.filter(key=key_of(limit, *who)).update(count=less, **free)


def forget(limit: Limit, *who: Any) -> None:
    """Begin anew."""
    Tally.objects.filter(key=key_of(limit, *who)).delete()


def _statement(limit: Limit, key: str, weight: int, now: datetime) -> tuple[str, list[Any]]:
    """The statement and its values: the new row, or the old one with more in it, or nothing."""

    def at(moment: datetime) -> Any:
        return connection.ops.adapt_datetimefield_value(moment)

    counted = "began" if isinstance(limit, Quota) else "last"
    since, until = at(now - limit.within), at(now + limit.within)
    # What was counted still counts; else it begins anew.
    runs = f"(limits_tally.{counted} > %s AND limits_tally.{counted} < %s)"
    count = f"CASE WHEN {runs} THEN limits_tally.count + %s ELSE %s END"
    window = [since, until]
    counts = [*window, weight, weight]
    began = f"CASE WHEN {runs} THEN limits_tally.began ELSE excluded.began END"
    if isinstance(limit, Quota):
        # From its own beginning: when the window that runs then ends.
        free = f"CASE WHEN {runs} THEN limits_tally.free_at ELSE excluded.free_at END"
        frees, first_free = window, at(now + limit.within)
        allowed = f"NOT ({runs} AND limits_tally.count >= %s)"
        asked: list[Any] = [*window, limit.most]
    else:
        whens = "".join(f" WHEN ({count}) >= %s THEN {_typed()}" for _ in limit.steps)
        free = f"CASE{whens} ELSE excluded.last END"
        frees = []
        for step, wait in limit.steps:
            frees += [*counts, step, at(now + wait)]
        first_free = at(now + limit.wait_after(weight))
        allowed = "limits_tally.free_at <= %s OR limits_tally.free_at > %s"
        asked = [at(now), at(now + limit.longest)]
    # Only names of columns are put together here; every value is passed beside it.
    sql = (
        "INSERT INTO limits_tally (key, count, began, last, free_at) "  # noqa: S608
        "VALUES (%s, %s, %s, %s, %s) "
        f"ON CONFLICT (key) DO UPDATE SET count = {count}, began = {began}, "
        f"last = excluded.last, free_at = {free} WHERE {allowed} RETURNING count"
    )
    new = [key, weight, at(now), at(now), first_free]
    return sql, [*new, *counts, *window, *frees, *asked]


def _typed() -> str:
    """A moment as a value: PostgreSQL has to be told what it is inside CASE."""
    return "CAST(%s AS timestamp with time zone)" if connection.vendor == "postgresql" else "%s"
