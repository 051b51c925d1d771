"""The activity record: nothing in it can be changed, removed or moved without being found."""

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from marketplace.activity.chain import GENESIS, canonical_json, record_digest
from marketplace.activity.models import AppendOnlyError, Chain, Record
from marketplace.activity.proof import guards
from marketplace.activity.services import find_break, record
from tests.factories import RegionFactory, UserFactory

pytestmark = pytest.mark.django_db
KEY = "call:12"


def make_chain(length: int = 3, key: str = KEY) -> Chain:
    thing = RegionFactory()
    actor = UserFactory()
    for number in range(1, length + 1):
        record("calls.edited", thing, chain=key, actor=actor, step=number)
    return Chain.objects.get(key=key)


def sql(statement: str, *values: object) -> None:
    """Change the table behind the model's back, as somebody who owns the database could."""
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_records_follow_from_each_other():
    chain = make_chain(3)
    first, second, third = chain.records.all()
    assert [entry.number for entry in (first, second, third)] == [1, 2, 3]
    assert first.previous == GENESIS
    assert (second.previous, third.previous) == (first.digest, second.digest)
    assert (chain.length, chain.head) == (3, third.digest)
    assert find_break(chain) is None


def test_an_empty_chain_is_whole():
    assert find_break(Chain.objects.create(key="call:1")) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", 9),
        ("at", "2001-01-01 00:00:00"),
        ("verb", "calls.cancelled"),
        ("thing_type", "calls.stage"),
        ("thing_id", "99"),
        ("detail", '{"step": 7}'),
        ("previous", "f" * 64),
        ("digest", "f" * 64),
        ("actor_id", None),
    ],
)
def test_a_change_to_any_field_is_found(column, value):
    chain = make_chain(3)
    sql(
        f"UPDATE activity_record SET {column} = %s WHERE chain_id = %s AND number = 2",  # noqa: S608
        value,
        chain.pk,
    )
    assert find_break(chain) == 2


@pytest.mark.parametrize(("removed", "found_at"), [(1, 1), (2, 2), (3, 3)])
def test_a_removed_record_is_found(removed, found_at):
    chain = make_chain(3)
    sql("DELETE FROM activity_record WHERE chain_id = %s AND number = %s", chain.pk, removed)
    assert find_break(chain) == found_at


def test_records_that_changed_places_are_found():
    chain = make_chain(3)
    for old, new in ((2, 20), (3, 2), (20, 3)):
        sql(
            "UPDATE activity_record SET number = %s WHERE chain_id = %s AND number = %s",
            new,
            chain.pk,
            old,
        )
    assert find_break(chain) == 2


def test_a_record_of_another_chain_does_not_fit():
    chain, other = make_chain(2), make_chain(3, key="call:13")
    sql(
        "UPDATE activity_record SET chain_id = %s WHERE chain_id = %s AND number = 3",
        chain.pk,
        other.pk,
    )
    assert find_break(chain) == 3
    assert find_break(other) == 3


def test_records_are_only_added():
    chain = make_chain(1)
    entry = chain.records.get()
    entry.verb = "calls.cancelled"
    with pytest.raises(AppendOnlyError):
        entry.save()
    with pytest.raises(AppendOnlyError):
        entry.delete()
    with pytest.raises(AppendOnlyError):
        Record.objects.update(verb="calls.cancelled")
    with pytest.raises(AppendOnlyError):
        Record.objects.all().delete()
    with pytest.raises(AppendOnlyError), transaction.atomic():
        Record.objects.bulk_update([entry], ["verb"])
    assert Record.objects.get().verb == "calls.edited"


def test_what_rolls_back_leaves_no_record():
    thing = RegionFactory()
    with pytest.raises(RuntimeError), transaction.atomic():
        record("calls.edited", thing, chain=KEY)
        raise RuntimeError
    assert not Record.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_whole_chain():
    thing, failures = RegionFactory(), []

    def write() -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    record("calls.edited", thing, chain=KEY)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    chain = Chain.objects.get(key=KEY)
    assert chain.length == 20
    assert find_break(chain) is None


def test_a_digest_is_the_same_wherever_it_is_computed():
    """Worked out once with `sha256sum`, so that the form of a record never changes unseen."""
    assert canonical_json({"b": "é", "a": [1, None]}) == '{"a":[1,null],"b":"é"}'.encode()
    digest = record_digest(
        chain="call:12",
        number=1,
        at="2018-01-31T17:00:00+00:00",
        actor=7,
        verb="calls.approved",
        thing="calls.call:12",
        detail={"stage": 1},
        previous=GENESIS,
    )
    assert digest == "5dc99986182c305c6c26a1702d1ba450be65fe7888643fe7a467935418d82d0b"


def run(*args: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("verify_activity", *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_says_that_all_is_whole():
    make_chain(2)
    said, errors = run()
    assert said.startswith("1 chain, 2 records, 0 seals checked; all are whole.\n")
    assert errors == ""


def test_the_command_names_each_break_and_fails():
    chain = make_chain(3)
    make_chain(1, key="call:13")
    sql("UPDATE activity_record SET verb = 'x' WHERE chain_id = %s AND number = 2", chain.pk)
    err = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("verify_activity", stdout=StringIO(), stderr=err)
    assert failed.value.returncode == 1
    assert err.getvalue() == "call:12: broken at record 2 of 3.\n"
    assert run("--chain", "call:13")[1] == ""
    with pytest.raises(CommandError):
        run("--chain", KEY)
    with pytest.raises(CommandError, match="no chain called call:99"):
        run("--chain", "call:99")
