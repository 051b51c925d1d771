"""Links that work for whoever holds them: the token goes out by mail, its digest stays."""

import hashlib
import secrets


def new_token() -> tuple[str, str]:
    """A token for a link (43 characters, 256 bits) and the digest to keep."""
    token = secrets.token_urlsafe(32)
    return token, token_digest(token)


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
