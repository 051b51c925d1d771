"""A small record with seals, and what somebody who owns its database could do to it."""
# ruff: noqa: S608  (tables and ids of its own)

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connection

from marketplace.activity import check_record
from marketplace.activity.models import Chain, Record, SealedHead, SignedSeal
from marketplace.activity.proof import guards, keys
from marketplace.activity.proof.checking import check
from marketplace.activity.proof.lines import seal_line
from marketplace.activity.proof.seals import seal_chains, tree_of
from marketplace.activity.services import digest_of, record
from tests.factories import RegionFactory, UserFactory

CALL, OTHER, LATE = "call:12", "call:13", "organisation:7"


def build() -> None:
    """Three seals over three chains; each grew, rested or began between two of them."""
    thing, actor = RegionFactory(), UserFactory()

    def write(chain: str, *steps: int) -> None:
        for step in steps:
            record("calls.edited", thing, chain=chain, actor=actor, step=step)

    write(CALL, 1, 2, 3)
    write(OTHER, 1, 2)
    seal_chains()
    write(CALL, 4, 5)
    write(LATE, 1)
    seal_chains()
    write(OTHER, 3)
    write(CALL, 6)
    seal_chains()


def intrude(*statements: str) -> None:
    """As somebody who owns the database could, past every guard."""
    with guards.lifted(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rewrite_chain(key: str, since: int, *, upto: int | None = None) -> None:
    """Change a record, or cut the chain off after one, and work every digest out anew."""
    chain = Chain.objects.get(key=key)
    rows = list(chain.records.order_by("number"))
    if upto is not None:
        intrude(f"DELETE FROM activity_record WHERE chain_id = {chain.pk} AND number > {upto}")
        rows = rows[:upto]
    previous = rows[0].previous
    with guards.lifted(), connection.cursor() as cursor:
        for row in rows:
            if row.number == since:
                row.verb = "calls.forged"
            row.previous = previous
            row.digest = previous = digest_of(row, key)
            cursor.execute(
                "UPDATE activity_record SET verb = %s, previous = %s, digest = %s WHERE id = %s",
                [row.verb, row.previous, row.digest, row.pk],
            )
        cursor.execute(
            "UPDATE activity_chain SET length = %s, head = %s WHERE id = %s",
            [len(rows), previous, chain.pk],
        )


def reseal_without_key() -> None:
    """Make every head, root and digest anew for the records as they are; sign with nothing."""
    numbers = list(SignedSeal.objects.order_by("number").values_list("number", flat=True))
    with guards.lifted():
        for head in SealedHead.objects.all():
            rows = Record.objects.filter(
                chain__key=head.chain, number__gt=head.start, number__lte=head.length
            )
            fresh = check_record.Gathered()
            last = None
            for row in rows.select_related("chain").order_by("number"):
                last = row
                fresh.add(check_record.record_leaf(_record_line(row)))
            if last:
                _update("activity_sealedhead", head.pk, head=last.digest, records=fresh.root())
        previous = check_record.GENESIS
        for number in numbers:
            seal = SignedSeal.objects.get(number=number)
            heads = SealedHead.objects.filter(seal__lte=number).order_by("seal", "place")
            seal.root, seal.previous = tree_of(heads).root(), previous
            said = {name: seal_line(seal)[name] for name in check_record.SEAL_FIELDS}
            previous = check_record.sha256(said)
            _update(
                "activity_signedseal",
                seal.pk,
                root=seal.root,
                previous=seal.previous,
                digest=previous,
            )


def _record_line(row: Record) -> dict[str, Any]:
    return {
        "at": row.at.isoformat(),
        "verb": row.verb,
        "thing": f"{row.thing_type}:{row.thing_id}",
        "detail": row.detail,
        "digest": row.digest,
    }


def _update(table: str, pk: int, **values: Any) -> None:
    sets = ", ".join(f"{name} = %s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {sets} WHERE id = %s",
            [*values.values(), pk],
        )


def forget_copies() -> None:
    """As if nobody had kept a seal: neither this machine nor anybody else."""
    from django.conf import settings

    Path(settings.RECORD_KEPT_SEALS_FILE).unlink(missing_ok=True)


def found() -> list[str]:
    return [str(each) for each in check().findings if each.kind == check_record.BROKEN]


def found_alone(folder: Path, *, against: str = "") -> list[str]:
    """What the stand-alone file says of an export, with this machine's kept seals beside it."""
    from django.conf import settings

    export = folder / "record.jsonl"
    call_command("export_activity", str(export), stdout=StringIO())
    kept = Path(against or settings.RECORD_KEPT_SEALS_FILE)
    seals = list(check_record.kept_seals(kept.read_text())) if kept.exists() else []
    with export.open() as lines:
        findings = check_record.check_lines(lines, sorted(keys.trusted()), seals)[1]
    return [str(each) for each in findings if each.kind == check_record.BROKEN]


def export_lines(folder: Path) -> list[dict[str, Any]]:
    found_alone(folder)
    return [json.loads(text) for text in (folder / "record.jsonl").read_text().splitlines()]


def command(*args: str) -> tuple[int, str]:
    """Exit code of `verify_activity` and all that it wrote."""
    out = StringIO()
    try:
        call_command("verify_activity", *args, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()
