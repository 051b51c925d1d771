"""What people, probers and officers see while a part is away."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
import time_machine
from django.db import (
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError as QueueError
from redis.exceptions import ConnectionError as RedisGone

from marketplace.activity.models import Notification, RecordFinding
from marketplace.outages import views, watching
from marketplace.outages.failures import is_passing
from marketplace.outages.models import Part
from marketplace.outages.probes import PROBES, WORK
from marketplace.outages.selectors import outages
from marketplace.outages.tasks import note_work
from tests.desk.helpers import signed_in, url
from tests.factories import PASSWORD, UserFactory, make_officer, sign_in
from tests.parts import require_part

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    views.readiness.forget()


class Idle(Exception):
    sqlstate = "25P03"


def idle() -> InternalError:
    error = InternalError("terminating connection")
    error.__cause__ = Idle()
    return error


FAILURES = [
    OperationalError("canceling statement due to lock timeout"),
    InterfaceError("connection already closed"),
    idle(),
    RedisGone("gone"),
    QueueError("gone"),
]


BELOW = "marketplace.typed.middleware.TypedMiddleware.__call__"
"""Where a page begins: what is patched here fails as a view or its database would."""


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_part_that_is_away_is_no_fault_of_the_page(error: Exception) -> None:
    assert is_passing(error)
    with patch(BELOW, side_effect=error):
        page = Client(raise_request_exception=False).get("/organisations/")
    assert page.status_code == 503
    assert page["Retry-After"]
    assert page["Cache-Control"] == "no-store"
    assert "Sorry, the service is busy" in page.content.decode()


@pytest.mark.parametrize("error", [ValueError(), InternalError(), KeyError("x"), None])
def test_other_errors_are_ours(error: Exception | None) -> None:
    assert not is_passing(error)


TYPED = {"summary": "We measure damp.\nIn homes & <halls>.", "name": "Dry Walls"}


def test_what_was_typed_is_there_and_can_be_sent_again(client: Client) -> None:
    client.raise_request_exception = False
    with patch(BELOW, side_effect=FAILURES[0]):
        page = client.post("/organisations/register/?next=/x", TYPED)
    assert page.status_code == 503
    text = page.content.decode()
    assert "In homes &amp; &lt;halls&gt;." in text
    assert 'action="/organisations/register/?next=/x"' in text
    assert re.search(r'<textarea name="summary" hidden>\s+We measure damp', text)
    assert text.count("csrfmiddlewaretoken") == 1


def test_secrets_are_not_repeated(client: Client) -> None:
    client.raise_request_exception = False
    with patch(BELOW, side_effect=FAILURES[0]):
        page = client.post("/accounts/login/", {"login": "a@example.org", "password": "s3cret-x"})
    assert page.status_code == 503
    assert "s3cret-x" not in page.content.decode()
    assert "a@example.org" not in page.content.decode()


def test_a_script_is_told_in_json(client: Client) -> None:
    client.raise_request_exception = False
    with patch(BELOW, side_effect=FAILURES[0]):
        reply = client.post("/x/", {"a": "b"}, headers={"Accept": "application/json"})
    assert reply.status_code == 503
    assert "message" in reply.json()


@pytest.mark.parametrize("path", ["/organisations/", "/", "/dashboard/", "/admin/", "/healthz"])
def test_no_page_fails_worse_without_a_database(path: str) -> None:
    """Somebody signed in asks; the database answers nothing at all any more."""
    client = Client(raise_request_exception=False)
    sign_in(client, UserFactory())
    gone = OperationalError("server closed the connection unexpectedly")
    with patch("django.db.backends.utils.CursorWrapper.execute", side_effect=gone):
        page = client.get(path)
    assert page.status_code == (200 if path == "/healthz" else 503)


class TestDatabaseThatGoes:
    """At any statement of a request, of which every one after that fails as well."""

    PAGES = (
        "/",
        "/organisations/",
        "/dashboard/",
        "/admin/",
        "/admin/desk/calls/",
        "/organisations/register/",
    )
    FORMS: ClassVar[dict[str, dict[str, str]]] = {
        "/organisations/register/": TYPED,
        "/admin/desk/calls/new/": {"title": "We measure damp.", "summary": "In all homes."},
        "/accounts/login/": {"login": "a@example.org", "password": PASSWORD},
        "/notifications/seen/": {},
    }

    @pytest.mark.parametrize("path", PAGES)
    def test_a_page_says_so(self, path: str) -> None:
        self.wears_down(path, None)

    @pytest.mark.parametrize("path", FORMS)
    def test_a_form_says_so(self, path: str) -> None:
        self.wears_down(path, self.FORMS[path])

    def wears_down(self, path: str, sent: dict[str, str] | None) -> None:
        client = Client(raise_request_exception=False)
        sign_in(client, make_officer(name="An Officer"))
        cookies = {name: each.value for name, each in client.cookies.items()}
        for at in range(MOST_STATEMENTS):
            client.cookies.clear()
            for name, value in cookies.items():
                client.cookies[name] = value
            with transaction.atomic():
                with goes_at(at) as asked:
                    page = client.get(path) if sent is None else client.post(path, sent)
                connection.needs_rollback = False
                transaction.set_rollback(True)
            assert page.status_code < 500 or page.status_code == 503, f"at statement {at}"
            if len(asked) <= at:
                return
        raise AssertionError(f"more than {MOST_STATEMENTS} statements")


MOST_STATEMENTS = 200


@contextmanager
def goes_at(place: int) -> Iterator[list[str]]:
    """The statements that were asked for."""
    asked: list[str] = []

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        if len(asked) > place:
            raise OperationalError("server closed the connection unexpectedly")
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield asked


# --- probers -------------------------------------------------------------------------


def test_alive_touches_no_part(django_assert_num_queries: Any) -> None:
    client = Client(SERVER_NAME="10.1.2.3")
    sign_in(client, UserFactory())
    with django_assert_num_queries(0):
        assert client.get("/healthz", headers={"Host": "nobody.example"}).content == b"ok"


def test_ready_says_what_is_away_without_addresses(settings: Any) -> None:
    settings.ELASTICSEARCH_URL = "http://user:secret@search.internal:9200"
    watching.note_failure("search", OSError("http://search.internal"), timezone.now())
    reply = Client().get("/readyz")
    assert reply.status_code == 200
    assert reply.json() == {"ready": True, "database": "ok", "migrations": "ok", "away": ["search"]}


def test_not_ready_without_a_database() -> None:
    with patch.object(views, "outages", side_effect=OperationalError("at host db.internal")):
        reply = Client().get("/readyz")
    assert reply.status_code == 503
    assert reply.json() == {"ready": False, "database": "away", "error": "OperationalError"}


def test_not_ready_before_it_is_migrated_and_asked_once_after() -> None:
    with patch.object(views.MigrationExecutor, "migration_plan", return_value=["x"]) as plan:
        assert Client().get("/readyz").status_code == 503
        plan.return_value = []
        views.readiness._until = 0
        assert Client().get("/readyz").status_code == 200
        plan.return_value = ["y"]
        views.readiness._until = 0
        assert Client().get("/readyz").status_code == 200


def test_a_database_without_tables_is_not_said_to_be_away() -> None:
    missing = ProgrammingError('relation "outages_part" does not exist')
    with (
        patch.object(views.MigrationExecutor, "migration_plan", return_value=["x"]),
        patch.object(views, "outages", side_effect=missing),
    ):
        reply = Client().get("/readyz")
    assert reply.status_code == 503
    assert reply.json() == {"ready": False, "database": "ok", "migrations": "missing"}


def test_a_clock_that_is_off_gets_no_requests(settings: Any) -> None:
    with patch.object(views, "clock_off", return_value=settings.CLOCK_SECONDS + 1):
        reply = Client().get("/readyz")
    assert reply.status_code == 503
    assert "off by 31 seconds" in reply.json()["clock"]


def test_ready_says_that_the_record_needs_a_look() -> None:
    row = RecordFinding.objects.create(kind="broken", where="call:1", what="broken at record 3.")
    reply = Client().get("/readyz")
    assert (reply.status_code, reply.json()["record"]) == (200, "needs a look")
    assert "call:1" not in reply.content.decode()
    RecordFinding.objects.filter(pk=row.pk).update(kind="odd")
    views.readiness.forget()
    assert "record" not in Client().get("/readyz").json()


def test_ready_is_cheap_to_ask(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on a machine so quick that all of it takes no time.
    monkeypatch.setattr(views, "KEPT_SECONDS", 3600.0)
    Client().get("/readyz")
    with django_assert_num_queries(0):
        for _ in range(50):
            Client().get("/readyz")


# --- the desk ------------------------------------------------------------------------


@pytest.fixture
def watched(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Exception | None]:
    """Part → what its probe raises."""
    says: dict[str, Exception | None] = dict.fromkeys(PROBES)

    def ask(name: str) -> None:
        if error := says[name]:
            raise error

    for name, probe in PROBES.items():
        fake = type(probe)(probe.label, lambda: True, lambda name=name: ask(name), probe.means)
        monkeypatch.setitem(PROBES, name, fake)
    settings.WATCH_SECONDS = 0
    return says


def test_the_desk_says_what_is_away_since_when_and_when_it_is_back(
    watched: dict[str, Exception | None],
) -> None:
    client = signed_in(make_officer())
    for place in ("/admin/", url("calls")):
        watching.look()
        assert "away since" not in client.get(place).content.decode()
        watched["search"] = OSError("http://user:secret@search")
        watching.look()
        since = Part.objects.get(pk="search").away_since
        watching.look()
        assert Part.objects.get(pk="search").away_since == since
        text = client.get(place).content.decode()
        assert "Search index (Elasticsearch) away since" in text
        assert "Search is served from the database" in text
        assert "secret" not in text
        watched["search"] = None
    watching.look()
    assert outages() == []


def test_a_clock_that_is_off_is_said_by_its_own_machine(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(host: str, off: float) -> list[str]:
        monkeypatch.setattr(watching.platform, "node", lambda: host)
        monkeypatch.setattr(watching, "clock_off", lambda: off)
        watching.look_at_clock()
        return [each.name for each in outages()]

    settings.WATCH_SECONDS = 60
    assert look("one", 0.0) == []
    assert look("one", settings.CLOCK_SECONDS + 1) == ["clock"]
    since = Part.objects.get(pk="clock").away_since
    assert look("other", 0.0) == ["clock"], "another machine’s clock says nothing of it"
    assert look("one", settings.CLOCK_SECONDS + 2) == ["clock"]
    assert Part.objects.get(pk="clock").away_since == since
    text = signed_in(make_officer()).get("/admin/").content.decode()
    assert "The clock of a machine of this site away since" not in text
    assert "The clock of a machine of this site is off since" in text
    assert look("one", 0.0) == []
    look("one", settings.CLOCK_SECONDS + 1)
    settings.WATCH_SECONDS = 0
    assert look("other", 0.0) == [], "it was switched off, and nobody says it any more"


def test_one_process_looks_at_a_time(watched: dict[str, Exception | None], settings: Any) -> None:
    settings.WATCH_SECONDS = 60
    assert watching.look() == list(PROBES)
    assert watching.look() == []


def test_work_that_stands_still_is_said() -> None:
    assert outages() == [], "never begun is not away: nothing is due yet"
    note_work()
    assert outages() == []
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert [each.name for each in outages()] == [WORK]


def test_mail_that_waits_is_said_at_the_desk() -> None:
    client = signed_in(make_officer())
    assert "to be sent" not in client.get("/admin/").content.decode()
    for minutes in (1, 20, 30):
        Notification.objects.create(
            address="a@example.org",
            subject="S",
            body="B",
            created_at=timezone.now() - timedelta(minutes=minutes),
        )
    assert "2 messages wait to be sent" in client.get("/admin/").content.decode()


def test_nobody_else_is_told() -> None:
    Part.objects.create(name="search", away_since=timezone.now())
    client = Client()
    sign_in(client, UserFactory())
    assert "away since" not in client.get("/dashboard/").content.decode()
    assert json.loads(client.get("/readyz").content)["ready"]


@pytest.mark.services
def test_readiness_leaves_no_hurry_behind() -> None:
    """A limit of half a second would hold for all that comes after in the same transaction."""
    require_part("PostgreSQL", connection.vendor == "postgresql", "run `make test-real`")

    def limit() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()[0]

    before = limit()
    assert Client().get("/readyz").status_code == 200
    assert limit() == before
