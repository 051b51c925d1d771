"""The Django project, and what every floor above it uses."""

from marketplace.celery import app as celery_app

__all__ = ["celery_app"]
