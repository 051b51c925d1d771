"""Rows of the database as the lines that `check_record.py` reads."""

from datetime import UTC, datetime
from typing import Any

from marketplace.activity.models import SealedHead, SealKey, SignedSeal

Line = dict[str, Any]


def utc(moment: datetime) -> str:
    """ISO 8601 in UTC, the one form that is signed."""
    return moment.astimezone(UTC).isoformat()


def key_line(row: SealKey) -> Line:
    names = ("number", "key", "public", "previous", "after", "after_digest", "because", "note")
    line = {name: getattr(row, name) for name in (*names, "signature", "endorsement")}
    # A choice is a string of its own kind until it was stored.
    return {"kind": "key", **line, "because": str(row.because), "at": utc(row.at)}


def seal_line(row: SignedSeal) -> Line:
    names = ("number", "previous", "key", "chains", "root", "digest", "signature")
    return {"kind": "seal", **{name: getattr(row, name) for name in names}, "at": utc(row.at)}


def head_line(row: SealedHead, kind: str = "head") -> Line:
    """`kind` is "head" below its seal, and "segment" among the records of its chain."""
    names = ("seal", "place", "chain", "start", "length", "head", "records")
    return {"kind": kind, **{name: getattr(row, name) for name in names}}
