from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cms.demonstration.loader import is_loaded
from cms.demonstration.people import PASSWORD, SIGN_INS
from marketplace.accounts.models import SECOND_FACTOR_ROLES


class Command(BaseCommand):
    help = "Print one ready sign-in for each role of the demonstration."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION or not is_loaded():
            raise CommandError("The demonstration region is not loaded here.")
        self.stdout.write(f"  Sign in at {settings.SITE_URL}/accounts/login/")
        self.stdout.write(f"  Password of everybody: {PASSWORD}\n")
        for person in SIGN_INS:
            code = "and a code" if person.role in SECOND_FACTOR_ROLES else ""
            self.stdout.write(f"  {person.what:<16} {person.email:<24} {code}".rstrip())
        self.stdout.write("")
        self.stdout.write("  The sign-in page shows the code; so does: make code EMAIL=…")
        self.stdout.write(f"  Mail that the service sent: {settings.SITE_URL}/demonstration/mail/")
