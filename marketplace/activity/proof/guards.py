"""The database itself refuses to change or remove what was recorded.

Triggers refuse it to everybody, and come again after each migration, as SQLite drops them with a
table that it remakes. On PostgreSQL the application has a role of its own besides, which owns no
table and so can't lift them either: `settings.APPLICATION_ROLE`. Whoever owns the database can;
that is what seals are for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.utils import DEFAULT_DB_ALIAS

ADDED_ONLY = (
    *("activity_record", "activity_seal", "activity_sealkey"),
    *("activity_signedseal", "activity_sealedhead"),
)
CLOSED = frozenset({"activity_seal"})
"""To which nothing is added either: the old, unsigned seals."""

CHAIN = "activity_chain"
GOES_BACK = (
    "NEW.id <> OLD.id OR NEW.key <> OLD.key OR NEW.length < OLD.length"
    " OR (NEW.length = OLD.length AND NEW.head <> OLD.head)"
)
REFUSED = "the activity record is only added to"

MAY_DROP = (
    "rolsuper OR pg_has_role(rolname, datdba, 'MEMBER') OR pg_has_role(rolname, nspowner, 'MEMBER')"
    " FROM pg_roles, pg_database, pg_namespace WHERE rolname = %(role)s"
    " AND datname = current_database() AND nspname = current_schema()"
)
"""Whoever owns the database or the schema can drop its tables, whoever owns these."""

FUNCTION = f"""
CREATE OR REPLACE FUNCTION activity_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{REFUSED}: % of % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$
"""


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Put every guard in place; doing it again changes nothing. Only the tables' owner can."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Names of tables with a guard that is not there, was switched off or refuses nothing now."""
    connection = connections[using]
    read = _written_in_sqlite if connection.vendor == "sqlite" else _written_in_postgresql
    found = read(connection)
    wanted = {(table, name): _plain(rest) for table, name, rest in _triggers(connection.vendor)}
    return sorted(
        {table for (table, name), rest in wanted.items() if found.get((table, name)) != rest}
    )


def strange(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Names of tables on which something stands that is not ours, and could turn aside or hide
    what is written there: a trigger, a rule, a policy for rows, a view in the table's place. On
    PostgreSQL, where roles differ; of a file there is one owner."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return []
    tables = [*ADDED_ONLY, CHAIN]
    ours = [name for _, name, _ in _triggers(connection.vendor)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c"
            " WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s)"
            " AND (relhasrules OR relrowsecurity OR relkind NOT IN ('r', 'p') OR EXISTS ("
            "SELECT FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal"
            " AND tgname <> ALL(%s))) ORDER BY relname",
            [tables, ours],
        )
        return [name for (name,) in cursor.fetchall()]


def _written_in_sqlite(connection: Any) -> dict[tuple[str, str], str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {
            (table, name): _plain(sql.partition(name)[2]) for table, name, sql in cursor.fetchall()
        }


def _written_in_postgresql(connection: Any) -> dict[tuple[str, str], str]:
    """Those that are switched on and call what refuses; PostgreSQL writes them its own way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(t.oid, true)"
            " FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid"
            " WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND trim(prosrc) = trim(%s)",
            [FUNCTION.split("$$")[1]],
        )
        return {
            (table, name): _plain(sql.partition(name)[2]) for table, name, sql in cursor.fetchall()
        }


def _plain(sql: str) -> str:
    """What a guard says, without what a database adds or leaves out, and its acts in one order."""
    text = sql.lower().replace("::text", "").replace("(", " ").replace(")", " ")
    acts, on, rest = " ".join(text.split()).partition(" on ")
    return " ".join(sorted(acts.replace(" or ", " ").split())) + on + rest


def weaknesses(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """What this process's own database role may do to the record and should not; sentences."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND ("
            "tablename = ANY(%s) AND has_table_privilege(quote_ident(tablename), 'UPDATE')"
            " OR tablename = ANY(%s) AND (pg_has_role(tableowner, 'MEMBER') OR"
            " has_table_privilege(quote_ident(tablename), 'DELETE, TRUNCATE, TRIGGER')))"
            " ORDER BY tablename",
            [list(ADDED_ONLY), [*ADDED_ONLY, CHAIN]],
        )
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT current_user")
        cursor.execute(f"SELECT {MAY_DROP}", {"role": cursor.fetchone()[0]})
        if cursor.fetchone()[0]:
            tables = [*ADDED_ONLY, CHAIN]
    if not tables:
        return []
    return [
        f"The role that the application uses owns or may change {', '.join(tables)}. Give it one "
        "of its own: MIGRATION_DATABASE_URL in docs/operations.md."
    ]


@contextmanager
def lifted(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Without guards, for emptying a database that is not in use. Only the tables' owner can."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in _lifting(connection.vendor, "DISABLE"):
            cursor.execute(statement)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                for statement in _lifting(connection.vendor, "ENABLE"):
                    cursor.execute(statement)
            if connection.vendor == "sqlite":
                install(using)


def give_role(using: str = DEFAULT_DB_ALIAS) -> None:
    """Let the application's role do what the application does, and no more.

    Raises:
        ImproperlyConfigured: that role could take the guards away itself.
    """
    role, connection = settings.APPLICATION_ROLE, connections[using]
    if not role or connection.vendor != "postgresql":
        return
    from psycopg import sql

    name = sql.Identifier(role["name"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role["name"]])
        found = cursor.fetchone()
        if found is None:
            made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            cursor.execute(made.format(name, sql.Literal(role["password"])))
        cursor.execute(
            f"SELECT pg_has_role(rolname, current_user, 'MEMBER') OR {MAY_DROP}",
            {"role": role["name"]},
        )
        if cursor.fetchone()[0]:
            raise ImproperlyConfigured(
                f"The role {role['name']} of DATABASE_URL owns the tables, their schema or the "
                "database, or could. Give the application a role of its own; see "
                "docs/operations.md."
            )
        for statement in _grants():
            cursor.execute(sql.SQL(statement).format(role=name))


def _grants() -> Iterator[str]:
    tables = ", ".join(ADDED_ONLY)
    yield "GRANT USAGE ON SCHEMA public TO {role}"
    yield "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    yield "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    yield f"REVOKE ALL ON {tables}, {CHAIN} FROM {{role}}"
    yield f"GRANT SELECT, INSERT ON {tables}, {CHAIN} TO {{role}}"
    yield f"REVOKE INSERT ON {', '.join(CLOSED)} FROM {{role}}"
    # The head is locked while a record is appended, which needs the right to change it.
    yield f"GRANT UPDATE (length, head) ON {CHAIN} TO {{role}}"


def _triggers(vendor: str) -> Iterator[tuple[str, str, str]]:
    """(table, name, what stands after CREATE TRIGGER name) of each guard."""
    if vendor == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        for table in ADDED_ONLY:
            for act in ("UPDATE", "DELETE", *(["INSERT"] if table in CLOSED else [])):
                yield table, f"{table}_no_{act.lower()}", f"BEFORE {act} ON {table} {refuse}"
        back = f"BEFORE UPDATE ON {CHAIN} WHEN {GOES_BACK} {refuse}"
        yield CHAIN, f"{CHAIN}_no_update", back
        yield CHAIN, f"{CHAIN}_no_delete", f"BEFORE DELETE ON {CHAIN} {refuse}"
        return
    refuse = "EXECUTE FUNCTION activity_refuse()"
    for table in (*ADDED_ONLY, CHAIN):
        acts = ["DELETE", "TRUNCATE", *(["UPDATE"] if table != CHAIN else [])]
        acts += ["INSERT"] if table in CLOSED else []
        before = f"BEFORE {' OR '.join(acts)} ON {table} FOR EACH STATEMENT {refuse}"
        yield table, "activity_only_added", before
    back = f"BEFORE UPDATE ON {CHAIN} FOR EACH ROW WHEN ({GOES_BACK}) {refuse}"
    yield CHAIN, "activity_only_longer", back


def _statements(vendor: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield FUNCTION
    for _, name, rest in _triggers(vendor):
        if vendor == "sqlite":
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield f"CREATE TRIGGER {name} {rest}"
        else:
            yield f"CREATE OR REPLACE TRIGGER {name} {rest}"


def _lifting(vendor: str, how: str) -> Iterator[str]:
    if vendor == "sqlite":
        yield from (f"DROP TRIGGER IF EXISTS {name}" for _, name, _ in _triggers(vendor))
        return
    # PostgreSQL alters no table with foreign keys that are still to be looked at.
    yield "SET CONSTRAINTS ALL IMMEDIATE"
    for table, name, _ in _triggers(vendor):
        yield f"ALTER TABLE {table} {how} TRIGGER {name}"
    yield "SET CONSTRAINTS ALL DEFERRED"


def after_migrating(using: str = DEFAULT_DB_ALIAS, **signal: Any) -> None:
    """For `post_migrate`; tables may not be there yet where a migration of the past is tried."""
    there = set(connections[using].introspection.table_names())
    if {*ADDED_ONLY, CHAIN} <= there:
        install(using)
        give_role(using)
