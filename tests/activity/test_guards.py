"""The database itself refuses to change or remove what was recorded."""

# ruff: noqa: S608  (tables of its own)

import uuid
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import override_settings

from marketplace.activity.models import Chain, Notification, Record, SignedSeal
from marketplace.activity.proof import guards
from marketplace.activity.proof.checking import check
from marketplace.activity.proof.seals import seal_chains
from marketplace.activity.services import notify, record
from tests.activity.proof_world import CALL, build
from tests.factories import RegionFactory, UserFactory
from tests.parts import require_part

REFUSED_TO_ALL = [
    *(f"UPDATE {table} SET id = id" for table in guards.ADDED_ONLY if table != "activity_seal"),
    *(f"DELETE FROM {table}" for table in guards.ADDED_ONLY if table != "activity_seal"),
    "DELETE FROM activity_chain",
    "UPDATE activity_chain SET length = length - 1",
    f"UPDATE activity_chain SET head = '{'f' * 64}'",
    "UPDATE activity_chain SET key = 'call:' || id || 'x'",
    "INSERT INTO activity_seal (\"on\", heads, digest) VALUES ('2020-01-01', '{}', 'x')",
]


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError as error:
        assert guards.REFUSED in str(error)
        return True
    return False


@pytest.mark.django_db
def test_the_database_refuses_to_change_or_remove() -> None:
    build()
    assert [each for each in REFUSED_TO_ALL if not refused(each)] == []
    assert guards.missing() == []
    assert check().findings == []


@pytest.mark.django_db
def test_a_row_of_the_old_kind_stays_too() -> None:
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO activity_seal (\"on\", heads, digest) VALUES ('2020-01-01', '{}', 'x')"
        )
    assert refused("UPDATE activity_seal SET digest = 'y'")
    assert refused("DELETE FROM activity_seal")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite truncates nothing")
def test_truncating_is_refused_by_any_road() -> None:
    build()
    with connection.cursor() as cursor:  # what waits to be looked at would refuse it too
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in (*guards.ADDED_ONLY, guards.CHAIN, "accounts_user"):
        assert refused(f"TRUNCATE {table} CASCADE"), table


@pytest.mark.django_db
def test_what_the_service_does_still_works() -> None:
    build()
    record("calls.edited", RegionFactory(), chain=CALL)
    assert seal_chains().number == 4


@pytest.mark.django_db
def test_a_guard_that_was_taken_away_is_missed_and_comes_again() -> None:
    with connection.cursor() as cursor:
        for statement in guards._lifting(connection.vendor, "DISABLE"):
            cursor.execute(statement)
    assert set(guards.missing()) == {*guards.ADDED_ONLY, guards.CHAIN}
    assert any("run manage.py migrate" in str(each) for each in check().findings)
    with connection.cursor() as cursor:
        for statement in guards._lifting(connection.vendor, "ENABLE"):
            cursor.execute(statement)
    guards.install()
    assert guards.missing() == []


EMPTIED = {
    "sqlite": [
        "DROP TRIGGER activity_record_no_delete",
        "CREATE TRIGGER activity_record_no_delete BEFORE DELETE ON activity_record"
        " BEGIN SELECT 1; END",
        "DROP TRIGGER activity_chain_no_update",
        "CREATE TRIGGER activity_chain_no_update BEFORE UPDATE ON activity_chain WHEN 0"
        f" BEGIN SELECT RAISE(ABORT, '{guards.REFUSED}'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE OR REPLACE TRIGGER activity_only_added BEFORE DELETE OR UPDATE OR TRUNCATE"
        " ON activity_record FOR EACH STATEMENT EXECUTE FUNCTION nothing()",
        "CREATE OR REPLACE TRIGGER activity_only_longer BEFORE UPDATE ON activity_chain"
        " FOR EACH ROW WHEN (false) EXECUTE FUNCTION activity_refuse()",
    ],
}


@pytest.mark.django_db
def test_a_guard_that_refuses_nothing_any_more_is_missed_and_comes_again() -> None:
    with connection.cursor() as cursor:
        for statement in EMPTIED[connection.vendor]:
            cursor.execute(statement)
    assert guards.missing() == ["activity_chain", "activity_record"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION activity_refuse() RETURNS trigger LANGUAGE plpgsql"
                " AS 'BEGIN RETURN NULL; END'"
            )
        assert set(guards.missing()) == {*guards.ADDED_ONLY, guards.CHAIN}
    guards.install()
    assert guards.missing() == []


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="of a file there is one owner")
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE RULE quiet AS ON INSERT TO activity_record DO INSTEAD NOTHING",
        "ALTER TABLE activity_record ENABLE ROW LEVEL SECURITY",
        "CREATE TRIGGER quiet BEFORE INSERT ON activity_record FOR EACH ROW WHEN (new.number > 3)"
        " EXECUTE FUNCTION activity_refuse()",
        "ALTER TABLE activity_record RENAME TO kept;"
        " CREATE VIEW activity_record AS SELECT * FROM kept WHERE number < 3",
    ],
)
def test_what_turns_records_aside_is_found(statement: str) -> None:
    assert guards.strange() == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert guards.strange() == ["activity_record"]
    assert any("not ours" in str(each) for each in check().findings)


@pytest.mark.django_db(transaction=True)
def test_a_database_can_still_be_emptied_and_is_guarded_again() -> None:
    build()
    call_command("flush", interactive=False, verbosity=0)
    # The site is made anew, which is recorded.
    assert not Record.objects.exclude(chain__key__startswith="site:").exists()
    assert guards.missing() == []


ROLE = "golden_thread_test_"


@pytest.fixture
def as_application() -> Iterator[str]:
    """A second role, made as a migration makes it; the default connection is it for the test."""
    require_part(
        "DATABASE_URL", connection.vendor == "postgresql", "run `make test-real` for PostgreSQL"
    )
    name = ROLE + uuid.uuid4().hex[:8]
    with override_settings(APPLICATION_ROLE={"name": name, "password": "it’s ' \" secret"}):
        guards.after_migrating()
        guards.after_migrating()
    build()
    owner = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {"USER": name, "PASSWORD": "it’s ' \" secret"}
    yield name
    connection.close()
    connection.settings_dict |= {"USER": owner["USER"], "PASSWORD": owner["PASSWORD"]}
    with connection.cursor() as cursor:
        cursor.execute(f'DROP OWNED BY "{name}"')
        cursor.execute(f'DROP ROLE "{name}"')


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_applications_role_works_and_can_not_touch_the_record(as_application: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (as_application,)
    for statement in [
        *REFUSED_TO_ALL,
        *(f"TRUNCATE {table} CASCADE" for table in (*guards.ADDED_ONLY, guards.CHAIN)),
        *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in guards.ADDED_ONLY),
        *(f"DROP TABLE {table} CASCADE" for table in guards.ADDED_ONLY),
        "DROP FUNCTION activity_refuse() CASCADE",
        "DROP TRIGGER activity_only_added ON activity_record",
        "SET session_replication_role = replica",
        "TRUNCATE accounts_user CASCADE",
        "CREATE OR REPLACE FUNCTION activity_refuse() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
    ]:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    record("calls.edited", RegionFactory(code="E47000010", slug="x"), chain=CALL)
    assert seal_chains().number == 4
    notify([UserFactory()], subject="S", body="B")
    Notification.objects.all().delete()
    assert guards.weaknesses() == []
    assert guards.missing() == []
    report = check()
    assert (report.findings, report.unsealed) == ([], 0)


@pytest.mark.django_db
def test_an_owner_is_no_role_for_the_application() -> None:
    if connection.vendor != "postgresql":
        guards.give_role()
        assert guards.weaknesses() == []
        return
    owner = {"name": connection.settings_dict["USER"], "password": ""}
    with override_settings(APPLICATION_ROLE=owner), pytest.raises(ImproperlyConfigured):
        guards.give_role()
    [sentence] = guards.weaknesses()
    assert "MIGRATION_DATABASE_URL" in sentence


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles")
@pytest.mark.parametrize(
    "statement",
    ["ALTER DATABASE {database} OWNER TO {role}", "ALTER SCHEMA public OWNER TO {role}"],
)
def test_whoever_owns_the_database_is_no_role_for_the_application(statement: str) -> None:
    role, database = ROLE + uuid.uuid4().hex[:8], connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role}")
        cursor.execute(statement.format(role=role, database=f'"{database}"'))
    with override_settings(APPLICATION_ROLE={"name": role, "password": ""}):
        with pytest.raises(ImproperlyConfigured):
            guards.give_role()
        with connection.cursor() as cursor:
            cursor.execute("ALTER SCHEMA public OWNER TO pg_database_owner")
            cursor.execute(f'ALTER DATABASE "{database}" OWNER TO CURRENT_USER')
        guards.give_role()


def test_every_table_of_the_record_is_guarded() -> None:
    from django.apps import apps

    from marketplace.activity.append_only import AppendOnly

    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly)}
    assert tables == set(guards.ADDED_ONLY)
    assert Chain._meta.db_table == guards.CHAIN
    assert SignedSeal._meta.db_table in tables
