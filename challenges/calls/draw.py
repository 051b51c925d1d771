"""A draw between level pitches that nobody can steer, and anyone can repeat.

Commit and reveal: the SHA-256 (FIPS 180-4) of a secret is sealed with the rules, before anyone
applies. The order is the SHA-256 of the secret, of the digests of all that was submitted, and
of the pitch. Applicants don't know the secret, and whoever knows it can't choose what others
submit. The secret is shown when the decisions are released. Pure functions, no Django.
"""

import hashlib
from collections.abc import Iterable


def commitment(secret: str) -> str:
    """What is sealed before the stage opens: hex SHA-256 of the secret's characters."""
    return hashlib.sha256(secret.encode()).hexdigest()


def draw_order(secret: str, digests: Iterable[str], references: Iterable[str]) -> list[str]:
    """Pitches in drawn order, first place first.

    Args:
        digests: those of the submissions that the panel judged, in any order.
        references: of the pitches that are level.
    """
    field = "\n".join(sorted(digests))

    def ticket(reference: str) -> str:
        return hashlib.sha256(f"{secret}\n{field}\n{reference}".encode()).hexdigest()

    return sorted(references, key=ticket)
