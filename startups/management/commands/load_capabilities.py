"""`manage.py load_capabilities FILE`"""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from marketplace.json_files import read_json
from startups.services import load_capabilities


class Command(BaseCommand):
    help = "Load the capability framework from a JSON file; repeatable."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="JSON like startups/data/capabilities.json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_capabilities(read_json(options["file"]))
        except (KeyError, TypeError) as error:
            raise CommandError(f"{options['file']} lacks {error}.") from error
        self.stdout.write(f"{len(loaded)} capabilities.")
