"""What to offer while somebody types, and when what they typed finds nothing.

All of it is read from the database's copy of the public documents, which is kept on every back
end, so it offers nothing that is not public and works while a search server is away.
"""

from collections import Counter
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat, Length
from django.http import HttpRequest
from rapidfuzz.distance import OSA

from search import get_backend
from search.backends.embedded import holds
from search.backends.fulltext import expression
from search.documents import full_text_of, kinds
from search.models import IndexEntry, Word
from search.port import Query
from search.words import QueryTerm, query_words, words

SHORTEST = 2
"""Characters from which titles are offered."""

MOST = 8
SHORTEST_WORD, LONGEST_WORD = 4, 30
"""Letters of a word whose spelling is looked at."""

MOST_WORDS = 60_000
MOST_CHECKED = 6
RECENT_KEY = "recent_searches"
MOST_RECENT = 5


@dataclass(frozen=True)
class Suggestion:
    title: str
    kind: str
    url: str


def suggest(text: str, limit: int = MOST) -> list[Suggestion]:
    """Public things in whose title every word typed begins a word; shortest titles first."""
    if len(text.strip()) < SHORTEST:
        return []
    # The last word may be the beginning of another: “be” of “Bench”, though it says nothing.
    typed = dict.fromkeys([*query_words(text), *words(text)[-1:]])
    if not typed:
        return []
    begins = Q()
    for word in typed:
        begins &= Q(spaced__icontains=f" {word}")
    entries = (
        IndexEntry.objects.annotate(spaced=Concat(Value(" "), "title"))
        .filter(begins, kind__in=kinds())
        .order_by(Length("title"), "pk")
        .values_list("title", "kind", "url")[:limit]
    )
    return [Suggestion(title, kinds()[kind].one, url) for title, kind, url in entries]


def spelled(query: Query) -> str:
    """The query's words with those that nothing has put right, if that finds something; else
    an empty text.

    A word is put right by the nearest that public documents have: one slip away, or two in a
    long word (optimal string alignment distance: Boytsov, 2011, “Indexing methods for
    approximate dictionary searching”); the more documents have it, the sooner.
    """
    typed = query_words(query.text)
    right = {word: _nearest(word) for word in typed[:MOST_CHECKED] if _is_unknown(word)}
    if not any(right.values()):
        return ""
    text = " ".join(right.get(word) or word for word in typed)
    results = get_backend().search(replace(query, text=text, page=1, per_page=1))
    return text if results.total else ""


def _is_unknown(word: str) -> bool:
    if not (SHORTEST_WORD <= len(word) <= LONGEST_WORD and word.isalpha()):
        return False
    return not holds(expression([QueryTerm((word,))], prefix=False))


def _nearest(word: str) -> str:
    most = 1 if len(word) < 7 else 2
    rows = Word.objects.annotate(letters=Length("text")).filter(
        letters__range=(len(word) - most, len(word) + most)
    )
    near = [
        (distance, -documents, text)
        for text, documents in rows.values_list("text", "documents")
        if (distance := OSA.distance(word, text, score_cutoff=most)) <= most
    ]
    return min(near)[2] if near else ""


def learn_words() -> int:
    """Take the words for spelling from the public documents of now; how many they are."""
    having: Counter[str] = Counter()
    fields = ("title", "summary", "body", "keywords")
    for row in IndexEntry.objects.values_list(*fields).iterator(chunk_size=500):
        having.update(set(filter(_is_plain, words(full_text_of(*row)))))
    rows = [Word(text=text, documents=number) for text, number in having.most_common(MOST_WORDS)]
    with transaction.atomic():
        Word.objects.all().delete()
        Word.objects.bulk_create(
            rows,
            batch_size=2000,
            update_conflicts=True,
            unique_fields=["text"],
            update_fields=["documents"],
        )
    return len(rows)


def _is_plain(word: str) -> bool:
    return SHORTEST_WORD <= len(word) <= LONGEST_WORD and word.isalpha()


def remember(request: HttpRequest, text: str) -> None:
    """Keep a search in this sign-in alone, the latest first; it goes when the person signs out."""
    before = recent(request)
    if request.user.is_authenticated and text and before[:1] != [text]:
        kept = [text, *(each for each in before if each != text)]
        request.session[RECENT_KEY] = kept[:MOST_RECENT]


def recent(request: HttpRequest) -> list[str]:
    return request.session.get(RECENT_KEY, []) if request.user.is_authenticated else []


def forget_recent(request: HttpRequest) -> None:
    request.session.pop(RECENT_KEY, None)
