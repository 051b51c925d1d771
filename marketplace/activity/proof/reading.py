"""The whole record as lines for `check_record.py`, in constant memory, while others write."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db import DataError
from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from marketplace.activity.check_record import GENESIS, UNREADABLE, no_twins
from marketplace.activity.models import Chain, Record, Seal, SealedHead, SealKey, SignedSeal
from marketplace.activity.proof.lines import Line, head_line, key_line, seal_line, utc

CHUNK = 2000
FIELDS = (
    *("number", "at", "actor_id", "verb", "thing_type", "thing_id", "text"),
    *("previous", "digest"),
)


def _as_far_as_readable(lines: Iterator[Line], **instead: str) -> Iterator[Line]:
    """A time before year 1, a word for a number: what the database gives and nobody can read comes
    as a line without its fields, which the check finds, and ends those of its kind."""
    try:
        yield from lines
    except (*UNREADABLE, DataError):
        yield instead


def seal_lines() -> Iterator[Line]:
    """What everybody may have: keys and seals, with no chain's name."""
    yield {"kind": "start", "form": 1, "of": "seals", "at": utc(timezone.now())}
    yield from map(key_line, SealKey.objects.order_by("number"))
    for on, digest in Seal.objects.order_by("on").values_list("on", "digest"):
        yield {"kind": "unsigned", "on": on.isoformat(), "digest": digest}
    count = 0
    for seal in SignedSeal.objects.order_by("number").iterator(CHUNK):
        count += 1
        yield seal_line(seal)
    yield {"kind": "end", "seals": count}


def record_lines() -> Iterator[Line]:
    """Everything: ids, verbs, codes and digests, and no names beyond what details hold.

    Seals are read before chains, so that what is written meanwhile is only longer than it was
    sealed. What can't be read comes as a line without its fields, which the check finds.
    """
    last = SignedSeal.objects.values_list("number", flat=True).first() or 0
    yield {"kind": "start", "form": 1, "of": "record", "at": utc(timezone.now())}
    yield from _as_far_as_readable(_keys(last), kind="key")
    for seal in Seal.objects.order_by("on").iterator(100):
        line = {"on": seal.on.isoformat(), "heads": seal.heads, "digest": seal.digest}
        yield {"kind": "unsigned", **line}
    counts = {"seal": 0, "chain": 0, "record": 0}
    seals = _as_far_as_readable(_seals_with_heads(last), kind="seal")
    for line in chain(seals, _chains(last), _without_chain()):
        if line["kind"] in counts:
            counts[line["kind"]] += 1
        yield line
    yield {"kind": "end", **{f"{kind}s": count for kind, count in counts.items()}}


def _keys(last: int) -> Iterator[Line]:
    """Without one that was introduced after a seal that was made since."""
    newer = SignedSeal.objects.filter(number=OuterRef("after"), number__gt=last)
    yield from map(key_line, SealKey.objects.filter(~Exists(newer)).order_by("number"))


def _seals_with_heads(last: int) -> Iterator[Line]:
    heads = SealedHead.objects.filter(seal__lte=last).order_by("seal", "place").iterator(CHUNK)
    head = next(heads, None)
    for seal in (
        SignedSeal.objects.filter(number__lte=last).order_by("number", "pk").iterator(CHUNK)
    ):
        while head and head.seal < seal.number:
            yield head_line(head)
            head = next(heads, None)
        yield seal_line(seal)
        while head and head.seal == seal.number:
            yield head_line(head)
            head = next(heads, None)
    while head:
        yield head_line(head)
        head = next(heads, None)
    # A seal and its heads are written together: heads alone are what is left of one.
    seals = SignedSeal.objects.filter(number=OuterRef("seal"))
    left = SealedHead.objects.filter(~Exists(seals), seal__gt=last)
    yield from map(head_line, left.order_by("seal", "place"))


def _chains(last: int) -> Iterator[Line]:
    for pk, key in Chain.objects.order_by("key", "pk").values_list("pk", "key").iterator(CHUNK):
        length, head, until = _state(pk)
        yield {"kind": "chain", "chain": key, "length": length, "head": head}
        rows = Record.objects.filter(chain_id=pk)
        rows = rows if until is None else rows.filter(number__lte=until)
        own = SealedHead.objects.filter(chain=key, seal__lte=last)
        segments = own.order_by("seal", "place").iterator(CHUNK)
        segment = next(segments, None)
        for line in _records(rows, key):
            yield line
            while segment and segment.length <= (line.get("number") or 0):
                yield head_line(segment, "segment")
                segment = next(segments, None)
        while segment:
            yield head_line(segment, "segment")
            segment = next(segments, None)


def _state(pk: int) -> tuple[int, str, int | None]:
    """Length and head of a chain, and up to which record to read.

    A record and its head are written together: what stands beyond the head after another look
    was put there by somebody else, and is read too.
    """
    length, head = Chain.objects.values_list("length", "head").get(pk=pk)
    if not Record.objects.filter(chain_id=pk, number__gt=length).exists():
        return length, head, length
    now, _ = Chain.objects.values_list("length", "head").get(pk=pk)
    return length, head, None if now == length else length


def _without_chain() -> Iterator[Line]:
    lost = Record.objects.filter(~Exists(Chain.objects.filter(pk=OuterRef("chain_id"))))
    for pk in lost.order_by("chain_id").values_list("chain_id", flat=True).distinct():
        key = f"(chain {pk})"
        yield {"kind": "chain", "chain": key, "length": 0, "head": GENESIS, "missing": True}
        yield from _records(lost.filter(chain_id=pk), key)


def _records(rows: Any, key: str) -> Iterator[Line]:
    # As text, so that what is no JSON any more is found and does not end the reading.
    rows = rows.annotate(text=Cast("detail", TextField())).order_by("number", "pk")
    found = rows.values_list(*FIELDS).iterator(CHUNK)
    lines = (_record(key, *fields) for fields in found)
    yield from _as_far_as_readable(lines, kind="record", chain=key)


def _record(
    key: str,
    number: int,
    at: Any,
    actor: int | None,
    verb: str,
    kind: str,
    thing: str,
    text: str,
    previous: str,
    digest: str,
) -> Line:
    return {
        "kind": "record",
        "chain": key,
        "number": number,
        "at": utc(at),
        "actor": actor,
        "verb": verb,
        "thing": f"{kind}:{thing}",
        "detail": json.loads(text, object_pairs_hook=no_twins),
        "previous": previous,
        "digest": digest,
    }
