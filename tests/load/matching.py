"""`make bench-matching`: matching with 50,000 start-ups and 2,000 calls.

Builds a database of its own, as `make bench` does, and prints how long matches both ways, an
alert and an index rebuild take. With ELASTICSEARCH_URL set, a match through the product is held
against the same query sent by the server's own client, and the rebuild against its bulk helper.
Exits 1 over a limit.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

REPEATS = 60
EMBEDDED_MS = 100.0
OVER_RAW = 1.5
"""Times the 95th percentile of the raw query, its fusion included."""

SEARCHES = 7
SEARCH_MS, SUGGEST_MS = 1000.0, 250.0
"""Of the search box, at worst: a word that every document has."""

ALERT_SECONDS = 30.0
OF_BULK = 0.7
"""Share of the bulk helper's documents a second that a rebuild must reach."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--organisations", type=int, default=50_000)
    parser.add_argument("--calls", type=int, default=2_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
        import django

        django.setup()
        from django.core.management import call_command

        _say("migrating …")
        call_command("migrate", verbosity=0)
        from tests.load.profiles import build_profiles

        _say(f"building {options.organisations} organisations and {options.calls} calls …")
        build_profiles(organisations=options.organisations, calls=options.calls)
        return 0 if _measure() else 1


def _measure() -> bool:
    from django.conf import settings

    from challenges.calls.models import Call
    from search import matching
    from search.alerts import alert_of
    from search.backends.embedded import EmbeddedBackend
    from search.corpus import corpus, set_aside
    from search.services import every_document
    from startups.models import Organisation

    chance = random.Random(1)
    seconds, number = _timed(lambda: EmbeddedBackend().rebuild(every_document))
    print(f"database's copy of {number:,} documents: {seconds:.1f} s")
    seconds, _ = _timed(lambda: corpus().ranker.meaning)
    print(f"texts read and their meaning learnt, once a process: {seconds:.1f} s")
    good = True
    if settings.ELASTICSEARCH_URL:
        good &= _rebuild()
    calls = chance.sample(list(Call.objects.open().values_list("pk", flat=True)), REPEATS)
    firms = chance.sample(list(Organisation.objects.values_list("pk", flat=True)), REPEATS)

    def call_to_firms(pk: int) -> Any:
        return matching.match_organisations(Call.objects.select_related("page").get(pk=pk))

    def firm_to_calls(pk: int) -> Any:
        return matching.match_calls(Organisation.objects.get(pk=pk))

    for ask, ids in ((call_to_firms, calls), (firm_to_calls, firms)):
        ask(ids[0])
    set_aside()  # as gunicorn.conf.py does
    for name, ask, ids in (("call", call_to_firms, calls), ("start-up", firm_to_calls, firms)):
        times = _times(ask, ids)
        print(f"{name} matched: median {_median(times):.1f} ms, 95th {_p95(times):.1f} ms")
        if settings.ELASTICSEARCH_URL:
            continue
        good &= _median(times) <= EMBEDDED_MS
    if settings.ELASTICSEARCH_URL:
        # One after the other for each call, so that both meet the same noise.
        pairs = [(_times(_raw, [pk]), _times(call_to_firms, [pk])) for pk in calls]
        raw, through = ([time for [time] in times] for times in zip(*pairs, strict=True))
        ratio = _p95(through) / _p95(raw)
        print(f"raw query: 95th {_p95(raw):.1f} ms; through the product {ratio:.2f} times that")
        good &= ratio <= OVER_RAW
    good &= _site_search()
    call = Call.objects.select_related("page", "region").get(pk=calls[0])
    seconds, told = _timed(lambda: alert_of(call))
    print(f"alerts of one call: {told} people told in {seconds:.1f} s")
    return good and seconds <= ALERT_SECONDS and told > 0


def _raw(pk: int) -> Any:
    """The hybrid query alone: words from the server's client, meaning, and their fusion."""
    from challenges.calls.models import Call
    from search import get_backend
    from search.backends.elastic_queries import match_body
    from search.corpus import corpus
    from search.matching import MOST_CANDIDATES, call_text
    from search.port import MatchRequest
    from search.ranking import fuse

    call = Call.objects.select_related("page").get(pk=pk)
    request = MatchRequest("organisation", call_text(call), None, MOST_CANDIDATES)
    server: Any = get_backend()
    server = server.server
    reply = server.client.search(index=server.alias, **match_body(request))
    words = {hit["_source"]["object_id"]: hit["_score"] for hit in reply["hits"]["hits"]}
    return fuse(words, corpus().by_meaning(request))


def _site_search() -> bool:
    """The search box: words of a few documents, of none, of all; and titles while typing."""
    from search import get_backend
    from search.port import Query
    from search.suggestions import suggest

    good = True
    for text in ("matter18word1 common1", "zeppelin airship", "bench capability"):
        times = _times(lambda text: get_backend().search(Query(text)), [text] * SEARCHES)
        print(f"search for “{text}”: median {_median(times):.0f} ms")
        good &= _median(times) <= SEARCH_MS
    times = _times(suggest, ["comm matter18"] * SEARCHES)
    print(f"titles offered while typing: median {_median(times):.0f} ms")
    return good and _median(times) <= SUGGEST_MS


def _rebuild() -> bool:
    """Documents a second through `rebuild`, and through the bulk helper from a list at hand."""
    from elasticsearch import helpers

    from search import get_backend
    from search.backends.elastic import _action, _definition
    from search.services import every_document

    server: Any = get_backend()
    server = server.server
    documents = list(every_document())
    seconds, number = _timed(lambda: server.rebuild(lambda: iter(documents)))
    bulk = f"{server.alias}-raw"
    server.writer.indices.delete(index=bulk, ignore_unavailable=True)
    server.writer.indices.create(index=bulk, **_definition())
    raw, _ = _timed(
        lambda: helpers.bulk(server.writer, map(_action, documents), index=bulk, chunk_size=500)
    )
    server.writer.indices.delete(index=bulk)
    share = raw / seconds
    print(f"rebuild: {number / seconds:,.0f} documents a second, {share:.0%} of the bulk helper's")
    return share >= OF_BULK


def _times(ask: Callable[[Any], Any], things: Sequence[Any]) -> list[float]:
    """Milliseconds that each takes."""
    return [_timed(lambda one=one: ask(one))[0] * 1000 for one in things]


def _timed(do: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = do()
    return time.perf_counter() - start, found


def _median(times: list[float]) -> float:
    return statistics.median(times)


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
