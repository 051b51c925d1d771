"""For pytest: the same code, quick password hashes, mail kept in memory."""

from .base import *
from .base import INSTALLED_APPS

SECRET_KEY = "test-only-not-a-secret"
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ACCOUNT_RATE_LIMITS = False
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
LOGGING = {"level": "WARNING", "json": False}
INSTALLED_APPS = [*INSTALLED_APPS]
