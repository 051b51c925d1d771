"""The full-text side of the embedded back end, which Django's models can't declare."""

from django.db.backends.base.base import BaseDatabaseWrapper

COLUMNS = ("title", "summary", "body", "keywords")
WEIGHTS = (8.0, 3.0, 1.0, 2.0)
"""How much a word counts in each of `COLUMNS`; Elasticsearch is given the same."""

_NAMES = ", ".join(COLUMNS)
_NEW = ", ".join(f"new.{name}" for name in COLUMNS)
_OLD = ", ".join(f"old.{name}" for name in COLUMNS)
_FORGET = f"INSERT INTO search_text (search_text, rowid, {_NAMES}) VALUES ('delete', old.id, {_OLD})"
_KEEP = f"INSERT INTO search_text (rowid, {_NAMES}) VALUES (new.id, {_NEW})"
_RANKS = ("A", "B", "D", "C")

SQLITE = (
    f"CREATE VIRTUAL TABLE search_text USING fts5({_NAMES}, content='search_indexentry', "
    "content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')",
    f"CREATE TRIGGER search_text_added AFTER INSERT ON search_indexentry BEGIN {_KEEP}; END",
    f"CREATE TRIGGER search_text_removed AFTER DELETE ON search_indexentry BEGIN {_FORGET}; END",
    f"CREATE TRIGGER search_text_changed AFTER UPDATE OF {_NAMES} ON search_indexentry "
    f"BEGIN {_FORGET}; {_KEEP}; END",
    "INSERT INTO search_text (search_text) VALUES ('rebuild')",
)
SQLITE_UNDO = (
    "DROP TRIGGER IF EXISTS search_text_added",
    "DROP TRIGGER IF EXISTS search_text_removed",
    "DROP TRIGGER IF EXISTS search_text_changed",
    "DROP TABLE IF EXISTS search_text",
)

_VECTOR = " || ".join(
    f"setweight(to_tsvector('english', coalesce({name}, '')), '{rank}')"
    for name, rank in zip(COLUMNS, _RANKS, strict=True)
)
POSTGRESQL = (
    "ALTER TABLE search_indexentry ADD COLUMN words tsvector "
    f"GENERATED ALWAYS AS ({_VECTOR}) STORED",
    "CREATE INDEX search_words ON search_indexentry USING gin (words)",
)
POSTGRESQL_UNDO = ("ALTER TABLE search_indexentry DROP COLUMN IF EXISTS words",)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make it, or make it again; it fills itself from the entries."""
    remove(connection)
    _run(connection, {"sqlite": SQLITE, "postgresql": POSTGRESQL})


def remove(connection: BaseDatabaseWrapper) -> None:
    _run(connection, {"sqlite": SQLITE_UNDO, "postgresql": POSTGRESQL_UNDO})


def _run(connection: BaseDatabaseWrapper, statements: dict[str, tuple[str, ...]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
