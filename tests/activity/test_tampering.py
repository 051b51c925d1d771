"""Whatever is changed in the record is noticed, by the service and by the file for auditors."""
# ruff: noqa: S608  (tables and ids of its own)

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from marketplace.activity import check_record
from marketplace.activity.models import Chain, Record, SignedSeal
from marketplace.activity.proof import guards, keys
from marketplace.activity.proof.lines import seal_line
from marketplace.activity.proof.seals import seal_chains
from marketplace.activity.services import record
from tests.activity.proof_world import (
    CALL,
    LATE,
    OTHER,
    build,
    command,
    forget_copies,
    found,
    found_alone,
    intrude,
    reseal_without_key,
    rewrite_chain,
)
from tests.factories import RegionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world() -> None:
    build()


def test_nothing_is_found_where_nothing_was_done(tmp_path: Path) -> None:
    assert found() == found_alone(tmp_path) == []
    code, said = command()
    assert (code, said.split("\n")[0]) == (
        0,
        "3 chains, 10 records, 3 seals checked; all are whole.",
    )


def seal_all(table: str = "activity_signedseal") -> None:
    intrude(f"DELETE FROM {table}")


def drop_seals(since: int) -> None:
    intrude(
        f"DELETE FROM activity_signedseal WHERE number >= {since}",
        f"DELETE FROM activity_sealedhead WHERE seal >= {since}",
    )


def cut_with_old_head() -> None:
    intrude(f"DELETE FROM activity_record WHERE number = 6 AND chain_id = {pk(CALL)}")


def cut_and_mend() -> None:
    rewrite_chain(CALL, 0, upto=5)


def cut_and_drop_the_seal() -> None:
    rewrite_chain(CALL, 0, upto=5)
    rewrite_chain(OTHER, 0, upto=2)
    drop_seals(3)


def cut_and_drop_all_seals() -> None:
    rewrite_chain(CALL, 0, upto=5)
    drop_seals(1)


def cut_and_start_again() -> None:
    """No seal and no key is left, and the service seals what remains."""
    rewrite_chain(CALL, 0, upto=5)
    drop_seals(1)
    intrude("DELETE FROM activity_sealkey")
    seal_chains()


def cut_and_recompute() -> None:
    rewrite_chain(CALL, 0, upto=5)
    intrude(
        f"DELETE FROM activity_sealedhead WHERE seal = 3 AND chain = '{CALL}'",
    )
    reseal_without_key()


def rewrite_and_let_it_be_sealed() -> None:
    """A newer seal, honestly signed, over a chain that an older one shows to be another."""
    rewrite_chain(CALL, 2)
    record("calls.edited", RegionFactory(), chain=CALL)
    seal_chains()


def rewrite_and_recompute() -> None:
    rewrite_chain(CALL, 2)
    reseal_without_key()


def forge_with_own_key() -> None:
    """All of it anew, with keys and seals of the forger's own."""
    place = Path(settings.RECORD_SIGNING_KEY_FILE)
    honest = place.read_text()
    rewrite_chain(CALL, 2)
    drop_seals(1)
    intrude("DELETE FROM activity_sealkey")
    forget_copies()
    place.unlink()
    seal_chains()
    place.write_text(honest)


def drop_a_seal_in_the_middle() -> None:
    intrude(
        "DELETE FROM activity_signedseal WHERE number = 2",
        "DELETE FROM activity_sealedhead WHERE seal = 2",
    )


def drop_a_whole_chain() -> None:
    intrude(
        f"DELETE FROM activity_record WHERE chain_id = {pk(LATE)}",
        f"DELETE FROM activity_chain WHERE id = {pk(LATE)}",
    )


def put_a_record_in() -> None:
    """Into the past of a chain, with every digest after it worked out anew."""
    intrude(
        f"UPDATE activity_record SET number = number + 100 WHERE chain_id = {pk(CALL)}"
        " AND number > 2",
        f"UPDATE activity_record SET number = number - 99 WHERE chain_id = {pk(CALL)}"
        " AND number > 100",
    )
    copy = Record.objects.get(chain__key=CALL, number=2)
    Record.objects.bulk_create(
        [
            Record(
                chain=copy.chain,
                number=3,
                at=copy.at,
                verb="calls.forged",
                thing_type=copy.thing_type,
                thing_id=copy.thing_id,
                previous=copy.digest,
                digest=copy.digest,
            )
        ]
    )
    rewrite_chain(CALL, 3)


def put_a_record_beyond_the_head() -> None:
    last = Record.objects.filter(chain__key=CALL).latest("number")
    last.pk, last.number, last.previous = None, last.number + 1, last.digest
    last._state.adding = True
    last.save()


def swap_two_chains() -> None:
    one, other = pk(CALL), pk(OTHER)
    intrude(
        f"UPDATE activity_record SET number = number + 100 WHERE chain_id = {one}",
        f"UPDATE activity_record SET chain_id = {one} WHERE chain_id = {other}",
        f"UPDATE activity_record SET chain_id = {other}, number = number - 100"
        f" WHERE chain_id = {one} AND number > 100",
    )


def empty_everything() -> None:
    intrude(
        "DELETE FROM activity_record",
        "DELETE FROM activity_chain",
        "DELETE FROM activity_signedseal",
        "DELETE FROM activity_sealedhead",
        "DELETE FROM activity_sealkey",
    )


def pk(key: str) -> int:
    return Chain.objects.get(key=key).pk


TAMPERINGS: list[Callable[[], None]] = [
    cut_with_old_head,
    cut_and_mend,
    cut_and_drop_the_seal,
    cut_and_drop_all_seals,
    cut_and_start_again,
    cut_and_recompute,
    rewrite_and_let_it_be_sealed,
    rewrite_and_recompute,
    forge_with_own_key,
    drop_a_seal_in_the_middle,
    drop_a_whole_chain,
    put_a_record_in,
    put_a_record_beyond_the_head,
    swap_two_chains,
    empty_everything,
]


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda each: each.__name__)
def test_tampering_is_noticed(tamper: Callable[[], None], tmp_path: Path) -> None:
    tamper()
    assert found()
    assert sorted(found_alone(tmp_path)) == sorted(found())
    code, said = command()
    assert code == 1
    assert "all are whole" not in said


def columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    # A row's own id says nothing: no digest has it, nor does anything that is shown.
    return [column.name for column in described if column.name != "id"]


OTHER_VALUES = {
    "at": "2001-01-01 00:00:00+00:00",
    "actor_id": None,
    "detail": '{"step": 99}',
    "because": "stolen",
    "note": "x",
}


def other_value(column: str, value: object) -> object:
    if column in OTHER_VALUES:
        return OTHER_VALUES[column]
    if column == "chain_id":
        return Chain.objects.exclude(pk=value).latest("pk").pk
    if isinstance(value, int):
        return value + 1000
    text = str(value)
    return ("0" if text[:1] != "0" else "1") + text[1:] if text else "0" * 64


def single_changes() -> list[tuple[str, str, list[object]]]:
    """(what, SQL, values): each column of each row changed, each row removed."""
    changes: list[tuple[str, str, list[object]]] = []
    for table in (
        *("activity_record", "activity_chain", "activity_signedseal"),
        *("activity_sealedhead", "activity_sealkey"),
    ):
        names = columns(table)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id, {', '.join(names)} FROM {table} ORDER BY id")
            rows = cursor.fetchall()
        for row_id, *values in rows:
            for name, value in zip(names, values, strict=True):
                if name == "chain_id" and table == "activity_record":
                    continue  # by `swap_two_chains`: a number is taken there
                statement = f"UPDATE {table} SET {name} = %s WHERE id = %s"
                changes.append(
                    (f"{table} {row_id} {name}", statement, [other_value(name, value), row_id])
                )
            if table != "activity_chain":
                statement = f"DELETE FROM {table} WHERE id = %s"
                changes.append((f"{table} {row_id} removed", statement, [row_id]))
    return changes


def test_any_single_change_is_noticed(tmp_path: Path) -> None:
    """Without the copies that this machine keeps: the rows alone say it, but for the last seal."""
    forget_copies()
    changes, unseen, apart = single_changes(), [], []
    assert len(changes) > 150
    for what, statement, values in changes:
        with transaction.atomic():
            with guards.lifted(), connection.cursor() as cursor:
                cursor.execute(statement, values)
            seen = found()
            if not seen:
                unseen.append(what)
            if sorted(seen) != sorted(found_alone(tmp_path)):
                apart.append(what)
            transaction.set_rollback(True)
    assert unseen == []
    assert apart == []


def test_a_row_that_comes_twice_is_noticed(tmp_path: Path) -> None:
    for line in ("record", "chain", "seal", "head", "segment", "key"):
        lines = export(tmp_path)
        at = max(n for n, text in enumerate(lines) if json.loads(text)["kind"] == line)
        lines.insert(at, lines[at])
        assert broken(lines), line


def test_lines_of_an_export_that_change_places_or_are_missing_are_noticed(tmp_path: Path) -> None:
    lines = export(tmp_path)
    assert not broken(lines)
    for at in range(1, len(lines)):
        assert broken(lines[:at] + lines[at + 1 :]), lines[at]
    for at in range(1, len(lines) - 1):
        pair = [json.loads(text)["kind"] for text in lines[at : at + 2]]
        swapped = [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]
        if swapped != lines:
            assert broken(swapped), pair


def test_an_export_that_is_cut_off_is_noticed(tmp_path: Path) -> None:
    lines = export(tmp_path)
    for end in range(1, len(lines)):
        assert broken(lines[:end]), end


def export(folder: Path) -> list[str]:
    found_alone(folder)
    return (folder / "record.jsonl").read_text().splitlines()


def broken(lines: list[str]) -> list[str]:
    findings = check_record.check_lines(lines, sorted(keys.trusted()), [])[1]
    return [str(each) for each in findings if each.kind == check_record.BROKEN]


def test_what_is_added_and_removed_between_two_seals_is_not_noticed() -> None:
    """By whoever owns the database, and only until the next seal: this is how far proof goes."""
    before = Chain.objects.get(key=CALL)
    record("calls.edited", RegionFactory(), chain=CALL, secret=1)
    assert found() == []
    intrude(
        f"DELETE FROM activity_record WHERE chain_id = {before.pk} AND number = 7",
        f"UPDATE activity_chain SET length = 6, head = '{before.head}' WHERE id = {before.pk}",
    )
    assert found() == []


def test_once_it_is_sealed_it_is_noticed() -> None:
    before = Chain.objects.get(key=CALL)
    record("calls.edited", RegionFactory(), chain=CALL, secret=1)
    seal_chains()
    intrude(
        f"DELETE FROM activity_record WHERE chain_id = {before.pk} AND number = 7",
        f"UPDATE activity_chain SET length = 6, head = '{before.head}' WHERE id = {before.pk}",
    )
    assert found() == [f"{CALL}: does not match seal 4."]


def test_the_whole_database_taken_back_is_noticed_by_a_kept_seal_alone(tmp_path: Path) -> None:
    kept = tmp_path / "mail.txt"
    kept.write_text(f"Please keep this.\n\n{json.dumps(seal_line(seal_at(3)), indent=1)}\n")
    rewrite_chain(CALL, 0, upto=5)
    rewrite_chain(OTHER, 0, upto=2)
    drop_seals(3)
    forget_copies()
    assert command()[0] == 0, "nothing in the database says it"
    code, said = command("--against", str(kept))
    assert code == 1
    assert "kept seal 3: the record has no such seal; it has 2." in said
    assert found_alone(tmp_path, against=str(kept))


def seal_at(number: int) -> SignedSeal:
    return SignedSeal.objects.get(number=number)


def test_the_file_runs_by_itself(tmp_path: Path) -> None:
    """No part of the service beside it, and no way to import one."""
    export(tmp_path)
    alone = tmp_path / "check_record.py"
    alone.write_bytes(Path(check_record.__file__).read_bytes())
    trust = ["--trust", *keys.trusted()]
    run = [sys.executable, "-I", str(alone), str(tmp_path / "record.jsonl"), *trust]
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "All of it holds."), done.stderr
    text = (tmp_path / "record.jsonl").read_text().replace('"step": 2', '"step": 3', 1)
    (tmp_path / "record.jsonl").write_text(text)
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "broken at record 2 of" in done.stdout


def test_without_a_fingerprint_it_says_that_it_proves_little(tmp_path: Path) -> None:
    findings = check_record.check_lines(export(tmp_path), [], [])[1]
    assert [each.kind for each in findings] == [check_record.WAITING]
    assert "no fingerprint from outside the record was given" in str(findings[0])


def test_another_fingerprint_trusts_nothing(tmp_path: Path) -> None:
    findings = check_record.check_lines(export(tmp_path), ["f" * 64], [])[1]
    assert any("nobody vouches" in str(each) for each in findings)


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"kind": "start"}', "{}", "null", '"x"'])
def test_what_is_no_export_is_never_whole(text: str, tmp_path: Path) -> None:
    place = tmp_path / "x.jsonl"
    place.write_text(text)
    assert check_record.main([str(place), "--trust", "f" * 64]) in (1, 2)


@contextmanager
def checks_ignored() -> Iterator[None]:
    """As somebody does who opens the file by themselves. Not for the tests that come after."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            yield
        finally:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite keeps any text as JSON")
@pytest.mark.parametrize("text", ["{", '{"step": 9, "step": 2}', "", '{"step": NaN}'])
def test_detail_that_can_not_be_read_is_found_and_stops_nothing(text: str) -> None:
    with guards.lifted(), checks_ignored(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE activity_record SET detail = %s WHERE chain_id = %s AND number = 2",
            [text, pk(CALL)],
        )
    assert [each.split(":")[0] for each in found()] == ["call"]
