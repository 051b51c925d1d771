"""The back end inside the database: entries and facets as tables, words by its full text."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import partial
from itertools import islice

from django.core.exceptions import EmptyResultSet
from django.db import models, transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.utils import timezone

from search.backends.fulltext import expression, full_text
from search.corpus import corpus
from search.documents import BATCH, Document, kinds
from search.highlights import best_snippet, parts
from search.models import IndexEntry, IndexFacet
from search.port import FACETS, STATES, Count, Hit, MatchRequest, Query, Results, Stamp
from search.states import LABELS
from search.synonyms import query_terms
from search.words import QueryTerm, is_one_word

MOST_VALUES = 60
TEXT_FIELDS = ("title", "summary", "body", "keywords", "url")
DATE_FIELDS = ("opens_at", "closes_at", "decided_at")
FIELDS = ("version", "digest", *TEXT_FIELDS, *DATE_FIELDS, "capabilities")


class EmbeddedBackend:
    """Needs nothing but the database; on Elasticsearch it is the copy to fall back on."""

    def index(self, documents: Iterable[Document]) -> None:
        for batch in _batches(documents):
            for kind in {document.kind for document in batch}:
                self._write(kind, {each.id: each for each in batch if each.kind == kind})

    def delete(self, kind: str, ids: Iterable[int]) -> None:
        IndexEntry.objects.filter(kind=kind, object_id__in=list(ids)).delete()

    def count(self, kind: str | None = None) -> int:
        entries = IndexEntry.objects.all()
        return entries.filter(kind=kind).count() if kind else entries.count()

    def stamps(self, kind: str) -> dict[int, Stamp]:
        rows = IndexEntry.objects.filter(kind=kind).values_list("object_id", "version", "digest")
        return {pk: Stamp(version, digest) for pk, version, digest in rows.iterator()}

    def restore(self) -> None:
        """Its table can't be missing."""

    @transaction.atomic
    def rebuild(self, source: Callable[[], Iterable[Document]]) -> int:
        """In one transaction, so that searches see the old entries until the new ones stand."""
        unseen = set(IndexEntry.objects.values_list("kind", "object_id"))
        number = 0
        for batch in _batches(source()):
            self.index(batch)
            unseen -= {(document.kind, document.id) for document in batch}
            number += len(batch)
        for kind in {kind for kind, _ in unseen}:
            self.delete(kind, [pk for of, pk in unseen if of == kind])
        return number

    def search(self, query: Query, now: datetime | None = None) -> Results:
        now = now or timezone.now()
        terms = query_terms(query.text)
        if query.text.strip() and not terms:
            return Results([], 0, {})
        asked, any_word = self._asked(terms)
        found = _matching(query, now, asked)
        total = found.count()
        return Results(
            hits=_hits(_page(query, now, asked), asked),
            total=total,
            counts=_counts(query, now, asked),
            any_word=any_word and total > 0,
        )

    def match(self, request: MatchRequest) -> dict[int, float]:
        return corpus().by_words(request)

    def begin_match(self, request: MatchRequest) -> Callable[[], dict[int, float]]:
        return partial(self.match, request)

    @transaction.atomic
    def _write(self, kind: str, wanted: dict[int, Document]) -> None:
        """Insert what is new, lock, then replace what is held at the same or an older version."""
        fresh = {pk: _entry(document) for pk, document in wanted.items()}
        IndexEntry.objects.bulk_create(fresh.values(), ignore_conflicts=True)
        held = (
            IndexEntry.objects.select_for_update(no_key=True)
            .filter(kind=kind, object_id__in=wanted)
            .only("object_id", "version", "digest")
        )
        older = {
            each.object_id: each for each in held if each.version <= fresh[each.object_id].version
        }
        IndexEntry.objects.bulk_create(
            [
                fresh[pk]
                for pk, each in older.items()
                if (each.version, each.digest) != (fresh[pk].version, fresh[pk].digest)
            ],
            update_conflicts=True,
            unique_fields=["kind", "object_id"],
            update_fields=FIELDS,
        )
        IndexFacet.objects.filter(entry__in=[each.pk for each in older.values()]).delete()
        IndexFacet.objects.bulk_create(
            IndexFacet(entry_id=each.pk, name=name, value=facet.value, label=facet.label)
            for pk, each in older.items()
            for name, facets in wanted[pk].facets.items()
            for facet in facets
        )

    def _asked(self, terms: list[QueryTerm]) -> tuple[str, bool]:
        """The terms as the database asks for them: all of them, or any where none has all."""
        if not terms:
            return "", False
        every = expression(terms)
        if is_one_word(terms) or holds(every):
            return every, False
        return expression(terms, any_word=True), True


def holds(asked: str) -> bool:
    """Whether any document has what an expression asks for."""
    return IndexEntry.objects.filter(pk__in=full_text().matching(asked)).exists()


def is_found(query: Query, kind: str, pk: int, now: datetime | None = None) -> bool:
    """Whether a search has one document among its hits: all of its words, under its filters."""
    terms = query_terms(query.text)
    if query.text.strip() and not terms:
        return False
    asked = expression(terms) if terms else ""
    found = _matching(query, now or timezone.now(), asked)
    return found.filter(kind=kind, object_id=pk).exists()


def in_state(state: str, now: datetime) -> Q:
    """Calls that are in a state at a moment; as `search.states.state_of`."""
    closed = Q(kind="call", opens_at__lte=now, closes_at__lte=now)
    return {
        "open": Q(kind="call", opens_at__lte=now, closes_at__gt=now),
        "upcoming": Q(kind="call", opens_at__gt=now),
        "assessing": closed & Q(decided_at=None),
        "decided": (closed & Q(decided_at__isnull=False)) | Q(kind="call", opens_at=None),
    }.get(state, Q(pk__in=[]))


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    rest = iter(documents)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _entry(document: Document) -> IndexEntry:
    return IndexEntry(
        kind=document.kind,
        object_id=document.id,
        version=document.version,
        digest=document.digest,
        capabilities=[asdict(each) for each in document.capabilities],
        **{name: getattr(document, name) for name in (*TEXT_FIELDS, *DATE_FIELDS)},
    )


def _filtered(query: Query, now: datetime, *, without: str = "") -> QuerySet:
    """Entries under every filter but one; words are not looked at."""
    entries = IndexEntry.objects.all()
    if query.kinds and without != "kind":
        entries = entries.filter(kind__in=query.kinds)
    for name, values in query.filters.items():
        if name == without or not values:
            continue
        if name == "state":
            entries = entries.filter(_any(in_state(value, now) for value in values))
        else:
            facets = IndexFacet.objects.filter(entry=OuterRef("pk"), name=name, value__in=values)
            entries = entries.filter(Exists(facets))
    return entries


def _any(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for condition in conditions:
        found |= condition
    return found


def _matching(query: Query, now: datetime, asked: str, *, without: str = "") -> QuerySet:
    entries = _filtered(query, now, without=without)
    return entries.filter(pk__in=full_text().matching(asked)) if asked else entries


def _page(query: Query, now: datetime, asked: str) -> list[int]:
    entries = _filtered(query, now)
    if not asked:
        rows = entries.order_by(Lower("title"), "pk").values_list("pk", flat=True)
        return list(rows[query.offset : query.offset + query.per_page])
    try:
        ranked = full_text().ranked(entries, asked, limit=query.per_page, offset=query.offset)
    except EmptyResultSet:  # a filter that nothing can pass
        return []
    return [pk for pk, _ in ranked]


def _hits(ids: list[int], asked: str) -> list[Hit]:
    entries = IndexEntry.objects.defer("body", "keywords", "capabilities").in_bulk(ids)
    marked = full_text().marked(ids, asked) if asked and ids else {}
    found = []
    for pk in ids:
        entry = entries[pk]
        title, summary, body = marked.get(pk, (entry.title, entry.summary, ""))
        found.append(
            Hit(
                kind=entry.kind,
                id=entry.object_id,
                url=entry.url,
                title=parts(title),
                snippet=best_snippet(summary, body),
                **{name: getattr(entry, name) for name in DATE_FIELDS},
            )
        )
    return found


def _counts(query: Query, now: datetime, asked: str) -> dict[str, list[Count]]:
    counts = {"kind": _kind_counts(query, now, asked)}
    counts["state"] = _state_counts(query, now, asked)
    for name in FACETS:
        entries = _matching(query, now, asked, without=name)
        rows = (
            IndexFacet.objects.filter(name=name, entry__in=entries.order_by().values("pk"))
            .values("value")
            .annotate(label=models.Max("label"), number=models.Count("pk"))
            .order_by("-number", "label")[:MOST_VALUES]
        )
        counts[name] = [Count(row["value"], row["label"], row["number"]) for row in rows]
    return counts


def _kind_counts(query: Query, now: datetime, asked: str) -> list[Count]:
    entries = _matching(query, now, asked, without="kind")
    numbers = dict(entries.order_by().values_list("kind").annotate(number=models.Count("pk")))
    return [
        Count(name, kind.label, numbers[name]) for name, kind in kinds().items() if name in numbers
    ]


def _state_counts(query: Query, now: datetime, asked: str) -> list[Count]:
    entries = _matching(query, now, asked, without="state").filter(kind="call")
    state = Case(
        *(When(in_state(name, now), then=Value(name)) for name in STATES),
        output_field=models.CharField(),
    )
    rows = entries.order_by().annotate(state=state).values_list("state")
    numbers = dict(rows.annotate(number=models.Count("pk")))
    return [Count(name, LABELS[name], numbers[name]) for name in STATES if name in numbers]
