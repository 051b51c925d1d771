"""PostgreSQL is asked to count the rows just loaded, whatever else its server is doing."""

import os

import pytest
from django.db import connection, transaction

from cms.demonstration.loader import take_stock
from tests.factories import RegionFactory
from tests.parts import require_part

pytestmark = [pytest.mark.services, pytest.mark.django_db]


@pytest.mark.parametrize(
    "held",
    [
        pytest.param("pg_catalog.pg_database", id="by another database's count"),
        pytest.param("pg_catalog.pg_authid", id="by another database's count of roles"),
        pytest.param("calls_call", id="by PostgreSQL's own count of one of ours"),
        pytest.param("activity_record", id="by PostgreSQL's own count of the record"),
    ],
)
def test_a_table_that_is_being_counted_holds_nothing_up(held: str) -> None:
    require_part("PostgreSQL", os.environ.get("DATABASE_URL"), "run `make test-real`")
    RegionFactory()
    other = connection.copy()
    try:
        with transaction.atomic(), other.cursor() as elsewhere, connection.cursor() as here:
            elsewhere.execute(f"BEGIN; LOCK TABLE {held} IN SHARE UPDATE EXCLUSIVE MODE")
            here.execute("SET LOCAL lock_timeout = '200ms'")
            take_stock()
            here.execute("SELECT reltuples FROM pg_class WHERE relname = 'regions_region'")
            assert here.fetchone() == (1,)
    finally:
        other.close()
