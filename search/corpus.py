"""All public texts of the installation, in this process, ready to be asked with a text.

Built from the index's copy in the database, which both back ends keep, so it holds nothing that
is not public. What a process holds may be minutes old where there are many texts: whoever shows
what it finds reads the rows anew, and shows only what is public then.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import structlog
from django.db import close_old_connections
from django.db.models import Count, Max
from numpy.typing import NDArray

from search.documents import full_text_of
from search.models import IndexEntry
from search.port import MatchRequest
from search.ranking import Ranker

log = structlog.get_logger(__name__)

MANY = 5_000
"""Documents from which it takes a second or more to look at all texts again."""

STALE_SECONDS = 300
"""How long many texts are good for, once one has changed."""

Stamp = tuple[int, int | None]


class Corpus:
    """Rows are numbers; (kind, id) names a document.

    Terms count over documents of all kinds, as they do in Elasticsearch's one index, so that both
    back ends find a term equally rare.
    """

    def __init__(self, documents: Iterable[tuple[str, int, str]]) -> None:
        """`documents`: kind, id and text of each."""
        self.keys: list[tuple[str, int]] = []
        texts = []
        for kind, pk, text in documents:
            self.keys.append((kind, pk))
            texts.append(text)
        self.row = {key: number for number, key in enumerate(self.keys)}
        self.ranker = Ranker(texts)
        of_kind: dict[str, list[int]] = {}
        for number, (kind, _) in enumerate(self.keys):
            of_kind.setdefault(kind, []).append(number)
        self._of_kind = {kind: np.array(rows, np.intp) for kind, rows in of_kind.items()}

    def by_words(self, request: MatchRequest) -> dict[int, float]:
        """Id → BM25, best first."""
        found = self.ranker.by_words(request.text, request.limit, self._among(request))
        return self._ids(found)

    def by_meaning(self, request: MatchRequest) -> dict[int, float]:
        """Id → likeness, best first; empty where there are too few texts to learn from."""
        found = self.ranker.by_meaning(request.text, request.limit, self._among(request))
        return self._ids(found)

    def frequency(self, term: str) -> int:
        """In how many documents a term stands (as `analysis.terms` gives it)."""
        column = self.ranker.counts.columns.get(term)
        return 0 if column is None else int(self.ranker.counts.having[column])

    def _among(self, request: MatchRequest) -> NDArray[np.intp]:
        if request.ids is None:
            return self._of_kind.get(request.kind, np.empty(0, np.intp))
        rows = (self.row.get((request.kind, pk)) for pk in request.ids)
        return np.array([row for row in rows if row is not None], np.intp)

    def _ids(self, found: dict[int, float]) -> dict[int, float]:
        return {self.keys[row][1]: score for row, score in found.items()}


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
    return found["number"], found["latest"]


def _build(stamp: Stamp) -> Corpus:
    global _held
    if _held is not None and _held.stamp == stamp:
        return _held.corpus
    rows = IndexEntry.objects.order_by("kind", "object_id").values_list(
        "kind", "object_id", "title", "summary", "body", "keywords"
    )
    found = Corpus(
        (kind, pk, full_text_of(*text)) for kind, pk, *text in rows.iterator(chunk_size=2000)
    )
    _held = _Held(found, stamp, time.monotonic())
    return found


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
