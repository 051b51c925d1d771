"""The back ends, each put through the same tests."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.conf import settings

from search.backends.elastic import ElasticBackend
from search.backends.embedded import EmbeddedBackend
from search.documents import documents, kinds
from search.port import Query, Results, SearchBackend
from tests.parts import require_part

PLACES = ("search.services", "search.matching", "search.views", "search.suggestions")
ELASTICSEARCH = "set ELASTICSEARCH_URL, as `make test-real` does"


@pytest.fixture(params=["embedded", pytest.param("elastic", marks=pytest.mark.services)])
def backend(request: pytest.FixtureRequest, db: None) -> SearchBackend:
    """An empty index of each back end in turn."""
    return EmbeddedBackend() if request.param == "embedded" else request.getfixturevalue("elastic")


@cache
def _elastic() -> ElasticBackend:
    """One index for the run; making one for each test takes longer than the tests."""
    prefix = f"{settings.ELASTICSEARCH_INDEX_PREFIX}-{os.getpid()}"
    backend = ElasticBackend(settings.ELASTICSEARCH_URL, prefix, refresh=True)
    backend.rebuild(list)
    return backend


@pytest.hookimpl(tryfirst=True)  # before -m chooses by these marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "elastic" in getattr(item, "fixturenames", ()):
            item.add_marker("services")


@pytest.fixture
def elastic(db: None) -> Iterator[ElasticBackend]:
    """The real server, with nothing in its index."""
    require_part("Elasticsearch", settings.ELASTICSEARCH_URL, ELASTICSEARCH)
    backend = _elastic()
    yield backend
    for kind in kinds():
        backend.delete(kind, backend.stamps(kind))


@pytest.fixture(scope="session", autouse=True)
def _leave_nothing() -> Iterator[None]:
    yield
    if _elastic.cache_info().currsize:
        _elastic().drop()


@pytest.fixture
def embedded_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's copy is all there is: what is written can be found in the same moment."""
    for place in PLACES:
        monkeypatch.setattr(f"{place}.get_backend", EmbeddedBackend)


@pytest.fixture
def fill(backend: SearchBackend, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Put all that is public into the index, which `get_backend()` then names.

    The database's copy is written beside a server, as the product always does: matching reads it.
    """
    for place in PLACES:
        monkeypatch.setattr(f"{place}.get_backend", lambda: backend)

    def fill() -> None:
        for kind in ("call", "organisation", "project"):
            found = list(documents(kind))
            for each in (backend, EmbeddedBackend()):
                each.index(found)

    return fill


@pytest.fixture
def find(backend: SearchBackend, fill: Callable[[], None]) -> Callable[..., Results]:
    """Index all that is public, then search."""

    def find(text: str = "", *, now: Any = None, **rest: Any) -> Results:
        fill()
        return backend.search(Query(text, **rest), now)

    return find


def titles(results: Results) -> list[str]:
    return ["".join(part.text for part in hit.title) for hit in results.hits]
