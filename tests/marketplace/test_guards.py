"""A production site starts only where it is set up: each case in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.settings.guards import problems

ROOT = Path(__file__).parents[2]
READS_SETTINGS = "from django.conf import settings; settings.DEBUG"
GOOD = {
    "SECRET_KEY": "h7Jq2ZpX9vLr4TnB6sWc8YdF1gKm3QaE5uVx0RiO-oPlMkNjHbGtFyDz",
    "MFA_KEYS": "Zk3vQ8yN1bT6wR4pXs9LmC2dHf7GjA5e",
    "ALLOWED_HOSTS": "challenges.example.org",
    "SITE_URL": "https://challenges.example.org",
    "DATABASE_URL": "postgres://user:password@127.0.0.1:9/name",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "EMAIL_URL": "smtp+tls://user:password@127.0.0.1:9",
    "DEFAULT_FROM_EMAIL": "Golden Thread <no-reply@example.org>",
}

WRONG: list[tuple[dict[str, str | None], str]] = [
    ({"SECRET_KEY": None}, "Set SECRET_KEY"),
    ({"SECRET_KEY": ""}, "Set SECRET_KEY"),
    ({"SECRET_KEY": "short"}, "5 characters"),
    ({"SECRET_KEY": "a" * 80}, "repeats itself"),
    ({"SECRET_KEY": "abcdefghijklm" * 6}, "repeats itself"),
    ({"SECRET_KEY": "0101100111010" * 5 + "1"}, "repeats itself"),
    ({"SECRET_KEY": "django-insecure-" + GOOD["SECRET_KEY"]}, "others know"),
    ({"SECRET_KEY": "development-only-not-a-secret" * 3}, "others know"),
    ({"MFA_KEYS": None}, "Set MFA_KEYS"),
    ({"MFA_KEYS": ""}, "Set MFA_KEYS"),
    ({"MFA_KEYS": GOOD["MFA_KEYS"] + ",short"}, "1 of MFA_KEYS"),
    ({"MFA_KEYS": GOOD["SECRET_KEY"]}, "must not hold SECRET_KEY"),
    ({"ALLOWED_HOSTS": None}, "Set ALLOWED_HOSTS"),
    ({"ALLOWED_HOSTS": "*"}, "takes any name"),
    ({"ALLOWED_HOSTS": "challenges.example.org,*"}, "takes any name"),
    ({"ALLOWED_HOSTS": "other.example.org"}, "does not list"),
    ({"SITE_URL": None}, "Set SITE_URL"),
    ({"SITE_URL": ""}, "Set SITE_URL"),
    ({"SITE_URL": "http://challenges.example.org"}, "https://"),
    ({"SITE_URL": "challenges.example.org"}, "https://"),
    ({"SITE_URL": "https://"}, "https://"),
    ({"SITE_URL": "https://["}, "https://"),
    ({"SITE_URL": "https://challenges.example.org/"}, "last slash"),
    ({"SITE_URL": "https://challenges.example.org:x"}, "https://"),
    ({"SITE_URL": "https://challenges.example.org@evil.example"}, "Leave out"),
    ({"SITE_URL": "https://evil.example"}, "does not list"),
    ({"DATABASE_URL": None}, "DATABASE_URL"),
    ({"DATABASE_URL": "sqlite:///x.sqlite3"}, "DATABASE_URL"),
    ({"REDIS_URL": None}, "REDIS_URL"),
    ({"EMAIL_URL": None}, "Set EMAIL_URL"),
    ({"EMAIL_URL": "consolemail://"}, "sends no mail"),
    ({"EMAIL_URL": "memorymail://"}, "sends no mail"),
    ({"DEFAULT_FROM_EMAIL": None}, "DEFAULT_FROM_EMAIL"),
    ({"DEFAULT_FROM_EMAIL": "nobody"}, "DEFAULT_FROM_EMAIL"),
]

STARTS: list[dict[str, str | None]] = [
    {},
    {"ALLOWED_HOSTS": ".example.org"},
    {"ALLOWED_HOSTS": "www.example.org, challenges.example.org"},
    {"SITE_URL": "https://challenges.example.org:8443"},
    {"SECRET_KEY": "0123456789abcdef9e5c3a1f7b2d8e4c6a0f1b3d5e7c9a8b2d4f6e1c3a5b7d9f"},
]


def start(changes: dict[str, str | None], *arguments: str) -> subprocess.CompletedProcess:
    given = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return subprocess.run(
        [sys.executable, *(arguments or ("-c", READS_SETTINGS))],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.production",
            **given,
        },
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_it_does_not_start_and_says_what_to_set(changes: dict[str, str | None], words: str) -> None:
    done = start(changes)
    said = done.stderr.strip().rpartition("ImproperlyConfigured: ")[2]
    assert done.returncode == 1
    assert words in said
    assert all(
        secret not in said for secret in (GOOD["SECRET_KEY"], GOOD["MFA_KEYS"], "password@127")
    )


@pytest.mark.parametrize("changes", STARTS)
def test_it_starts(changes: dict[str, str | None]) -> None:
    done = start(changes)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_gunicorn_and_celery_load_can_be_loaded() -> None:
    """Each on its own and first, as they do."""
    for module in ("marketplace.wsgi", "marketplace.celery"):
        done = start({}, "-c", f"import {module}")
        assert (done.returncode, done.stderr) == (0, "")


def test_all_that_is_wrong_is_said_at_once() -> None:
    done = start(dict.fromkeys(GOOD))
    assert all(name in done.stderr for name in GOOD)


def test_the_checks_for_a_deployment_find_nothing() -> None:
    done = start(
        {"CLAMD_URL": "tcp://127.0.0.1:9"}, "manage.py", "check", "--deploy", "--fail-level=WARNING"
    )
    assert done.returncode == 0, done.stderr


@given(st.text(max_size=80))
def test_any_text_for_an_address_is_an_answer(url: str) -> None:
    found = problems(
        secret_key=GOOD["SECRET_KEY"],
        mfa_keys=[GOOD["MFA_KEYS"]],
        allowed_hosts=["challenges.example.org"],
        site_url=url,
        database_engine="django.db.backends.postgresql",
        redis_url="redis://127.0.0.1",
        email_url="smtp://127.0.0.1",
        email_backend="django.core.mail.backends.smtp.EmailBackend",
        default_from_email="a@example.org",
    )
    assert found
