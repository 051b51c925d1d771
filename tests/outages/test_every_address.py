"""Addresses of the site, while the database fails in every way at any statement of a request.

A few of them each time, by chance of a known seed; `OUTAGES=SEED:SHARE` tries others, or all.
"""

import logging
import os
import random
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.db import InternalError, OperationalError, connection, transaction
from django.test import TestCase

from marketplace.accounts.models import User
from marketplace.regions.models import Region
from tests.permissions.addresses import Values, addresses
from tests.permissions.walking import Walker, body, form_of
from tests.permissions.world import make_pages, panel_at_work, people, values

SEED, SHARE = (int(each) for each in os.environ.get("OUTAGES", "1:24").split(":"))
"""One in `SHARE` addresses is tried."""
PLACES = 3
"""Statements of each at which the database fails."""


class State(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def failure(kind: type[Exception], sqlstate: str, words: str) -> Exception:
    """As Django raises it for PostgreSQL: of one kind, with its code on the cause."""
    error = kind(words)
    error.__cause__ = State(sqlstate)
    return error


GONE = failure(OperationalError, "57P01", "terminating connection due to administrator command")
ONCE = [
    failure(OperationalError, "57014", "canceling statement due to statement timeout"),
    failure(OperationalError, "55P03", "canceling statement due to lock timeout"),
    failure(OperationalError, "40P01", "deadlock detected"),
    failure(OperationalError, "40001", "could not serialize access"),
    failure(OperationalError, "53100", "could not extend file: No space left on device"),
    failure(OperationalError, "53300", "sorry, too many clients already"),
    failure(InternalError, "25006", "cannot execute INSERT in a read-only transaction"),
]


class Database:
    """Fails with `error` at statement `at`, and if it is gone at each one after."""

    def __init__(self, at: int, error: Exception) -> None:
        self.at, self.error = at, error
        self.asked: list[str] = []

    def __call__(self, run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # The test's own transaction stands around what in life is the outermost.
        connection.needs_rollback = False
        self.asked.append(sql)
        place = len(self.asked) - 1
        if place == self.at or (self.error is GONE and place > self.at >= 0):
            raise self.error
        return run(sql, params, many, context)


NEVER = -1


@pytest.fixture
def _quiet() -> Iterator[None]:
    """Each failure is logged with its trace, hundreds of times."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("_quiet")
class TestEveryAddress(TestCase):
    people: ClassVar[dict[str, User | None]]
    values: ClassVar[Values]

    @classmethod
    def setUpTestData(cls) -> None:
        world = panel_at_work()
        pages = make_pages(Region.objects.get(pk=world.call.region_id), world.officer)
        cls.people = people(world)
        cls.values = values(world, pages)

    def test_pages_say_that_the_service_is_busy(self) -> None:
        assert [each for who in ("a superuser", "the applicant") for each in self.looks(who)] == []

    def test_forms_say_that_the_service_is_busy(self) -> None:
        assert [each for who in ("an officer", "the applicant") for each in self.sends(who)] == []

    def looks(self, who: str) -> Iterator[str]:
        walker, dice = Walker(self.people[who]), random.Random(f"{SEED} {who} looks")
        for address in self.some(dice):
            yield from self.wears_down(walker, "get", address, {}, dice)

    def sends(self, who: str) -> Iterator[str]:
        walker, dice = Walker(self.people[who]), random.Random(f"{SEED} {who} sends")
        for address in self.some(dice):
            shown: list[str] = []
            walker.get(address, lambda reply, shown=shown: shown.append(_html(reply)))
            data = form_of("".join(shown), {})
            yield from self.wears_down(walker, "post", address, data, dice)

    def some(self, dice: random.Random) -> list[str]:
        found = [each for each in addresses(self.values) if not each.endswith(".jsonl")]
        return sorted(dice.sample(found, len(found) // SHARE))

    def wears_down(
        self, walker: Walker, method: str, address: str, data: dict[str, Any], dice: random.Random
    ) -> Iterator[str]:
        whole = Database(NEVER, GONE)
        if self.ask(walker, method, address, data, whole) >= 500:
            yield f"{method} {address} fails by itself"
        for _ in range(min(PLACES, len(whole.asked))):
            error = dice.choice([GONE, dice.choice(ONCE)])
            database = Database(dice.randrange(len(whole.asked)), error)
            status = self.ask(walker, method, address, data, database)
            if status >= 500 and status != 503:
                sql = "".join(database.asked[database.at : database.at + 1])[:90]
                yield f"{method} {address}: {status} after “{error}” at {database.at}: {sql}"

    def ask(
        self, walker: Walker, method: str, address: str, data: dict[str, Any], database: Database
    ) -> int:
        walker.client.cookies.clear()
        for name, value in walker.cookies.items():
            walker.client.cookies[name] = value
        with transaction.atomic():
            with connection.execute_wrapper(database):
                status = getattr(walker.client, method)(address, data).status_code
            connection.needs_rollback = False
            transaction.set_rollback(True)
        return status


def _html(reply: Any) -> str:
    return body(reply) if reply.get("Content-Type", "").startswith("text/html") else ""
