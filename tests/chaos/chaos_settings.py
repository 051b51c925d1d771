"""Production's settings at a quick pace, for `make chaos`: what would take minutes takes seconds.

Imported by its own name from this folder, so that an earlier release can run with it too.
"""

import os

from marketplace.settings.production import *  # noqa: F403
from marketplace.settings.production import CELERY_BEAT_SCHEDULE, STORAGES

# Nothing here shows a page to a browser, so no file of the design is collected.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATICFILES_DIRS: list[str] = []
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

PACE = 3.0
"""Seconds between two sweeps, in place of minutes."""

SWEEPS = {
    "send-unsent-mail",
    "search-catch-up",
    "carry-out-owed",
    "scan-waiting-files",
    "make-waiting-judges-copies",
}
CELERY_BEAT_SCHEDULE = {
    name: {**row, "schedule": PACE} if name in SWEEPS else row
    for name, row in CELERY_BEAT_SCHEDULE.items()
}
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **globals().get("CELERY_BROKER_TRANSPORT_OPTIONS", {}),
    "health_check_interval": 2,  # of a worker's connection that went without a word
}
EMAIL_TIMEOUT = 2
RELEASE_UNDO_MINUTES = 0
os.environ.setdefault("CHAOS", "1")
