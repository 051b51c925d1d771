"""`manage.py let_in EMAIL [--second-factor]`: for somebody who can't sign in any more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.letting_in import let_in
from marketplace.accounts.models import User


class Command(BaseCommand):
    help = "Forget wrong tries for an account; with --second-factor take that away as well."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--second-factor",
            action="store_true",
            help="their app, passkeys and codes are lost: make sure that it is them who ask",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        let_in(user=user, second_factor=options["second_factor"])
        more = ", and they set up a new second factor" if options["second_factor"] else ""
        self.stdout.write(f"{user.email} can try again at once{more}. They are told by mail.")
