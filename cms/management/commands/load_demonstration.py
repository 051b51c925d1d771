from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.demonstration.loader import load
from marketplace.errors import Refused


class Command(BaseCommand):
    help = "Load the demonstration region once; does nothing if it is there."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load(self.stdout.write)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if not loaded:
            self.stdout.write("The demonstration region is loaded already.")
