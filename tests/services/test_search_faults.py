"""A search server of these tests' own, which is killed, stopped, filled up and put wrong.

Each time, pages go on answering, and afterwards `search_check` finds the index as the database
has it.
"""

import json
import os
import shutil
import signal
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.test import Client

from marketplace.celery import app
from search import services as search_services
from search.backends import elastic
from search.backends.elastic import ElasticBackend
from search.backends.embedded import EmbeddedBackend
from search.backends.paired import PairedBackend
from search.documents import Document
from search.models import OwedWrite
from search.services import every_document
from startups.models import Organisation
from tests.factories import OrganisationFactory
from tests.parts import require_part
from tests.search.conftest import PLACES
from tools import elasticsearch, services

pytestmark = [pytest.mark.services, pytest.mark.django_db]

FIRMS = 700
"""More than one bulk request holds."""

SECONDS = 90


class Server:
    """Elasticsearch on its own port and data, which outlive its process."""

    def __init__(self, folder: Path) -> None:
        self.program = elasticsearch.installed()
        self.who = services._somebody("elasticsearch", "nobody")
        self.home, port = services._home(folder / "elasticsearch", self.who), services.free_port()
        self.command, self.env = elasticsearch.command(self.program, self.home, port)
        for path in self.home.rglob("*"):
            services._give(path, self.who)
        self.url = f"http://127.0.0.1:{port}"
        self.running = services.Running(str(folder))

    def start(self) -> None:
        services._launch(
            self.running, "it", self.home, self.command, self.who, self.env, cwd=self.program
        )
        until(self.answers, "Elasticsearch answers")

    def answers(self) -> bool:
        health = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
        with suppress(OSError), urllib.request.urlopen(health, timeout=5) as reply:
            return json.load(reply)["status"] in {"yellow", "green"}
        return False

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.running.processes["it"][0], number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)


def until(true: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < limit, f"after {SECONDS} s it is not so: {what}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    require_part("ELASTICSEARCH_URL", project.ELASTICSEARCH_URL, "run `make test-real`")
    folder = Path(tempfile.mkdtemp(prefix="golden-thread-faults-"))
    folder.chmod(0o755)
    found = Server(folder)
    found.start()
    yield found
    found.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def pair(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[PairedBackend]:
    """Both indices of all that is public, as `get_backend()` gives them everywhere."""
    if not server.answers():
        server.start()
    backend = PairedBackend(ElasticBackend(server.url, "faults", refresh=True), EmbeddedBackend())
    for place in PLACES:
        monkeypatch.setattr(f"{place}.get_backend", lambda: backend)
    Organisation.objects.bulk_create(
        OrganisationFactory.build(name=f"Firm {number}", summary=f"Damp sensors {number}.")
        for number in range(FIRMS)
    )
    search_services.rebuild()
    yield backend
    if not server.answers():
        server.start()
    backend.server.drop()


def check() -> None:
    """Raises where the index and the database differ."""
    call_command("search_check", stdout=StringIO())


def catch_up() -> None:
    """The sweep, until nothing is owed."""
    until(lambda: not search_services.send_owed(), "nothing is owed")
    assert not OwedWrite.objects.exists()


def pages_answer() -> None:
    for data in ({"q": "damp"}, {"q": "damp", "kind": "organisation"}, {"q": "demp"}):
        response = Client().get("/search/", data)
        assert response.status_code == 200
    assert Client().get("/search/suggest/", {"q": "fir"}).status_code == 200


def change(number: int, summary: str) -> int:
    """A start-up says something new, and is looked at again, as a worker does."""
    firm = Organisation.objects.get(name=f"Firm {number}")
    firm.summary = summary
    firm.save()
    search_services.index_now("organisation", [firm.pk])
    return firm.pk


def killing(server: Server, items: Iterable[Any], at: int) -> Iterator[Any]:
    for number, item in enumerate(items):
        if number == at:
            server.kill()
        yield item


def test_killed_while_it_is_rebuilt(server: Server, pair: PairedBackend) -> None:
    [live] = pair.server._live()
    answers = [every_document, lambda: killing(server, every_document(), 600)]
    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(CommandError, match="Elasticsearch did not do it"),
    ):
        # The database's copy is built from the first, the server from the second.
        patch.setattr(
            "search.management.commands.search_rebuild.every_document", lambda: answers.pop(0)()
        )
        call_command("search_rebuild", stdout=StringIO())
    pages_answer()
    change(7, "We watch trams.")
    assert OwedWrite.objects.count() == 1
    server.start()
    catch_up()
    check()
    assert pair.server._live() == [live]
    call_command("search_rebuild", stdout=StringIO())
    check()


def test_killed_while_much_is_written(
    server: Server, pair: PairedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    Organisation.objects.update(summary="We watch trams.")
    written = elastic._action
    count = iter(range(10**6))

    def watched(document: Document) -> dict[str, Any]:
        if next(count) == 600:
            server.kill()
        return written(document)

    monkeypatch.setattr(elastic, "_action", watched)
    ids = list(Organisation.objects.values_list("pk", flat=True))
    search_services.index_now("organisation", ids)
    assert OwedWrite.objects.count() == FIRMS
    pages_answer()
    server.start()
    catch_up()
    check()


def test_killed_and_stopped_while_it_is_searched(
    server: Server, pair: PairedBackend, settings: Any
) -> None:
    settings.SEARCH_LEFT_ALONE_SECONDS = 0
    for number in range(12):
        if number == 4:
            server.signal(signal.SIGSTOP)  # takes requests and never answers
        if number == 6:
            server.signal(signal.SIGCONT)
        if number == 8:
            server.kill()
        response = Client().get("/search/", {"q": "damp sensors"})
        assert response.status_code == 200
        assert f"{FIRMS} results" in response.content.decode()
    server.start()
    check()


def test_a_full_disk(server: Server, pair: PairedBackend) -> None:
    """At the flood stage Elasticsearch lets nothing be written; here the stage is put so high that
    every disk is past it."""
    disk = "cluster.routing.allocation.disk"
    full = {f"{disk}.watermark.{name}": "900000gb" for name in ("low", "high", "flood_stage")}
    full |= {f"{disk}.threshold_enabled": "true", "cluster.info.update.interval": "10s"}
    cluster = pair.server.writer.cluster
    cluster.put_settings(persistent=full)
    until(lambda: _is_blocked(pair), "it lets nothing be written")
    pk = change(3, "We watch trams.")
    assert list(OwedWrite.objects.values_list("object_id", flat=True)) == [pk]
    pages_answer()
    assert search_services.send_owed() == 1
    assert OwedWrite.objects.count() == 1, "still full, so still owed"
    with pytest.raises(CommandError):
        check()
    room = zip(full, ("3b", "2b", "1b"), strict=False)
    cluster.put_settings(persistent=dict(room))
    until(lambda: not _is_blocked(pair), "it can be written again")
    cluster.put_settings(persistent=dict.fromkeys(full))
    catch_up()
    check()


def _is_blocked(pair: PairedBackend) -> bool:
    name = "index.blocks.read_only_allow_delete"
    found = pair.server.writer.indices.get_settings(index=pair.server.alias, name=name)
    return any(each["settings"] for each in found.values())


def test_a_wrong_mapping(pair: PairedBackend) -> None:
    """An index that an older release or somebody's hand left under the alias."""
    client = pair.server.writer
    wrong = {"dynamic": "strict", "properties": {"title_text": {"type": "long"}}}
    client.indices.create(index=f"{pair.server.alias}-wrong-1", mappings=wrong)
    [live] = pair.server._live()
    client.indices.delete(index=live)
    client.indices.put_alias(index=f"{pair.server.alias}-wrong-1", name=pair.server.alias)
    pages_answer()
    change(5, "We watch trams.")
    assert OwedWrite.objects.count() == 1
    assert not pair.server.is_current()
    with pytest.raises(CommandError, match="differ"):
        check()
    call_command("search_rebuild", stdout=StringIO())
    assert pair.server.is_current()
    catch_up()
    check()


@pytest.fixture
def by_broker() -> Iterator[None]:
    """Tasks go through a broker, as in production."""
    app.conf.task_always_eager = False
    yield
    app.conf.task_always_eager = True


@pytest.mark.usefixtures("by_broker")
def test_the_broker_goes(
    pair: PairedBackend, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    firm = Organisation.objects.get(name="Firm 9")
    firm.summary = "We watch trams."
    firm.save()
    with (
        app.connection_for_write("redis://127.0.0.1:9/0") as nobody,
        monkeypatch.context() as patch,
        django_capture_on_commit_callbacks(execute=True),
    ):
        from search.tasks import index_things

        patch.setattr(
            index_things,
            "delay",
            lambda *args: index_things.apply_async(args, connection=nobody),
        )
        search_services.reindex("organisation", [firm.pk])
    assert list(OwedWrite.objects.values_list("object_id", flat=True)) == [firm.pk]
    pages_answer()
    catch_up()
    check()
