from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms.demonstration.people import sign_in_code
from marketplace.accounts.models import User


class Command(BaseCommand):
    help = "Print a demonstration person’s present second-factor code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("The demonstration is off here.")
        user = User.objects.filter(email__iexact=options["email"]).first()
        code = sign_in_code(user) if user else None
        if code is None:
            raise CommandError(f"{options['email']} has no demonstration code.")
        self.stdout.write(code)
