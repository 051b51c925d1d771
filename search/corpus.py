"""All public texts of the installation, in this process, ready to be asked with a text.

Built from the index's copy in the database, which both back ends keep, so it holds nothing that
is not public. What a process holds may be minutes old where there are many texts: whoever shows
what it finds reads the rows anew, and shows only what is public then.
"""

import gc
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import structlog
from django.conf import settings
from django.db import close_old_connections
from django.db.models import Count, F, Max, Q, QuerySet
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from search.documents import full_text_of
from search.models import IndexEntry, TextVector
from search.port import MatchRequest
from search.ranking import Ranker
from search.ranking.ranker import nearest
from search.ranking.sentences import SentenceModel
from search.scoring import ESSENTIAL_COUNTS, SHORTFALL_COUNTS, Asked

log = structlog.get_logger(__name__)

MANY = 5_000
"""Documents from which it takes a second or more to look at all texts again."""

STALE_SECONDS = 300
"""How long many texts are good for, once one has changed."""

VECTOR_TYPE = "<f2"
NONE: NDArray[np.intp] = np.empty(0, np.intp)

Stamp = tuple[int, int | None, int]
"""How many documents, the latest version among them, how many vectors."""


class Corpus:
    """Rows are numbers; (kind, id) names a document.

    Terms count over documents of all kinds, as they do in Elasticsearch's one index, so that both
    back ends find a term equally rare.
    """

    def __init__(
        self, documents: Iterable[tuple[str, int, str, Mapping[str, int], bytes | None]]
    ) -> None:
        """`documents`: kind, id, text, capability code → level, and vector (of a sentence model)
        of each."""
        self.keys: list[tuple[str, int]] = []
        texts: list[str] = []
        vectors: dict[int, NDArray[np.float16]] = {}
        held: list[tuple[int, int, int]] = []
        self._codes: dict[str, int] = {}
        for kind, pk, text, levels, vector in documents:
            held += [
                (len(texts), self._codes.setdefault(code, len(self._codes)), level)
                for code, level in levels.items()
            ]
            if vector is not None:
                vectors[len(texts)] = np.frombuffer(vector, VECTOR_TYPE)
            self.keys.append((kind, pk))
            texts.append(text)
        self._vectors = _filled(len(texts), vectors)
        rows, columns, levels_held = np.array(held, np.int64).reshape(-1, 3).T
        shape = (len(texts), len(self._codes))
        self._levels = csc_matrix((levels_held, (rows, columns)), shape=shape)
        self.row = {key: number for number, key in enumerate(self.keys)}
        self.ranker = Ranker(texts)
        of_kind: dict[str, list[int]] = {}
        for number, (kind, _) in enumerate(self.keys):
            of_kind.setdefault(kind, []).append(number)
        self._of_kind = {kind: np.array(rows, np.intp) for kind, rows in of_kind.items()}

    def learn(self) -> None:
        """Do now what the first request would wait for."""
        _ = self.ranker.meaning
        if not settings.ELASTICSEARCH_URL:
            _ = self.ranker.bm25

    def by_words(self, request: MatchRequest) -> dict[int, float]:
        """Id → BM25, best first."""
        found = self.ranker.by_words(request.text, request.limit, self._among(request))
        return self._ids(found)

    def by_meaning(self, request: MatchRequest) -> dict[int, float]:
        """Id → likeness, best first; empty where there are too few texts to learn from."""
        found = self.ranker.by_meaning(request.text, request.limit, self._among(request))
        return self._ids(found)

    def by_capabilities(self, kind: str, asked: Sequence[Asked], limit: int) -> dict[int, float]:
        """Id → share of what is asked that a document has, as `scoring` counts it but for
        siblings, best first; only those with any."""
        known = [each for each in asked if each.code in self._codes]
        if not known:
            return {}
        held = self._levels[:, [self._codes[each.code] for each in known]].toarray()
        wanted = np.array([each.level for each in known])
        counts = np.array([ESSENTIAL_COUNTS if each.essential else 1.0 for each in known])
        shares = np.where(held >= wanted, 1.0, SHORTFALL_COUNTS * held / wanted)
        all_counts = sum(ESSENTIAL_COUNTS if each.essential else 1.0 for each in asked)
        found = nearest(shares @ counts / all_counts, limit, self._of_kind.get(kind, NONE))
        return self._ids(found)

    def by_sentences(self, request: MatchRequest) -> dict[int, float]:
        """Id → likeness by the sentence model, best first; empty where none is named."""
        model = sentence_model()
        if model is None or self._vectors is None:
            return {}
        scores = self._vectors @ _vector_of(model, request.text)
        return self._ids(nearest(scores, request.limit, self._among(request)))

    def frequency(self, term: str) -> int:
        """In how many documents a term stands (as `analysis.terms` gives it)."""
        column = self.ranker.counts.columns.get(term)
        return 0 if column is None else int(self.ranker.counts.having[column])

    def _among(self, request: MatchRequest) -> NDArray[np.intp]:
        if request.ids is None:
            return self._of_kind.get(request.kind, NONE)
        rows = (self.row.get((request.kind, pk)) for pk in request.ids)
        return np.array([row for row in rows if row is not None], np.intp)

    def _ids(self, found: dict[int, float]) -> dict[int, float]:
        return {self.keys[row][1]: score for row, score in found.items()}


def _filled(number: int, vectors: dict[int, NDArray[np.float16]]) -> NDArray[np.float32] | None:
    """(documents × dimensions), rows without a vector 0; None where there is none at all."""
    if not vectors:
        return None
    found = np.zeros((number, len(next(iter(vectors.values())))), np.float32)
    for row, vector in vectors.items():
        found[row] = vector
    return found


@lru_cache(maxsize=1)
def _model_in(folder: str) -> SentenceModel | None:
    try:
        return SentenceModel(Path(folder))
    except ValueError:
        log.exception("matching goes on without its sentence model", folder=folder)
        return None


def sentence_model() -> SentenceModel | None:
    """The one that `SEARCH_EMBEDDING_MODEL` names, if any that can be read."""
    return _model_in(settings.SEARCH_EMBEDDING_MODEL) if settings.SEARCH_EMBEDDING_MODEL else None


@lru_cache(maxsize=256)
def _vector_of(model: SentenceModel, text: str) -> NDArray[np.float32]:
    return model.vectors([text])[0]


def vectors_owed() -> QuerySet[IndexEntry]:
    """Documents without a vector of the present model and of their present text."""
    model = sentence_model()
    if model is None:
        return IndexEntry.objects.none()
    made = Q(vector__digest=F("digest"), vector__model=model.name)
    return IndexEntry.objects.exclude(pk__in=IndexEntry.objects.filter(made).values("pk"))


def make_vectors(limit: int) -> int:
    """Give vectors to documents that have none yet; how many. Safe to run twice at once."""
    model = sentence_model()
    if model is None:
        return 0
    owed = list(vectors_owed().order_by("pk")[:limit])
    texts = [full_text_of(each.title, each.summary, each.body, each.keywords) for each in owed]
    made = [
        TextVector(
            entry=entry,
            digest=entry.digest,
            model=model.name,
            vector=vector.astype(VECTOR_TYPE).tobytes(),
        )
        for entry, vector in zip(owed, model.vectors(texts), strict=True)
    ]
    TextVector.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["entry"],
        update_fields=["digest", "model", "vector"],
    )
    return len(made)


@dataclass
class _Held:
    """What this process has; `stamp` is of the texts it was built from."""

    corpus: Corpus
    stamp: Stamp
    built_at: float


_lock = threading.Lock()
_building = threading.Lock()
_held: _Held | None = None


def corpus() -> Corpus:
    """The texts as they are now; where they are many and did change, as they were a while ago."""
    held = _held
    stamp = _stamp()
    if held is not None and held.stamp == stamp:
        return held.corpus
    if held is not None and len(held.corpus.keys) >= MANY and stamp[0] >= MANY // 2:
        if time.monotonic() - held.built_at > STALE_SECONDS:
            _build_beside()
        return held.corpus
    with _lock:
        return _build(stamp)


def _stamp() -> Stamp:
    found = IndexEntry.objects.aggregate(number=Count("pk"), latest=Max("version"))
    vectors = TextVector.objects.count() if settings.SEARCH_EMBEDDING_MODEL else 0
    return found["number"], found["latest"], vectors


def _build(stamp: Stamp) -> Corpus:
    global _held
    if _held is not None and _held.stamp == stamp:
        return _held.corpus
    rows = IndexEntry.objects.order_by("kind", "object_id").values_list(
        "kind", "object_id", "pk", "capabilities", "title", "summary", "body", "keywords"
    )
    vectors = _vectors()
    found = Corpus(
        (
            kind,
            object_id,
            full_text_of(*text),
            {each["code"]: each["level"] for each in capabilities},
            vectors.get(pk),
        )
        for kind, object_id, pk, capabilities, *text in rows.iterator(chunk_size=2000)
    )
    found.learn()
    _held = _Held(found, stamp, time.monotonic())
    if len(found.keys) >= MANY:
        set_aside()
    return found


def set_aside() -> None:
    """Keep what is at hand from being looked through for garbage: it lives as long as the process,
    and at 50,000 texts looking takes 200 ms each time, in the middle of somebody's request."""
    gc.collect()
    gc.freeze()


def warm() -> None:
    """Read the texts beside the start of a process, so that nobody's first match waits for it."""
    _build_beside()


def _vectors() -> dict[int, bytes]:
    """Entry → vector of the present model; an old text’s serves until it is made anew."""
    model = sentence_model()
    if model is None:
        return {}
    rows = TextVector.objects.filter(model=model.name).values_list("entry", "vector")
    return {pk: bytes(vector) for pk, vector in rows.iterator(chunk_size=2000)}


def _build_beside() -> None:
    """In a thread, so that nobody waits; one at a time."""
    if not _building.acquire(blocking=False):
        return

    def build() -> None:
        try:
            close_old_connections()
            _build(_stamp())
        except Exception:
            log.exception("texts not looked at again")
        finally:
            close_old_connections()
            _building.release()

    threading.Thread(target=build, name="search-corpus", daemon=True).start()
