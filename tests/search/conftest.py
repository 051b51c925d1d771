"""The back ends, each put through the same tests."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from search.documents import documents
from search.port import Query, Results, SearchBackend
from tests.parts import require_part

ELASTICSEARCH = "set ELASTICSEARCH_URL, as `make test-services` does"


@pytest.fixture(params=["embedded", "elasticsearch"])
def backend(request: pytest.FixtureRequest, db: None) -> Iterator[SearchBackend]:
    """An empty index of each back end in turn."""
    from search.backends.embedded import EmbeddedBackend

    if request.param == "embedded":
        yield EmbeddedBackend()
        return
    require_part("Elasticsearch", os.environ.get("ELASTICSEARCH_URL"), ELASTICSEARCH)
    yield from _elastic()


def _elastic() -> Iterator[SearchBackend]:
    from django.conf import settings

    from search.backends.elastic import ElasticBackend

    prefix = f"{settings.ELASTICSEARCH_INDEX_PREFIX}-{os.getpid()}"
    backend = ElasticBackend(settings.ELASTICSEARCH_URL, prefix, refresh=True)
    backend.rebuild(list)
    yield backend
    backend.drop()


@pytest.fixture
def fill(backend: SearchBackend, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Put all that is public into the index, which `get_backend()` then names."""
    for place in ("search.services", "search.matching", "search.views"):
        monkeypatch.setattr(f"{place}.get_backend", lambda: backend)

    def fill() -> None:
        for kind in ("call", "organisation", "project"):
            backend.index(documents(kind))

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


