"""The form of a record and its digest, as the file that auditors check it with defines it."""

from marketplace.activity.check_record import GENESIS, canonical_json, record_digest, sha256

__all__ = ["GENESIS", "canonical_json", "record_digest", "sha256"]
