"""What a production site may not start without, and what it may not start with."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from django.http.request import validate_host

SHORTEST_KEY = 50
SHORTEST_SEAL = 32
"""Characters in a key of `MFA_KEYS`."""

FEWEST_CHARACTERS = 10
"""Different ones in a key; 64 random hexadecimal digits have sixteen."""

KNOWN_KEYS = ("django-insecure", "not-a-secret", "change-me", "changeme", "change_me", "example")
PRINTS_OR_FORGETS = ("console.EmailBackend", "locmem.EmailBackend")
HOW_TO_MAKE_A_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def problems(
    *,
    secret_key: str,
    mfa_keys: Sequence[str],
    allowed_hosts: Sequence[str],
    site_url: str | None,
    database_engine: str,
    redis_url: str,
    email_url: str | None,
    email_backend: str,
    default_from_email: str | None,
) -> list[str]:
    """One sentence for each setting that is missing or unsafe, with what to set."""
    return [
        *_of_key(secret_key),
        *_of_mfa_keys(mfa_keys, secret_key),
        *_of_hosts(allowed_hosts),
        *_of_address(site_url, allowed_hosts),
        *_of_parts(database_engine, redis_url),
        *_of_mail(email_url, email_backend, default_from_email),
    ]


def _of_key(key: str) -> Iterable[str]:
    make = f"Make one with: {HOW_TO_MAKE_A_KEY}"
    if not key:
        yield f"Set SECRET_KEY. {make}"
    elif len(key) < SHORTEST_KEY:
        yield f"SECRET_KEY has {len(key)} characters; it needs {SHORTEST_KEY} random ones. {make}"
    elif any(known in key.lower() for known in KNOWN_KEYS):
        yield f"SECRET_KEY is one that others know. {make}"
    elif len(set(key)) < FEWEST_CHARACTERS or key in (key + key)[1:-1]:
        yield f"SECRET_KEY repeats itself, so it can be guessed. {make}"


def _of_mfa_keys(keys: Sequence[str], secret_key: str) -> Iterable[str]:
    make = f"Make one with: {HOW_TO_MAKE_A_KEY}"
    if not keys:
        yield f"Set MFA_KEYS to the key that seals second factors. {make}"
    if short := [key for key in keys if len(key) < SHORTEST_SEAL]:
        yield f"{len(short)} of MFA_KEYS are shorter than {SHORTEST_SEAL} characters. {make}"
    if secret_key and secret_key in keys:
        yield "MFA_KEYS must not hold SECRET_KEY: what signs must not open."


def _of_hosts(hosts: Sequence[str]) -> Iterable[str]:
    if not any(host.strip() for host in hosts):
        yield "Set ALLOWED_HOSTS to the names that the site is reached by, with commas between."
    elif any(host.strip() in ("*", ".") for host in hosts):
        yield "ALLOWED_HOSTS is “*”, which takes any name. List the names of this site instead."


def _of_address(url: str | None, hosts: Sequence[str]) -> Iterable[str]:
    if not url:
        yield "Set SITE_URL to the site’s address, as in https://challenges.example.org."
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
        parts = urlsplit("")
    if parts.scheme != "https" or not host:
        yield f"SITE_URL is “{url}”. It has to begin with https:// and name the site."
    elif parts.path or parts.query or parts.fragment or parts.username is not None:
        yield f"SITE_URL is “{url}”. Leave out what comes after the name, the last slash too."
    elif not validate_host(host, [each.strip() for each in hosts]):
        yield f"SITE_URL is at “{host}”, which ALLOWED_HOSTS does not list. Add it there."


def _of_parts(engine: str, redis_url: str) -> Iterable[str]:
    if engine.endswith("sqlite3"):
        yield "Set DATABASE_URL to a PostgreSQL database."
    if not redis_url:
        yield "Set REDIS_URL to a Redis server."


def _of_mail(url: str | None, backend: str, sender: str | None) -> Iterable[str]:
    if not url:
        yield "Set EMAIL_URL to a mail server, as in smtp+tls://user:password@host:587."
    elif backend.endswith(PRINTS_OR_FORGETS):
        yield "EMAIL_URL sends no mail, and prints codes to sign in. Set it to a mail server."
    if not sender or "@" not in sender:
        yield "Set DEFAULT_FROM_EMAIL to the address that mail comes from."
