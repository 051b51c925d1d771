"""One process on SQLite, no servers needed: what `make run` starts."""

from .base import *  # noqa: F403
from .base import LOGGING, MAIL_DIR, SECRET_KEY

DEBUG = True
DEMONSTRATION = True
SECRET_KEY = SECRET_KEY or "development-only-not-a-secret"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = MAIL_DIR
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # passkeys on http://localhost
LOGGING = {**LOGGING, "json": False}
