"""Elasticsearch 9: an index whose mapping is made here and named after itself.

Names of fields end in their role: `_text` is analysed, `_filter` is matched whole, `_facet`
is counted, `_date` is compared, `_stored` only comes back. The index carries a hash of its
mapping and the moment it was made; searches and writes go through an alias, so a new index
is built beside the live one and takes its place at once.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone
from elasticsearch import ConnectionTimeout, Elasticsearch, NotFoundError, dsl, helpers

from marketplace.activity.chain import sha256
from search.backends.elastic_queries import (
    DATE_FIELDS,
    match_body,
    results_of,
    search_body,
)
from search.documents import Document, database_clock
from search.port import DEEPEST, FACETS, MatchRequest, Query, Results, Stamp
from search.synonyms import query_terms
from search.words import QueryTerm, is_one_word

CHUNK = 500

waiting = ThreadPoolExecutor(max_workers=16, thread_name_prefix="elasticsearch")
"""Threads that wait for the server and touch no database."""

T = TypeVar("T")


class Nonsense(Exception):
    """What the server answered has another form: it is another index, or no Elasticsearch."""


english = dsl.analyzer(
    "english_words",
    tokenizer="standard",
    filter=[
        dsl.token_filter("possessives", "stemmer", language="possessive_english"),
        "lowercase",
        "asciifolding",
        dsl.token_filter("english_stop", "stop", stopwords="_english_"),
        "porter_stem",
    ],
)
"""As the embedded back end's `porter unicode61`, stop words and possessives left out."""

sortable = dsl.normalizer("sortable", filter=["lowercase", "asciifolding"])


def mapping() -> dsl.Mapping:
    found = dsl.Mapping()
    found.meta("dynamic", "strict")
    fields: dict[str, dsl.Field] = {
        "kind_filter": dsl.Keyword(),
        "object_id": dsl.Long(),
        "version_stored": dsl.Long(index=False),
        "digest_stored": dsl.Keyword(index=False),
        "url_stored": dsl.Keyword(index=False, doc_values=False),
        "title_sort": dsl.Keyword(normalizer=sortable),
        "everything_text": dsl.Text(analyzer=english),
    }
    for name in ("title", "summary", "body", "keywords"):
        fields[f"{name}_text"] = dsl.Text(analyzer=english, copy_to="everything_text")
    for name in DATE_FIELDS:
        fields[f"{name}_date"] = dsl.Date()
    for name in FACETS:
        fields[f"{name}_filter"] = dsl.Keyword()
        fields[f"{name}_facet"] = dsl.Keyword()
    fields["capabilities_nested"] = dsl.Nested(
        properties={
            "code_filter": dsl.Keyword(),
            "name_stored": dsl.Keyword(index=False),
            "level_number": dsl.Byte(),
            "essential_flag": dsl.Boolean(),
            "evidence_text": dsl.Text(analyzer=english),
        }
    )
    for name, field in fields.items():
        found.field(name, field)
    return found


class ElasticBackend:
    """Raises `elasticsearch.ApiError` or `TransportError` when the server does not do it, and
    `Nonsense` when it answers something else.

    Args:
        url: where the server answers.
        prefix: first part of the names of all that this installation keeps there.
        refresh: make each write visible at once; for tests.
    """

    def __init__(self, url: str, prefix: str, *, refresh: bool = False) -> None:
        client = Elasticsearch(url, request_timeout=settings.SEARCH_TIMEOUT, max_retries=0)
        self.client = client
        self.writer = client.options(request_timeout=settings.SEARCH_WRITE_TIMEOUT)
        self.rebuilder = client.options(request_timeout=settings.SEARCH_REBUILD_TIMEOUT)
        self.alias = f"{prefix}-documents"
        self.refresh = refresh

    def index(self, documents: Iterable[Document]) -> None:
        self._ensure_alias()
        self._write((_action(document) for document in documents), require_alias=True)

    def delete(self, kind: str, ids: Iterable[int]) -> None:
        self._ensure_alias()
        gone = ({"_op_type": "delete", "_id": _key(kind, pk)} for pk in ids)
        self._write(gone, require_alias=True)

    def count(self, kind: str | None = None) -> int:
        query = {"term": {"kind_filter": kind}} if kind else {"match_all": {}}
        return _soon(lambda: self.client.count(index=self.alias, query=query)["count"])()

    def stamps(self, kind: str) -> dict[int, Stamp]:
        hits = helpers.scan(
            self.writer,
            index=self.alias,
            query={
                "query": {"term": {"kind_filter": kind}},
                "_source": ["object_id", "version_stored", "digest_stored"],
            },
            size=2000,
        )
        rows = (hit["_source"] for hit in hits)
        return {
            row["object_id"]: Stamp(row["version_stored"], row["digest_stored"]) for row in rows
        }

    def search(self, query: Query, now: datetime | None = None) -> Results:
        terms = query_terms(query.text)
        if query.text.strip() and not terms:
            return Results([], 0, {})
        now = now or timezone.now()
        reply = self._ask(query, terms, now, any_word=False)
        found_none = _read(lambda: reply["aggregations"]["all"]["doc_count"] == 0)
        any_word = found_none and bool(terms) and not is_one_word(terms)
        if any_word:
            reply = self._ask(query, terms, now, any_word=True)
        return _read(lambda: results_of(reply, any_word=any_word))

    def match(self, request: MatchRequest) -> dict[int, float]:
        return self.begin_match(request)()

    def begin_match(self, request: MatchRequest) -> Callable[[], dict[int, float]]:
        def ask() -> dict[int, float]:
            reply = self.client.search(index=self.alias, **match_body(request))
            return {hit["_source"]["object_id"]: hit["_score"] for hit in reply["hits"]["hits"]}

        return _soon(ask)

    def rebuild(self, source: Callable[[], Iterable[Document]]) -> int:
        """Into a new index beside the live one; the alias moves when all is counted.

        Raises:
            RuntimeError: the new index does not hold as many as were sent; it is dropped and
                the live one stays.
        """
        name = self._create()
        try:
            sent = self._fill(name, source())
        except BaseException:
            self.rebuilder.indices.delete(index=name, ignore_unavailable=True)
            raise
        self._swap(name)
        return sent

    def _fill(self, name: str, documents: Iterable[Document]) -> int:
        sent = self._write(
            (_action(document) for document in documents), self.rebuilder, index=name
        )
        self.rebuilder.indices.refresh(index=name)
        held = self.rebuilder.count(index=name)["count"]
        if held != sent:
            raise RuntimeError(f"{sent} documents were sent and {held} arrived.")
        return sent

    def drop(self) -> None:
        """Remove everything that this installation keeps there."""
        for name in self._indices():
            self.writer.indices.delete(index=name)

    def is_missing(self) -> bool:
        """Whether there is no index to search: none was made yet, or somebody deleted it."""
        return not self._live()

    def is_current(self) -> bool:
        """Whether the live index has the mapping that this code would make."""
        return any(name.startswith(self._stem()) for name in self._live())

    def _ask(self, query: Query, terms: list[QueryTerm], now: datetime, *, any_word: bool) -> Any:
        body = search_body(query, terms, now, any_word=any_word)
        if query.offset + query.per_page > DEEPEST:
            body |= {"from_": 0, "size": 0}
        return _soon(lambda: self.client.search(index=self.alias, **body))()

    def _write(
        self,
        actions: Iterator[dict[str, Any]],
        client: Elasticsearch | None = None,
        **target: Any,
    ) -> int:
        """How many were taken; a write older than what is held, or of what is gone, is none."""
        options = {"index": self.alias} | target
        taken = 0
        results = helpers.streaming_bulk(
            client or self.writer,
            actions,
            chunk_size=CHUNK,
            raise_on_error=False,
            refresh=self.refresh,
            **options,
        )
        for done, result in results:
            [outcome] = result.values()
            if not done and outcome["status"] not in (404, 409):
                raise helpers.BulkIndexError("a document was refused", [result])
            taken += done
        return taken

    def _ensure_alias(self) -> None:
        if not self._live():
            self._swap(self._create())

    def _stem(self) -> str:
        return f"{self.alias}-{sha256(_definition())[:8]}-"

    def _create(self) -> str:
        name = f"{self._stem()}{database_clock()}"
        self.writer.indices.create(index=name, **_definition())
        return name

    def _swap(self, name: str) -> None:
        before = self._live()
        actions: list[dict[str, Any]] = [
            {"remove": {"index": old, "alias": self.alias}} for old in before
        ]
        actions.append({"add": {"index": name, "alias": self.alias, "is_write_index": True}})
        self.writer.indices.update_aliases(actions=actions)
        # The one before is kept to go back to. What is younger may be somebody's rebuild.
        for old in self._indices():
            if before and _made_at(old) < min(map(_made_at, before)):
                self.writer.indices.delete(index=old)

    def _live(self) -> list[str]:
        try:
            return list(self.client.indices.get_alias(name=self.alias))
        except NotFoundError:
            return []

    def _indices(self) -> list[str]:
        return list(self.client.indices.get(index=f"{self.alias}-*"))


def _soon(ask: Callable[[], T]) -> Callable[[], T]:
    """Begin to ask; what is returned waits for the answer, and no longer than a page may.

    The client's own limit is for each piece of an answer: one that comes a byte at a time would
    hold a page for ever.
    """
    asked = waiting.submit(_read, ask)
    return lambda: _answer(asked)


def _answer(asked: Future[T]) -> T:
    """Raises: ConnectionTimeout; whatever asking raised."""
    try:
        return asked.result(timeout=settings.SEARCH_TIMEOUT)
    except StillWaiting as error:
        asked.cancel()
        raise ConnectionTimeout("the search index answers too slowly") from error


def _read(ask: Callable[[], T]) -> T:
    """Raises: Nonsense: the answer is not of the form that this code reads."""
    try:
        return ask()
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Nonsense(type(error).__name__) from error


def _definition() -> dict[str, Any]:
    made = mapping()
    return {
        "mappings": made.to_dict(),
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "analysis": made._collect_analysis(),
        },
    }


def _made_at(name: str) -> int:
    """The moment in an index's name, in microseconds."""
    return int(name.rpartition("-")[2])


def _key(kind: str, pk: int) -> str:
    return f"{kind}:{pk}"


def _action(document: Document) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_id": _key(document.kind, document.id),
        "version": document.version,
        "version_type": "external_gte",
        "_source": source_of(document),
    }


def source_of(document: Document) -> dict[str, Any]:
    """A document in the index's own names."""
    found: dict[str, Any] = {
        "kind_filter": document.kind,
        "object_id": document.id,
        "version_stored": document.version,
        "digest_stored": document.digest,
        "url_stored": document.url,
        "title_sort": document.title,
    }
    for name in ("title", "summary", "body", "keywords"):
        found[f"{name}_text"] = getattr(document, name)
    for name in DATE_FIELDS:
        found[f"{name}_date"] = getattr(document, name)
    for name, facets in document.facets.items():
        found[f"{name}_filter"] = [facet.value for facet in facets]
        found[f"{name}_facet"] = [f"{facet.value}|{facet.label}" for facet in facets]
    found["capabilities_nested"] = [
        {
            "code_filter": each["code"],
            "name_stored": each["name"],
            "level_number": each["level"],
            "essential_flag": each["essential"],
            "evidence_text": each["evidence"],
        }
        for each in map(asdict, document.capabilities)
    ]
    return found
