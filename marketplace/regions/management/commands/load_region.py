"""`manage.py load_region FILE`"""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from marketplace.json_files import read_json
from marketplace.regions.services import load_region


class Command(BaseCommand):
    help = "Load a region, its authorities, objectives and sectors from a JSON file; repeatable."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="JSON like marketplace/regions/data/west-midlands.json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            region = load_region(read_json(options["file"]))
        except (KeyError, TypeError) as error:
            raise CommandError(f"{options['file']} lacks {error}.") from error
        self.stdout.write(
            f"{region.name}: {region.local_authorities.count()} authorities, "
            f"{region.objectives.count()} objectives, {region.sectors.count()} sectors."
        )
