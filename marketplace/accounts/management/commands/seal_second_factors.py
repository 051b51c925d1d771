"""`manage.py seal_second_factors [--anew]`: after a new key was put first in `MFA_KEYS`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.sealing import seal_all


class Command(BaseCommand):
    help = "Seal secrets of second factors that stand open; --anew: all, under the first key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anew", action="store_true", help="those that are sealed already too")

    def handle(self, *args: Any, **options: Any) -> None:
        done, lost = seal_all(anew=options["anew"])
        self.stdout.write(f"{done} sealed.")
        if lost:
            raise CommandError(
                f"{lost} can’t be opened with any of MFA_KEYS. Put the key that they were sealed "
                "with back into the list; if it is lost, `manage.py let_in EMAIL --second-factor` "
                "lets each of these people set up a new one."
            )
