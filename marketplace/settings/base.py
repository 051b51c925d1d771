"""Settings shared by every environment; each value that varies is an environment variable."""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF

from .schedule import CELERY_BEAT_SCHEDULE  # noqa: F401  (Celery reads it here)
from .time_limits import *  # noqa: F403  (all of the table)
from .time_limits import (
    broker_options,
    database_options,
    process_kind,
    reply_seconds,
    storage_options,
)

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = BASE_DIR / "var"

env = environ.Env()

SECRET_KEY = env("SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000")

# The demonstration shows sign-in details and captured mail to anyone who can reach the
# site, so it is off unless an environment that is never public turns it on.
DEMONSTRATION = False

INSTALLED_APPS = [
    "marketplace.outages",
    "marketplace.regions",
    "marketplace.limits",
    "marketplace.activity",
    "marketplace.accounts",
    "startups",
    "challenges.calls",
    "challenges.pitches",
    "challenges.interests",
    "challenges.people",
    "challenges.judging",
    "challenges.awards",
    "search",
    "marketplace",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_htmx",
    "django_celery_beat",
    "rules.apps.AutodiscoverRulesConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "cms.desk",
    # Last: its post-migrate step makes the site, and needs every permission to exist.
    "cms",
]

MIDDLEWARE = [
    "marketplace.proxies.TrustedProxyMiddleware",
    "marketplace.arrival.ArrivalMiddleware",
    "marketplace.middleware.RequestIdMiddleware",
    # Above all that may answer by itself: whatever is answered carries these.
    "marketplace.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "marketplace.outages.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "marketplace.headers.CompressForAllMiddleware",
    "marketplace.door.DoorMiddleware",
    "marketplace.uploads.UploadLimitMiddleware",
    "cms.middleware.AdminContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "marketplace.middleware.CleanTextMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "marketplace.activity.middleware.CauseMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "marketplace.accounts.middleware.SignInMiddleware",
    "marketplace.typed.middleware.TypedMiddleware",
    "marketplace.accounts.middleware.SecondFactorMiddleware",
    "cms.middleware.AdminForOfficersMiddleware",
    "cms.middleware.RefusedInAdminMiddleware",
    "cms.middleware.AdminFindsNothingOfOthersMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    # Below every guard: what one of them sends elsewhere has not been done.
    "marketplace.once.OnceMiddleware",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "marketplace" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.context_processors.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
MESSAGE_STORAGE = "marketplace.typed.refusals.MessageStorage"

# --- Data ---------------------------------------------------------------------------

DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'marketplace.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at the start of a transaction, so two writers wait
    # for each other instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = database_options(process_kind())

DATABASE_REPLY_SECONDS = reply_seconds(process_kind())

# Migrations run as the tables' owner, and give rights to the role that `DATABASE_URL` names.
APPLICATION_ROLE: dict[str, str] | None = None
if owner := env("MIGRATION_DATABASE_URL", default=""):
    APPLICATION_ROLE = {
        "name": DATABASES["default"]["USER"],
        "password": DATABASES["default"]["PASSWORD"],
    }
    DATABASES["default"] |= env.db_url_config(owner)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "marketplace.outages.cache.MemoryCache"},
    # Rows of pictures' sizes, which Wagtail keeps as they are: in this process's memory only.
    "renditions": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "TIMEOUT": 60},
}
if REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "marketplace.outages.cache.SturdyCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},  # of what stands in memory meanwhile
    }

# --- People -------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# E-mail is unique whatever its case, by a constraint that this check can't see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = [
    "marketplace.accounts.backends.GroupsBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "marketplace.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "marketplace.accounts.forms.SignupForm",
    "confirm_email_verification_code": "marketplace.accounts.forms.EmailCodeForm",
    "request_login_code": "marketplace.accounts.forms.RequestCodeForm",
    "confirm_login_code": "marketplace.accounts.forms.LoginCodeForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# A code, not a link: whoever registers stays in the browser, and on the way, that they began in.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 1800  # seconds
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 20  # the rate limit below says how fast
# allauth counts in the cache, which may be away; `marketplace.accounts.gate` counts instead.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = False
MFA_RATE_LIMITS: dict[str, str] | bool = False
SIGN_IN_FAILURES_PER_NETWORK = env.int("SIGN_IN_FAILURES_PER_NETWORK", default=200)  # an hour
# A way in without the password, for whoever forgot it or is slowed down by somebody who guesses.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900  # seconds
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 5
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before an e-mail address is changed
# Rate limits count by address. With N proxies in front, the Nth from the end of
# X-Forwarded-For is the visitor's; what stands before it can be made up.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# Addresses or networks of those proxies. From anybody else nothing of the kind is believed.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.0/8", "::1"])
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_ADAPTER = "marketplace.accounts.sealing.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "marketplace.accounts.second_factor_forms.AuthenticateForm",
    "reauthenticate": "marketplace.accounts.second_factor_forms.ReauthenticateForm",
    "add_webauthn": "marketplace.accounts.passkey_forms.AddForm",
    "signup_webauthn": "marketplace.accounts.passkey_forms.SignUpForm",
    "edit_webauthn": "marketplace.accounts.passkey_forms.RenameForm",
    "login_webauthn": "marketplace.accounts.passkey_forms.SignInForm",
    "authenticate_webauthn": "marketplace.accounts.passkey_forms.SecondFactorForm",
    "reauthenticate_webauthn": "marketplace.accounts.passkey_forms.ProofForm",
}
# Keys that secrets of second factors are sealed with; the first seals, all open.
MFA_KEYS = env.list("MFA_KEYS", default=[])
MFA_TOTP_ISSUER = "Golden Thread"
# A code typed as the next one appears still counts (RFC 6238, section 5.2: at most one step).
MFA_TOTP_TOLERANCE = 1

# --- Mail and tasks -----------------------------------------------------------------

DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Golden Thread <no-reply@localhost>")
vars().update(env.email("EMAIL_URL", default="consolemail://"))
MAIL_DIR = VAR_DIR / "mail"

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# A child that died gives its task to another, three times at most: it may be the task's doing.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(process_kind())
CELERY_BROKER_CONNECTION_TIMEOUT = CELERY_BROKER_TRANSPORT_OPTIONS["socket_connect_timeout"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for ever
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "Europe/London"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
TASKS = {"default": {"BACKEND": "marketplace.tasks.CeleryOnCommitBackend"}}

# --- Releasing ----------------------------------------------------------------------

# A signed release waits at least so long, so that it can still be stopped.
RELEASE_UNDO_MINUTES = env.int("RELEASE_UNDO_MINUTES", default=10)
# A letter that is held back goes out by itself so long after the others.
LETTER_HOLD_DAYS = env.int("LETTER_HOLD_DAYS", default=5)

# --- Keeping ------------------------------------------------------------------------

PITCH_RETENTION_DAYS = env.int("PITCH_RETENTION_DAYS", default=730)
NOTIFICATION_RETENTION_DAYS = env.int("NOTIFICATION_RETENTION_DAYS", default=730)

# --- Proving ------------------------------------------------------------------------

# The private key that the record's seals are signed with (Ed25519, PEM), or the file it is in.
RECORD_SIGNING_KEY = env("RECORD_SIGNING_KEY", default="")
RECORD_SIGNING_KEY_FILE = env("RECORD_SIGNING_KEY_FILE", default="")
RECORD_MAKE_KEY = False  # development makes one if there is none
# Fingerprints of earlier keys that are known to be ours; the present key speaks for itself.
RECORD_TRUSTED_KEYS = env.list("RECORD_TRUSTED_KEYS", default=[])
# Where each seal is copied to, outside the database.
RECORD_KEPT_SEALS_FILE = env("RECORD_KEPT_SEALS_FILE", default="")

# --- Search -------------------------------------------------------------------------

ELASTICSEARCH_URL = env("ELASTICSEARCH_URL", default="")
ELASTICSEARCH_INDEX_PREFIX = env("ELASTICSEARCH_INDEX_PREFIX", default="goldenthread")
SEARCH_EMBEDDING_MODEL = env("SEARCH_EMBEDDING_MODEL", default="")
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

# --- Content ------------------------------------------------------------------------

WAGTAIL_SITE_NAME = "Golden Thread"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAILADMIN_LOGIN_URL = "/accounts/login/"
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
# Passwords and addresses are changed on the account's own pages, which mail through the outbox,
# count what is tried and ask for proof.
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_WORKFLOW_ENABLED = False
# A page that gets a new address leads there from the old one: `cms.keeping` relies on it.
WAGTAILREDIRECTS_AUTO_CREATE = True
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_USER_CREATION_FORM = "wagtail.users.forms.UserCreationForm"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 25_000_000  # as marketplace.files.images.MOST_PIXELS
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_RENDITION_STORAGE = "pictures"
WAGTAILIMAGES_IMAGE_FORM_BASE = "cms.kept_files.PictureForm"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_INLINE_CONTENT_TYPES: list[str] = []
WAGTAILDOCS_EXTENSIONS = [
    *("pdf", "png", "jpg", "jpeg", "webp", "docx", "xlsx", "pptx", "odt", "ods", "odp")
]
WAGTAILDOCS_DOCUMENT_FORM_BASE = "cms.kept_files.DocumentForm"

# --- Files --------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "collected"
STATICFILES_DIRS = [BASE_DIR / "build" / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(VAR_DIR / "media")).root
# What no field gives a place of its own is private: documents and the originals of pictures too.
PRIVATE_STORAGE: dict = {
    "BACKEND": "marketplace.files.storage.WholeFileStorage",
    "OPTIONS": {"location": env("PRIVATE_MEDIA_ROOT", default=str(VAR_DIR / "private"))},
}
if bucket := env("PRIVATE_BUCKET", default=""):
    # An object store that speaks S3; keys come from the environment, as boto3 reads them.
    PRIVATE_STORAGE = {
        "BACKEND": "marketplace.files.object_store.WholeObjectStorage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env("PRIVATE_BUCKET_ENDPOINT", default="") or None,
            "region_name": env("PRIVATE_BUCKET_REGION", default="") or None,
            "default_acl": "private",
            "file_overwrite": False,
            "querystring_auth": True,
            **storage_options(),
        },
    }
STORAGES = {
    "default": PRIVATE_STORAGE,
    "private": PRIVATE_STORAGE,
    # Renditions of pictures, the only files that are served as they are.
    "pictures": {
        "BACKEND": "marketplace.files.storage.PictureStorage",
        "OPTIONS": {"location": str(MEDIA_ROOT), "base_url": MEDIA_URL},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=10 * 1024 * 1024)
ATTACHMENTS_MAX_BYTES = env.int("ATTACHMENTS_MAX_BYTES", default=40 * 1024 * 1024)
ATTACHMENT_PATHS = ("/pitches/",)
REQUEST_MAX_BYTES = env.int("REQUEST_MAX_BYTES", default=60 * 1024 * 1024)
CLAMD_URL = env("CLAMD_URL", default="")
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "marketplace.uploads.KindTemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Language and time --------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES = [("en-gb", "English")]
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True

# --- Safety -------------------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"  # `cms.middleware` lets Wagtail preview pages in a frame of its own
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
HEADERS = {
    # The same stands in proxy/headers.conf, for what the proxy answers itself.
    "Permissions-Policy": ", ".join(
        [
            *(
                f"{feature}=()"
                for feature in (
                    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media"),
                    *("geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi"),
                    *("payment", "picture-in-picture", "screen-wake-lock", "serial", "usb"),
                    "xr-spatial-tracking",
                )
            ),
            *(
                f"{feature}=(self)"
                for feature in (
                    "fullscreen",
                    "publickey-credentials-create",
                    "publickey-credentials-get",
                )
            ),
        ]
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Staff (whoever needs a second factor) are signed in for hours; others for two weeks.
STAFF_SESSION_IDLE_MINUTES = env.int("STAFF_SESSION_IDLE_MINUTES", default=120)
STAFF_SESSION_HOURS = env.int("STAFF_SESSION_HOURS", default=12)
SESSION_ENGINE = "marketplace.accounts.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "marketplace.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    # Wagtail's admin writes inline scripts and styles; its own policy is set by
    # `cms.middleware.AdminContentSecurityPolicyMiddleware`.
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "script-src-attr": [NONE],
        "style-src": [SELF, NONCE],
        "style-src-attr": [NONE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

LOGGING_CONFIG = "marketplace.logs.configure"
LOGGING = {"level": env("LOG_LEVEL", default="INFO"), "json": env.bool("LOG_JSON", default=True)}
