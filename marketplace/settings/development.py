"""One process on SQLite, no servers needed: what `make run` starts."""

from .base import *  # noqa: F403
from .base import (
    LOGGING,
    MAIL_DIR,
    MFA_KEYS,
    RECORD_KEPT_SEALS_FILE,
    RECORD_SIGNING_KEY_FILE,
    SECRET_KEY,
    VAR_DIR,
    env,
)

# Off by default, so that visitors of the demonstration meet the pages that the public would.
DEBUG = env.bool("DEBUG", default=False)
WHITENOISE_USE_FINDERS = True  # nothing is collected here
DEMONSTRATION = True
SECRET_KEY = SECRET_KEY or "development-only-not-a-secret"
MFA_KEYS = MFA_KEYS or ["development-only-not-a-key"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = MAIL_DIR
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # passkeys on http://localhost
LOGGING = {**LOGGING, "json": False}
# A key and copies of seals that prove little, as they stand beside the database.
RECORD_SIGNING_KEY_FILE = RECORD_SIGNING_KEY_FILE or str(VAR_DIR / "record-signing-key.pem")
RECORD_MAKE_KEY = True
RECORD_KEPT_SEALS_FILE = RECORD_KEPT_SEALS_FILE or str(VAR_DIR / "kept-seals.jsonl")
