"""What every search back end offers, and the shapes that go in and come out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from search.documents import Document
from search.words import clean

STATES = ("open", "upcoming", "assessing", "decided")
"""What a call may be filtered by; which one it is in follows from its dates and the clock."""

FACETS = ("objective", "sector", "place", "programme")
"""What documents may be filtered by, beside their kind and a call's state."""

DEEPEST = 10_000
"""How far down the hits a page may lie."""


MOST_CHOICES = 60
LONGEST_CHOICE = 120

LONGEST_MATCH_TEXT = 20_000
"""Characters of a text that is matched with others: some 3,000 words."""


def _tidy(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(clean(value[:LONGEST_CHOICE]) for value in values)[:MOST_CHOICES]


@dataclass(frozen=True)
class Query:
    """A search: words as typed (anything at all), kinds and filters (values within one filter
    widen it, filters narrow each other), and which page of hits is wanted."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """`FACETS` and "state" → values."""
    page: int = 1
    per_page: int = 20

    def __post_init__(self) -> None:
        """Values come from addresses that anyone may write, so odd ones are made harmless."""
        known = (name for name in (*FACETS, "state") if self.filters.get(name))
        filters = {name: _tidy(self.filters[name]) for name in known}
        object.__setattr__(self, "filters", filters)
        object.__setattr__(self, "kinds", _tidy(self.kinds))

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


@dataclass(frozen=True)
class Part:
    """A run of plain text, highlighted or not; templates escape it like any text."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Hit:
    kind: str
    id: int
    url: str
    title: list[Part]
    snippet: list[Part]
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True)
class Count:
    """How many hits one value of a filter would leave."""

    value: str
    label: str
    number: int


@dataclass(frozen=True)
class Results:
    hits: list[Hit]
    total: int
    counts: dict[str, list[Count]]
    """"kind", "state" and each of `FACETS` → counts, each under all the other filters."""
    any_word: bool = False
    """No document had all of the words, so these have any of them."""


@dataclass(frozen=True)
class MatchRequest:
    """Which documents of a kind a long text speaks of; only among `ids` if they are given."""

    kind: str
    text: str
    ids: Sequence[int] | None = None
    limit: int = 200

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text[:LONGEST_MATCH_TEXT])


@dataclass(frozen=True)
class Stamp:
    """What a back end holds of one document, to compare with the database."""

    version: int
    digest: str


class SearchBackend(Protocol):
    """A copy of the public documents that can be searched."""

    def index(self, documents: Iterable[Document]) -> None:
        """Add or replace; a document older than the one held is left out. Safe to repeat."""

    def delete(self, kind: str, ids: Iterable[int]) -> None:
        """Forget these; one that is not held is no error."""

    def search(self, query: Query, now: datetime | None = None) -> Results:
        """Never raises for what was typed."""

    def match(self, request: MatchRequest) -> dict[int, float]:
        """Id → relevance on a scale of the back end's own, higher being better."""

    def begin_match(self, request: MatchRequest) -> Callable[[], dict[int, float]]:
        """Ask now and go on; what comes back waits for the answer of `match` and gives it."""

    def count(self, kind: str | None = None) -> int: ...

    def stamps(self, kind: str) -> dict[int, Stamp]:
        """Id → stamp of everything held of a kind."""

    def restore(self) -> None:
        """Make anew what is missing as a whole, if anything is and that can be done now."""

    def rebuild(self, source: Callable[[], Iterable[Document]]) -> int:
        """Hold what `source` gives and no more, with no gap for searches; how many they are."""
