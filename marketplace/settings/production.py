"""Many processes behind a proxy that terminates TLS. Refuses to start half configured."""

from django.core.exceptions import ImproperlyConfigured

from . import base
from .base import *  # noqa: F403
from .base import (
    ALLOWED_HOSTS,
    DATABASES,
    MFA_KEYS,
    REDIS_URL,
    SECRET_KEY,
    SILENCED_SYSTEM_CHECKS,
    STORAGES,
    env,
)
from .guards import problems

if found := problems(
    secret_key=SECRET_KEY,
    mfa_keys=MFA_KEYS,
    allowed_hosts=ALLOWED_HOSTS,
    site_url=env("SITE_URL", default=None),
    database_engine=DATABASES["default"]["ENGINE"],
    redis_url=REDIS_URL,
    email_url=env("EMAIL_URL", default=None),
    email_backend=vars(base)["EMAIL_BACKEND"],
    default_from_email=env("DEFAULT_FROM_EMAIL", default=None),
):
    listed = "\n".join(f"- {each}" for each in found)
    raise ImproperlyConfigured(
        f"The site can’t start yet. docs/operations.md says more of each:\n{listed}"
    )

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
# Browsers’ own list of sites is for the owner of a whole domain to ask for, not for a site on it.
SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "security.W021"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
