from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace.files.moving import move_to_private


class Command(BaseCommand):
    help = (
        "Moves documents and originals of pictures out of MEDIA_ROOT into the private store. Safe "
        "to run again, and at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep", action="store_true", help="copy only, while an older release still runs"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = move_to_private(keep=options["keep"])
        self.stdout.write(f"Moved: {found['moved']}. Left where they are: {found['left']}.")
