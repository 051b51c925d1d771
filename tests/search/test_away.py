"""Elasticsearch itself: its index, and what happens while it is away."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from elasticsearch import BadRequestError
from structlog.testing import capture_logs

import search
from cms.models import StandardPage
from search import services
from search.backends.elastic import ElasticBackend
from search.backends.embedded import EmbeddedBackend
from search.backends.paired import PairedBackend
from search.documents import documents
from search.models import OwedWrite
from search.port import MatchRequest, Query
from tests.search.conftest import titles
from tests.search.things import claim, organisation

NOBODY = "http://127.0.0.1:9"
"""A port that nothing listens on."""


@pytest.fixture
def away(db: None) -> PairedBackend:
    return PairedBackend(ElasticBackend(NOBODY, "nobody"), EmbeddedBackend())


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    return lambda backend: monkeypatch.setattr("search.services.get_backend", lambda: backend)


def test_searches_are_answered_by_the_copy_and_it_is_logged(away: PairedBackend) -> None:
    organisation("Dry Walls", "We find damp.")
    away.copy.index(documents("organisation"))
    with capture_logs() as logs:
        assert titles(away.search(Query("damp"))) == ["Dry Walls"]
        assert away.match(MatchRequest("organisation", "damp walls"))
        assert away.count() == 1
    # Once, and then it is left alone for a while.
    said = [each["event"] for each in logs]
    assert [each for each in said if each != "a part is away"] == [
        "search fell back on the database"
    ]


def test_the_page_works_while_it_is_away(
    away: PairedBackend, client: Client, settings: Any
) -> None:
    settings.ELASTICSEARCH_URL = NOBODY
    organisation("Dry Walls", "We find damp.")
    search.get_backend().index(documents("organisation"))
    page = client.get("/search/", {"q": "damp"})
    assert page.status_code == 200
    assert "1 result" in page.content.decode()


class Answers(ThreadingHTTPServer):
    """Speaks as Elasticsearch and answers everything with `text`; `wait`: seconds before each
    byte of it."""

    text = "{}"
    wait = 0.0


class Answering(BaseHTTPRequestHandler):
    server: Answers

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.text)))
        self.end_headers()
        with suppress(OSError):
            for each in self.server.text:
                time.sleep(self.server.wait)
                self.wfile.write(each.encode())

    do_GET = do_POST = do_HEAD = answer  # noqa: N815 (names of http.server)

    def log_message(self, *said: Any) -> None: ...


@pytest.fixture
def answers() -> Iterator[Answers]:
    server = Answers(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def at(server: Answers) -> PairedBackend:
    url = f"http://127.0.0.1:{server.server_port}"
    return PairedBackend(ElasticBackend(url, "nobody"), EmbeddedBackend())


OTHER_FORMS = [
    *("{}", "[]", "null", "7", '"x"', "no JSON", '{"hits": {"hits": [{"_source": {}}]}}'),
    '{"hits": {"hits": [{}], "total": {"value": 1}}, "aggregations": {"all": {"doc_count": 1}}}',
    '{"hits": {"hits": [{"_source": {"kind_filter": "call"}}], "total": {"value": 1}},'
    ' "aggregations": {"all": {"doc_count": 1}}, "count": null}',
]


@pytest.mark.django_db
@pytest.mark.parametrize("text", OTHER_FORMS)
def test_an_index_of_another_form_is_as_good_as_none(answers: Answers, text: str) -> None:
    organisation("Dry Walls", "We find damp.")
    answers.text = text
    EmbeddedBackend().index(documents("organisation"))
    assert titles(at(answers).search(Query("damp"))) == ["Dry Walls"]
    assert at(answers).match(MatchRequest("organisation", "damp walls"))


@pytest.mark.django_db
def test_an_answer_that_never_ends_holds_no_page(answers: Answers, settings: Any) -> None:
    """Each byte comes in time, so the client itself would wait for them all."""
    settings.SEARCH_TIMEOUT = 0.3
    organisation("Dry Walls", "We find damp.")
    answers.text, answers.wait = " " * 60 + "{}", 0.1
    EmbeddedBackend().index(documents("organisation"))
    pair, began = at(answers), time.monotonic()
    for _ in range(5):
        assert titles(pair.search(Query("damp"))) == ["Dry Walls"]
        assert pair.match(MatchRequest("organisation", "damp walls"))
        assert pair.count() == 1
    assert time.monotonic() - began < 2


def test_missed_writes_are_owed_once_and_sent_when_it_is_back(
    away: PairedBackend, elastic: ElasticBackend, use: Callable[[object], None]
) -> None:
    firm, gone = organisation("Dry Walls", "We find damp."), organisation("Gone", "Damp.")
    elastic.index(documents("organisation"))
    use(away)
    firm.summary = "We find trams."
    firm.save()
    gone_pk = gone.pk
    gone.delete()
    for _ in range(2):
        services.index_now("organisation", [firm.pk, gone_pk])
    assert OwedWrite.objects.count() == 2
    assert services.send_owed() == 2
    assert OwedWrite.objects.count() == 2, "still away, so still owed"
    use(PairedBackend(elastic, EmbeddedBackend()))
    services.send_owed()
    assert OwedWrite.objects.count() == 0
    assert titles(elastic.search(Query("trams"))) == ["Dry Walls"]
    assert elastic.count() == 1


def test_check_sees_a_difference_on_either_side(
    elastic: ElasticBackend, use: Callable[[object], None]
) -> None:
    StandardPage.objects.all().delete()  # these come with the migrations
    one, other = organisation("One"), organisation("Other")
    pair = PairedBackend(elastic, EmbeddedBackend())
    use(pair)
    pair.index(documents("organisation"))
    assert services.differences() == []
    elastic.delete("organisation", [one.pk])
    pair.copy.delete("organisation", [other.pk])
    [found] = services.differences()
    assert found.stale == {one.pk, other.pk}
    services.mend(found)
    assert services.differences() == []


@pytest.fixture
def fresh(elastic: ElasticBackend) -> Iterator[ElasticBackend]:
    """With an alias of its own, so that its indices can be counted."""
    backend = ElasticBackend(
        project.ELASTICSEARCH_URL,
        f"fresh-{elastic.alias}",
        refresh=True,
    )
    yield backend
    backend.drop()


def test_rebuild_goes_to_a_new_index_and_keeps_one_before(fresh: ElasticBackend) -> None:
    organisation("Dry Walls", "Damp.")
    seen = []

    def watched() -> Iterator[object]:
        yield from documents("organisation")
        seen.append(fresh.search(Query("damp")).total)

    fresh.rebuild(list)
    [first] = fresh._live()
    assert fresh.rebuild(watched) == 1
    assert seen == [0], "the old index answers until the new one stands"
    assert fresh.search(Query("damp")).total == 1
    [second] = fresh._live()
    assert second != first
    assert second.rpartition("-")[0] == first.rpartition("-")[0], "the mapping's hash"
    fresh.rebuild(list)
    assert len(fresh._indices()) == 2


def test_a_rebuild_that_breaks_off_leaves_the_live_index(fresh: ElasticBackend) -> None:
    organisation("Dry Walls", "Damp.")
    fresh.index(documents("organisation"))

    def broken() -> Iterator[object]:
        yield from documents("organisation")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        fresh.rebuild(broken)
    assert fresh.search(Query("damp")).total == 1
    assert len(fresh._indices()) == 1


def test_the_mapping_is_strict_and_current(fresh: ElasticBackend) -> None:
    fresh.rebuild(list)
    assert fresh.is_current()
    with pytest.raises(BadRequestError, match="strict"):
        fresh.client.index(index=fresh.alias, document={"surprise": 1})


def test_capabilities_are_nested_with_their_levels(elastic: ElasticBackend) -> None:
    firm = organisation("Dry Walls", "Damp.")
    claim(firm, "Mapping", 4)
    claim(firm, "Sensors", 1)
    elastic.index(documents("organisation"))

    def held(code: str, level: int) -> int:
        both = [
            {"term": {"capabilities_nested.code_filter": code}},
            {"range": {"capabilities_nested.level_number": {"gte": level}}},
        ]
        query = {"nested": {"path": "capabilities_nested", "query": {"bool": {"filter": both}}}}
        return elastic.client.count(index=elastic.alias, query=query)["count"]

    assert held("mapping", 4) == 1
    assert held("sensors", 1) == 1
    assert held("sensors", 4) == 0
