"""`manage.py flush`, as Django's own: it empties the record too, which nothing else may."""

from typing import Any

from django.core.management.commands import flush

from marketplace.activity.proof import guards


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        with guards.lifted(options["database"]):
            super().handle(**options)
