"""Elasticsearch with the database's own copy behind it, so that pages work without it."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

import structlog
from elasticsearch import ApiError, TransportError
from elasticsearch.helpers import BulkIndexError

from search.backends.elastic import ElasticBackend
from search.backends.embedded import EmbeddedBackend
from search.documents import Document
from search.models import OwedWrite
from search.port import MatchRequest, Query, Results, Stamp

log = structlog.get_logger(__name__)

AWAY = (ApiError, TransportError, BulkIndexError)
LEFT_ALONE_SECONDS = 10
"""How long a server that did not answer is not asked again by this process."""

T = TypeVar("T")


class PairedBackend:
    """Writes go to both; what Elasticsearch misses is owed to it. Reads fall back."""

    def __init__(self, server: ElasticBackend, copy: EmbeddedBackend) -> None:
        self.server = server
        self.copy = copy
        self._asked_again_at = 0.0

    def index(self, documents: Iterable[Document]) -> None:
        found = list(documents)
        self.copy.index(found)
        try:
            self.server.index(found)
        except AWAY as error:
            for kind in {document.kind for document in found}:
                self._owe(kind, [each.id for each in found if each.kind == kind], error)

    def delete(self, kind: str, ids: Iterable[int]) -> None:
        gone = list(ids)
        self.copy.delete(kind, gone)
        try:
            self.server.delete(kind, gone)
        except AWAY as error:
            self._owe(kind, gone, error)

    def search(self, query: Query, now: datetime | None = None) -> Results:
        return self._either(
            lambda: self.server.search(query, now), lambda: self.copy.search(query, now)
        )

    def match(self, request: MatchRequest) -> dict[int, float]:
        return self.begin_match(request)()

    def begin_match(self, request: MatchRequest) -> Callable[[], dict[int, float]]:
        if self._is_left_alone:
            return self.copy.begin_match(request)
        answer = self.server.begin_match(request)
        return lambda: self._either(answer, lambda: self.copy.match(request))

    def count(self, kind: str | None = None) -> int:
        return self._either(lambda: self.server.count(kind), lambda: self.copy.count(kind))

    def stamps(self, kind: str) -> dict[int, Stamp]:
        """Where the two do not hold the same, a stamp that equals no document's."""
        here, there = self.copy.stamps(kind), self.server.stamps(kind)
        unlike = {
            pk for pk in here.keys() | there.keys() if _digest(here, pk) != _digest(there, pk)
        }
        return here | dict.fromkeys(unlike, Stamp(0, ""))

    def rebuild(self, source: Callable[[], Iterable[Document]]) -> int:
        """The copy first: it is what searches fall back on while the server is not ready."""
        self.copy.rebuild(source)
        return self.server.rebuild(source)

    @property
    def _is_left_alone(self) -> bool:
        return time.monotonic() < self._asked_again_at

    def _either(self, ask_server: Callable[[], T], ask_copy: Callable[[], T]) -> T:
        if self._is_left_alone:
            return ask_copy()
        try:
            return ask_server()
        except AWAY as error:
            self._asked_again_at = time.monotonic() + LEFT_ALONE_SECONDS
            log.warning("search fell back on the database", error=str(error)[:200])
            return ask_copy()

    def _owe(self, kind: str, ids: list[int], error: Exception) -> None:
        log.warning("index work owed", kind=kind, number=len(ids), error=str(error)[:200])
        OwedWrite.objects.owe(kind, ids)


def _digest(stamps: dict[int, Stamp], pk: int) -> str | None:
    return stamps[pk].digest if pk in stamps else None
