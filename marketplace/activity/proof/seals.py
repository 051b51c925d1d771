"""Sealing all chains, and proving to the holder of one record that a seal has it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from marketplace.activity.check_record import (
    SEAL_FIELDS,
    SEAL_MESSAGE,
    Gathered,
    Tree,
    canonical_json,
    chain_leaf,
    chain_mark,
    previous_of_first,
    record_leaf,
    sha256,
)
from marketplace.activity.models import Chain, Record, Seal, SealedHead, SealKey, SignedSeal
from marketplace.activity.proof.keeping import keep
from marketplace.activity.proof.keys import key_in_force
from marketplace.activity.proof.lines import Line, head_line, key_line, seal_line, utc


def seal_chains(now: datetime | None = None) -> SignedSeal:
    """Seal what was recorded since the last seal; without news, once a day (UTC) all the same.

    Of two at once one seals, and both get its seal.

    Raises:
        KeyAway: there is nothing to sign with.
    """
    key, mark = key_in_force()
    now = now or timezone.now()
    alone = _stands_alone()
    try:
        with transaction.atomic():
            seal, is_new = _seal(key, mark, now)
    except IntegrityError:
        return SignedSeal.objects.latest("number")
    if is_new and alone:
        keep(seal_line(seal))
    elif is_new:
        transaction.on_commit(lambda: keep(seal_line(seal)))
    return seal


def _stands_alone() -> bool:
    """Whether what is written from here on stands at once, and no transaction around it can roll
    it back: a copy of a seal that never was would say that the record was changed."""
    try:
        with transaction.atomic(durable=True):
            return True
    except RuntimeError:
        return False


def _seal(key: Any, mark: str, now: datetime) -> tuple[SignedSeal, bool]:
    last = SignedSeal.objects.first()
    number = last.number + 1 if last else 1
    heads = latest_heads()
    fresh = _fresh(number, heads)
    if last and not fresh and now.astimezone(UTC).date() <= last.at.astimezone(UTC).date():
        return last, False
    tree = tree_of([*heads, *fresh])
    seal = SignedSeal(
        number=number,
        at=now,
        previous=last.digest if last else _digest_of_unsigned(),
        key=mark,
        chains=len(tree),
        root=tree.root(),
    )
    line = seal_line(seal)
    said = {name: line[name] for name in SEAL_FIELDS}
    seal.digest = sha256(said)
    seal.signature = key.sign(SEAL_MESSAGE + canonical_json(said)).hex()
    seal.save()
    SealedHead.objects.bulk_create(fresh, batch_size=500)
    return seal, True


def latest_heads(until: int | None = None) -> list[SealedHead]:
    """Of each chain its last head in a seal, or in one up to this number; by place."""
    heads = (
        SealedHead.objects.all() if until is None else SealedHead.objects.filter(seal__lte=until)
    )
    later = heads.filter(chain=OuterRef("chain"), seal__gt=OuterRef("seal"))
    return list(heads.filter(~Exists(later)).order_by("place"))


def tree_of(heads: Iterable[SealedHead]) -> Tree:
    """The tree with a leaf for each chain; a later head of a chain replaces the one before."""
    tree = Tree()
    for head in heads:
        tree.put(head.place, chain_leaf(head.records, chain_mark(head_line(head))))
    return tree


def _fresh(number: int, heads: list[SealedHead]) -> list[SealedHead]:
    """Heads of the chains that grew, new ones last; a chain that shrank keeps its sealed head."""
    sealed = {head.chain: head for head in heads}
    grown: list[SealedHead] = []
    new: list[SealedHead] = []
    for pk, key, length, head in Chain.objects.order_by("key").values_list(
        "pk", "key", "length", "head"
    ):
        before = sealed.get(key)
        start = before.length if before else 0
        if length <= start:
            continue
        place = before.place if before else len(sealed) + len(new)
        records = Gathered()
        for line in record_lines(pk, key, start, length):
            records.add(record_leaf(line))
        row = SealedHead(
            seal=number,
            place=place,
            chain=key,
            start=start,
            length=length,
            head=head,
            records=records.root(),
        )
        (grown if before else new).append(row)
    return [*sorted(grown, key=lambda row: row.place), *new]


def record_lines(chain_id: int, key: str, start: int, length: int) -> Iterable[Line]:
    """Records after `start` up to `length`, as lines of what happened and the digest."""
    rows = Record.objects.filter(chain_id=chain_id, number__gt=start, number__lte=length)
    fields = ("number", "at", "verb", "thing_type", "thing_id", "detail", "digest")
    for number, at, verb, kind, pk, detail, digest in (
        rows.order_by("number").values_list(*fields).iterator()
    ):
        what = {"at": utc(at), "verb": verb, "thing": f"{kind}:{pk}", "detail": detail}
        yield {"chain": key, "number": number, "digest": digest, **what}


def _digest_of_unsigned() -> str:
    old = Seal.objects.order_by("on").values_list("on", "digest")
    return previous_of_first([(on.isoformat(), digest) for on, digest in old])


def seal_of(record: Record) -> SignedSeal | None:
    """The first seal that a record is in; None while it waits for one."""
    head = _head_over(record)
    return SignedSeal.objects.filter(number=head.seal).first() if head else None


def _head_over(record: Record) -> SealedHead | None:
    return SealedHead.objects.filter(
        chain=record.chain.key, start__lt=record.number, length__gte=record.number
    ).first()


def proof_of(record: Record) -> Line | None:
    """What shows, with `check_record.py` and nothing else of the record, that it is in a seal.

    It tells what happened and when; neither who did it nor which or how many other records
    there are. None: not sealed yet, or the seal does not hold it any more.
    """
    head = _head_over(record)
    seal = SignedSeal.objects.filter(number=head.seal).first() if head else None
    if head is None or seal is None:
        return None
    lines = list(record_lines(record.chain_id, head.chain, head.start, head.length))
    own, whole = Tree(), tree_of(latest_heads(until=seal.number))
    for place, line in enumerate(lines):
        own.put(place, record_leaf(line))
    if (own.root(), whole.root()) != (head.records, seal.root):
        return None
    found = lines[record.number - head.start - 1]
    keys = SealKey.objects.order_by("number")
    return {
        "kind": "proof",
        "what": {name: found[name] for name in ("at", "verb", "thing", "detail")},
        "record": found["digest"],
        "in_chain": own.path(record.number - head.start - 1),
        "chain": chain_mark(head_line(head)),
        "in_seal": whole.path(head.place),
        "seal": seal_line(seal),
        "keys": [key_line(key) for key in keys],
    }
