"""For pytest: the same code, quick password hashes, mail kept in memory.

Tests run in several processes at once; files, cache and indices are each process's own.
"""

import os
from urllib.parse import urlsplit

from .base import *  # noqa: F403
from .base import CACHES, DATABASES, INSTALLED_APPS, REDIS_URL, STORAGES, VAR_DIR, env

WORKER = env("PYTEST_XDIST_WORKER", default="gw0")
TEST_DIR = VAR_DIR / "test" / f"{WORKER}-{os.getpid()}"

SECRET_KEY = "test-only-not-a-secret"
MFA_KEYS = ["test-only-not-a-key"]
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
LOGGING = {"level": "WARNING", "json": False}
# A live server's threads keep no connection, so that the database can be dropped at the end.
DATABASES["default"]["CONN_MAX_AGE"] = 0
MEDIA_ROOT = TEST_DIR / "media"
PRIVATE_STORAGE = {
    "BACKEND": "marketplace.files.storage.WholeFileStorage",
    "OPTIONS": {"location": str(TEST_DIR / "private")},
}
STORAGES = {
    **STORAGES,
    "default": PRIVATE_STORAGE,
    "private": PRIVATE_STORAGE,
    "pictures": {
        "BACKEND": "marketplace.files.storage.PictureStorage",
        "OPTIONS": {"location": str(MEDIA_ROOT), "base_url": "/media/"},
    },
}
RECORD_SIGNING_KEY = ""
RECORD_SIGNING_KEY_FILE = str(TEST_DIR / "record-signing-key.pem")
RECORD_MAKE_KEY = True
RECORD_KEPT_SEALS_FILE = str(TEST_DIR / "kept-seals.jsonl")
# What JSON can't hold fails here, and is not only left out as it would be in production.
CACHES["default"]["OPTIONS"] = {**CACHES["default"].get("OPTIONS", {}), "strict": True}
ELASTICSEARCH_INDEX_PREFIX = f"test-{WORKER}-{os.getpid()}"
if REDIS_URL:
    # Clearing a cache empties its whole Redis database, so each process has one of its own.
    CACHES["default"]["LOCATION"] = (
        urlsplit(REDIS_URL)._replace(path=f"/{WORKER.removeprefix('gw')}").geturl()
    )
INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "include_apps": [
        "regions",
        "limits",
        "activity",
        "accounts",
        "startups",
        "calls",
        "pitches",
        "judging",
        "awards",
        "search",
        "desk",
        "cms",
    ],
    # The first release makes its tables; there are no rows yet that a migration could lock.
    "ignore_initial_migrations": True,
    # SQLite remakes a table for every new column, which looks like these to the linter. A test
    # of the real parts asks it again, all checks on, with PostgreSQL's own statements.
    "exclude_migration_tests": []
    if "postgres" in env("DATABASE_URL", default="")
    else ["NOT_NULL", "ADD_UNIQUE"],
}
