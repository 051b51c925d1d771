"""Elasticsearch with the database's own copy behind it, so that pages work without it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

import structlog
from django.conf import settings
from elasticsearch import ApiError, TransportError
from elasticsearch.helpers import BulkIndexError

from marketplace.outages.breaker import Away, Breaker
from search.backends.elastic import ElasticBackend, Nonsense
from search.backends.embedded import EmbeddedBackend
from search.documents import Document, every_document
from search.models import OwedWrite
from search.port import MatchRequest, Query, Results, Stamp

log = structlog.get_logger(__name__)


class Missing(Exception):
    """There is no index, and too much to put into one on the way."""


AWAY = (ApiError, TransportError, BulkIndexError, Missing, Nonsense)
FEW = 500
"""An index that is missing is made anew on the way of a write if so few documents go into it, and
else by the sweep: until it is whole, the copy answers."""

T = TypeVar("T")


class PairedBackend:
    """Writes go to both; what Elasticsearch misses is owed to it. Reads fall back."""

    def __init__(self, server: ElasticBackend, copy: EmbeddedBackend) -> None:
        self.server = server
        self.copy = copy
        self.gate = Breaker("search", lambda: settings.SEARCH_LEFT_ALONE_SECONDS)

    def index(self, documents: Iterable[Document]) -> None:
        found = list(documents)
        self.copy.index(found)
        by_kind: dict[str, list[int]] = {}
        for document in found:
            by_kind.setdefault(document.kind, []).append(document.id)
        self._tell(lambda: self.server.index(found), by_kind)

    def delete(self, kind: str, ids: Iterable[int]) -> None:
        gone = list(ids)
        self.copy.delete(kind, gone)
        self._tell(lambda: self.server.delete(kind, gone), {kind: gone})

    def _tell(self, write: Callable[[], None], ids: dict[str, list[int]]) -> None:
        """Write to the server; what it does not take is owed."""
        try:
            with self.gate.asking(*AWAY):
                if self.server.is_missing():
                    if self.copy.count() > FEW:
                        raise Missing
                    self.server.rebuild(every_document)
                write()
        except (*AWAY, Away) as error:
            for kind, own in ids.items():
                self._owe(kind, own, error)

    def search(self, query: Query, now: datetime | None = None) -> Results:
        return self._either(
            lambda: self.server.search(query, now), lambda: self.copy.search(query, now)
        )

    def match(self, request: MatchRequest) -> dict[int, float]:
        return self.begin_match(request)()

    def begin_match(self, request: MatchRequest) -> Callable[[], dict[int, float]]:
        if self.gate.is_open:
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

    def restore(self) -> None:
        try:
            with self.gate.asking(*AWAY):
                if self.server.is_missing():
                    log.warning("the search index is missing, and is made anew")
                    self.server.rebuild(every_document)
        except (*AWAY, Away) as error:
            log.warning("the search index could not be looked at", error=type(error).__name__)

    def _either(self, ask_server: Callable[[], T], ask_copy: Callable[[], T]) -> T:
        try:
            with self.gate.asking(*AWAY):
                return ask_server()
        except Away:
            return ask_copy()
        except AWAY as error:
            log.warning("search fell back on the database", error=str(error)[:200])
            return ask_copy()

    def _owe(self, kind: str, ids: list[int], error: Exception) -> None:
        log.warning("index work owed", kind=kind, number=len(ids), error=str(error)[:200])
        OwedWrite.objects.owe(kind, ids)


def _digest(stamps: dict[int, Stamp], pk: int) -> str | None:
    return stamps[pk].digest if pk in stamps else None
