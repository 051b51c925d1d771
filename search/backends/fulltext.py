"""Full text of the two databases: how each asks, ranks and highlights.

Words come from `search.words`, so they hold nothing that either query language reads as
syntax; they are quoted all the same, and travel as parameters.
"""

# What is put into the SQL here is constants and what Django compiled, never what was typed.
# ruff: noqa: S608, S611

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from search.words import LESS_STAND_IN, MARK_END, MARK_START, MORE_STAND_IN

WEIGHTS = (8.0, 3.0, 1.0, 2.0)
"""How much a word counts in title, summary, body and keywords, on every back end."""

SHORTEST_PREFIX = 2
SNIPPET_WORDS = 36

Marked = tuple[str, str, str]
"""Title, summary and body of an entry, the matching words between marks."""


class FullText(Protocol):
    def expression(self, words: Sequence[str], *, any_word: bool, prefix: bool) -> str:
        """The query in the database's language; `prefix` takes the last word as a beginning."""

    def matching(self, expression: str) -> RawSQL:
        """Ids of the entries that match, for `filter(pk__in=...)`."""

    def ranked(
        self, entries: QuerySet, expression: str, *, limit: int, offset: int = 0
    ) -> list[tuple[int, float]]:
        """(Id, score) of the entries that match, best first."""

    def marked(self, ids: Iterable[int], expression: str) -> dict[int, Marked]: ...


def full_text() -> FullText:
    return PostgresqlText() if connection.vendor == "postgresql" else SqliteText()


class SqliteText:
    """FTS5; see https://www.sqlite.org/fts5.html."""

    def expression(self, words: Sequence[str], *, any_word: bool, prefix: bool) -> str:
        parts = ['"' + word.replace('"', '""') + '"' for word in words]
        if prefix and len(words[-1]) >= SHORTEST_PREFIX:
            parts[-1] += " *"
        return (" OR " if any_word else " AND ").join(parts)

    def matching(self, expression: str) -> RawSQL:
        return RawSQL("SELECT rowid FROM search_text WHERE search_text MATCH %s", [expression])

    def ranked(
        self, entries: QuerySet, expression: str, *, limit: int, offset: int = 0
    ) -> list[tuple[int, float]]:
        inner, params = _ids_of(entries)
        weights = ", ".join(str(weight) for weight in WEIGHTS)
        rows = _rows(
            f"SELECT rowid, -bm25(search_text, {weights}) AS score FROM search_text "
            f"WHERE search_text MATCH %s AND rowid IN ({inner}) "
            "ORDER BY score DESC, rowid LIMIT %s OFFSET %s",
            [expression, *params, limit, offset],
        )
        return [(pk, score) for pk, score in rows]

    def marked(self, ids: Iterable[int], expression: str) -> dict[int, Marked]:
        wanted = list(ids)
        marks = [MARK_START, MARK_END]
        snippet = f"snippet(search_text, %s, %s, %s, '…', {SNIPPET_WORDS})"
        rows = _rows(
            f"SELECT rowid, highlight(search_text, 0, %s, %s), {snippet}, {snippet} "
            "FROM search_text WHERE search_text MATCH %s "
            f"AND rowid IN ({', '.join(['%s'] * len(wanted))})",
            [*marks, 1, *marks, 2, *marks, expression, *wanted],
        )
        return {pk: (title, summary, body) for pk, title, summary, body in rows}


class PostgresqlText:
    """Its own full text, English; see https://www.postgresql.org/docs/15/textsearch.html."""

    query = "to_tsquery('english', %s)"

    def expression(self, words: Sequence[str], *, any_word: bool, prefix: bool) -> str:
        parts = ["'" + word.replace("'", "''").replace("\\", "\\\\") + "'" for word in words]
        if prefix and len(words[-1]) >= SHORTEST_PREFIX:
            parts[-1] += ":*"
        return (" | " if any_word else " & ").join(parts)

    def matching(self, expression: str) -> RawSQL:
        return RawSQL(f"SELECT id FROM search_indexentry WHERE words @@ {self.query}", [expression])

    def ranked(
        self, entries: QuerySet, expression: str, *, limit: int, offset: int = 0
    ) -> list[tuple[int, float]]:
        inner, params = _ids_of(entries)
        # Weights of the ranks D, C, B and A, as shares of the greatest.
        title, summary, body, keywords = (weight / max(WEIGHTS) for weight in WEIGHTS)
        weights = f"{{{body}, {keywords}, {summary}, {title}}}"
        rows = _rows(
            f"SELECT id, ts_rank('{weights}', words, {self.query}, 1) AS score "
            f"FROM search_indexentry WHERE words @@ {self.query} AND id IN ({inner}) "
            "ORDER BY score DESC, id LIMIT %s OFFSET %s",
            [expression, expression, *params, limit, offset],
        )
        return [(pk, score) for pk, score in rows]

    def marked(self, ids: Iterable[int], expression: str) -> dict[int, Marked]:
        marks = f"StartSel={MARK_START}, StopSel={MARK_END}"
        whole = f"{marks}, HighlightAll=true"
        part = f"{marks}, MaxWords={SNIPPET_WORDS}, MinWords=15"
        # Its parser takes what stands in angle brackets for markup, and leaves it out.
        brackets = f"'<>', '{LESS_STAND_IN}{MORE_STAND_IN}'"
        columns = ", ".join(
            f"ts_headline('english', translate({name}, {brackets}), {self.query}, %s)"
            for name in ("title", "summary", "body")
        )
        rows = _rows(
            f"SELECT id, {columns} FROM search_indexentry WHERE id = ANY(%s)",
            [expression, whole, expression, part, expression, part, list(ids)],
        )
        return {
            pk: (_restored(title), _restored(summary), _restored(body))
            for pk, title, summary, body in rows
        }


def _restored(text: str) -> str:
    return text.replace(LESS_STAND_IN, "<").replace(MORE_STAND_IN, ">")


def _ids_of(entries: QuerySet) -> tuple[str, tuple[Any, ...]]:
    ids = entries.order_by().values("pk")
    return ids.query.get_compiler(connection=connection).as_sql()


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
