"""What Elasticsearch is asked, and what its reply means. Nothing here talks to a server."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from elasticsearch.dsl import Q
from elasticsearch.dsl.query import Query as Clause

from search.backends.fulltext import SHORTEST_PREFIX, WEIGHTS
from search.documents import kinds
from search.highlights import best_snippet, parts
from search.port import FACETS, STATES, Count, Hit, MatchRequest, Query, Results
from search.spellings import both_spellings
from search.states import LABELS
from search.words import MARK_END, MARK_START, QueryTerm

TEXT_FIELDS = [
    f"{name}_text^{weight:g}"
    for name, weight in zip(("title", "summary", "body", "keywords"), WEIGHTS, strict=True)
]
DATE_FIELDS = ("opens_at", "closes_at", "decided_at")
SHOWN = ["kind_filter", "object_id", "url_stored", "title_text", "summary_text"] + [
    f"{name}_date" for name in DATE_FIELDS
]
MOST_VALUES = 60
SNIPPET_CHARACTERS = 280

CALLS = Q("term", kind_filter="call")


def search_body(
    query: Query, terms: Sequence[QueryTerm], now: datetime, *, any_word: bool
) -> dict[str, Any]:
    """Arguments of `Elasticsearch.search`.

    The terms are the query; filters come after it, so that each count can be taken under all
    the others but its own.
    """
    return {
        "query": terms_query(terms, any_word=any_word).to_dict(),
        "post_filter": all_of(filters_of(query, now).values()).to_dict(),
        "from_": query.offset,
        "size": query.per_page,
        "sort": ["_score", "kind_filter", "object_id"] if terms else ["title_sort", "object_id"],
        "track_total_hits": True,
        "source": SHOWN,
        "highlight": _highlight() if terms else None,
        "aggs": _counts_asked(query, now),
    }


def match_body(request: MatchRequest) -> dict[str, Any]:
    """The whole text against the whole document: repeated words count, on both sides, and
    a word is looked for in both its spellings."""
    within = [Q("term", kind_filter=request.kind)]
    if request.ids is not None:
        within.append(Q("terms", object_id=list(request.ids)))
    text = Q("match", everything_text=both_spellings(request.text))
    return {
        "query": Q("bool", must=[text], filter=within).to_dict(),
        "size": request.limit,
        "source": ["object_id"],
    }


def terms_query(terms: Sequence[QueryTerm], *, any_word: bool) -> Clause:
    """Every term (all of its words, or another way to say it), or any of all the words."""
    if not terms:
        return Q("match_all")
    asked = [_term(term, last=term is terms[-1], any_word=any_word) for term in terms]
    return Q("bool", should=asked, minimum_should_match=1 if any_word else len(asked))


def _term(term: QueryTerm, *, last: bool, any_word: bool) -> Clause:
    said = [_word(word) for word in term.words]
    if last:
        said[-1] = _beginning(term.words[-1])
    least = 1 if any_word else len(said)
    all_said = Q("bool", should=said, minimum_should_match=least) if len(said) > 1 else said[0]
    if not term.others:
        return all_said
    others = [_word(other, "phrase") for other in term.others]
    return Q("bool", should=[all_said, *others], minimum_should_match=1)


def _word(word: str, kind: str = "best_fields") -> Clause:
    return Q("multi_match", query=word, fields=TEXT_FIELDS, type=kind, tie_breaker=0.3)


def _beginning(word: str) -> Clause:
    if len(word) < SHORTEST_PREFIX:
        return _word(word)
    return Q("bool", should=[_word(word), _word(word, "phrase_prefix")], minimum_should_match=1)


def filters_of(query: Query, now: datetime) -> dict[str, Clause]:
    """Filter name → its clause, for those that are set."""
    found = {}
    if query.kinds:
        found["kind"] = Q("terms", kind_filter=list(query.kinds))
    for name, values in query.filters.items():
        if name == "state" and values:
            found[name] = Q("bool", should=[in_state(value, now) for value in values])
        elif values:
            found[name] = Q("terms", **{f"{name}_filter": list(values)})
    return found


def in_state(state: str, now: datetime) -> Clause:
    """Calls that are in a state at a moment; as `search.states.state_of`."""
    at = now.isoformat()
    opened, closed = Q("range", opens_at_date={"lte": at}), Q("range", closes_at_date={"lte": at})
    released, dated = Q("exists", field="decided_at_date"), Q("exists", field="opens_at_date")
    match state:
        case "open":
            return Q("bool", filter=[CALLS, opened, Q("range", closes_at_date={"gt": at})])
        case "upcoming":
            return Q("bool", filter=[CALLS, Q("range", opens_at_date={"gt": at})])
        case "assessing":
            return Q("bool", filter=[CALLS, opened, closed], must_not=[released])
        case "decided":
            over = Q("bool", filter=[opened, closed, released])
            undated = Q("bool", must_not=[dated])
            return Q("bool", filter=[CALLS, Q("bool", should=[over, undated])])
    return Q("match_none")


def all_of(clauses: Iterable[Clause]) -> Clause:
    found = list(clauses)
    return Q("bool", filter=found) if found else Q("match_all")


def _counts_asked(query: Query, now: datetime) -> dict[str, Any]:
    filters = filters_of(query, now)
    inner: dict[str, Any] = {
        "kind": {"terms": {"field": "kind_filter", "size": MOST_VALUES}},
        "state": {
            "filters": {"filters": {state: in_state(state, now).to_dict() for state in STATES}}
        },
    }
    for name in FACETS:
        order = [{"_count": "desc"}, {"_key": "asc"}]
        inner[name] = {"terms": {"field": f"{name}_facet", "size": MOST_VALUES, "order": order}}
    asked = {
        name: {
            "filter": all_of(v for other, v in filters.items() if other != name).to_dict(),
            "aggs": {"values": counted},
        }
        for name, counted in inner.items()
    }
    return asked | {"all": {"filter": {"match_all": {}}}}


def _highlight() -> dict[str, Any]:
    passage = {"fragment_size": SNIPPET_CHARACTERS, "number_of_fragments": 1}
    return {
        "pre_tags": [MARK_START],
        "post_tags": [MARK_END],
        "order": "score",
        "fields": {
            "title_text": {"number_of_fragments": 0},
            "summary_text": passage,
            "body_text": passage,
        },
    }


def results_of(reply: Mapping[str, Any], *, any_word: bool) -> Results:
    hits = [_hit(hit) for hit in reply["hits"]["hits"]]
    total = reply["hits"]["total"]["value"]
    return Results(hits, total, _counts(reply["aggregations"]), any_word and total > 0)


def _hit(hit: Mapping[str, Any]) -> Hit:
    source, marked = hit["_source"], hit.get("highlight", {})
    first = {name: marked.get(f"{name}_text", [""])[0] for name in ("title", "summary", "body")}
    return Hit(
        kind=source["kind_filter"],
        id=source["object_id"],
        url=source["url_stored"],
        title=parts(first["title"] or source["title_text"]),
        snippet=best_snippet(first["summary"] or source["summary_text"], first["body"]),
        **{name: _moment(source.get(f"{name}_date")) for name in DATE_FIELDS},
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _counts(aggregations: Mapping[str, Any]) -> dict[str, list[Count]]:
    numbers = {
        bucket["key"]: bucket["doc_count"] for bucket in aggregations["kind"]["values"]["buckets"]
    }
    states = aggregations["state"]["values"]["buckets"]
    found = {
        "kind": [
            Count(name, kind.label, numbers[name])
            for name, kind in kinds().items()
            if name in numbers
        ],
        "state": [
            Count(state, LABELS[state], states[state]["doc_count"])
            for state in STATES
            if states[state]["doc_count"]
        ],
    }
    for name in FACETS:
        buckets = aggregations[name]["values"]["buckets"]
        found[name] = [_facet_count(bucket) for bucket in buckets]
    return found


def _facet_count(bucket: Mapping[str, Any]) -> Count:
    value, _, label = bucket["key"].partition("|")
    return Count(value, label, bucket["doc_count"])
