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

from search.words import LESS_STAND_IN, MARK_END, MARK_START, MORE_STAND_IN, QueryTerm

WEIGHTS = (8.0, 3.0, 1.0, 2.0)
"""How much a word counts in title, summary, body and keywords, on every back end."""

SHORTEST_PREFIX = 2
SNIPPET_WORDS = 36

Marked = tuple[str, str, str]
"""Title, summary and body of an entry, the matching words between marks."""


class FullText(Protocol):
    every: str
    any_of: str
    beginning: str
    """What joins things that must all be there, what joins choices, what follows a beginning."""

    def quoted(self, phrase: str) -> str:
        """A word, or words that follow each other, in the database's language."""

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
    """FTS5; see https://www.sqlite.org/fts5.html.

    The plus before `rowid` keeps SQLite from asking the words anew for every row of a list.
    """

    every, any_of, beginning = " AND ", " OR ", " *"

    def quoted(self, phrase: str) -> str:
        return '"' + phrase.replace('"', '""') + '"'

    def matching(self, expression: str) -> RawSQL:
        return RawSQL("SELECT rowid FROM search_text WHERE search_text MATCH %s", [expression])

    def ranked(
        self, entries: QuerySet, expression: str, *, limit: int, offset: int = 0
    ) -> list[tuple[int, float]]:
        inner, params = _ids_of(entries)
        weights = ", ".join(str(weight) for weight in WEIGHTS)
        rows = _rows(
            f"SELECT rowid, -bm25(search_text, {weights}) AS score FROM search_text "
            f"WHERE search_text MATCH %s AND +rowid IN ({inner}) "
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
            f"AND +rowid IN ({', '.join(['%s'] * len(wanted))})",
            [*marks, 1, *marks, 2, *marks, expression, *wanted],
        )
        return {pk: (title, summary, body) for pk, title, summary, body in rows}


class PostgresqlText:
    """Its own full text, English; see https://www.postgresql.org/docs/15/textsearch.html."""

    query = "to_tsquery('english', %s)"
    every, any_of, beginning = " & ", " | ", ":*"

    def quoted(self, phrase: str) -> str:
        return "'" + phrase.replace("'", "''").replace("\\", "\\\\") + "'"

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


def expression(terms: Sequence[QueryTerm], *, any_word: bool = False, prefix: bool = True) -> str:
    """The query in the database's language.

    Args:
        any_word: any of all the words, rather than every term.
        prefix: the last word may be a beginning.
    """
    text = full_text()
    last = terms[-1].words[-1]
    beginning = text.beginning if prefix and len(last) >= SHORTEST_PREFIX else ""
    parts = []
    for term in terms:
        said = [text.quoted(word) for word in term.words]
        if term is terms[-1]:
            said[-1] += beginning
        all_said = (text.any_of if any_word else text.every).join(said)
        parts.append(_group(text.any_of, [all_said, *map(text.quoted, term.others)]))
    return (text.any_of if any_word else text.every).join(parts)


def _group(joint: str, parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return "(" + joint.join(f"({part})" for part in parts) + ")"


def _restored(text: str) -> str:
    return text.replace(LESS_STAND_IN, "<").replace(MORE_STAND_IN, ">")


def _ids_of(entries: QuerySet) -> tuple[str, tuple[Any, ...]]:
    ids = entries.order_by().values("pk")
    return ids.query.get_compiler(connection=connection).as_sql()


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
