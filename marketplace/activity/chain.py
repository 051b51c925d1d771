"""The hash chain over activity records: pure functions, no Django.

Each record's digest is SHA-256 (FIPS 180-4) over the canonical JSON (RFC 8785 in spirit:
sorted keys, no white space, UTF-8) of its content and the digest of the record before it, so
removing, changing or reordering any record changes every later digest.
"""

import hashlib
import json
from typing import Any

GENESIS = "0" * 64


def canonical_json(value: Any) -> bytes:
    """The one byte form of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(value: Any) -> str:
    """Hex SHA-256 (64 characters) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def record_digest(
    *,
    chain: str,
    number: int,
    at: str,
    actor: int | None,
    verb: str,
    thing: str,
    detail: dict[str, Any],
    previous: str,
) -> str:
    """Digest of one record; `at` is ISO 8601 in UTC, `thing` is "app.model:id"."""
    return sha256(
        {
            "chain": chain,
            "number": number,
            "at": at,
            "actor": actor,
            "verb": verb,
            "thing": thing,
            "detail": detail,
            "previous": previous,
        }
    )
