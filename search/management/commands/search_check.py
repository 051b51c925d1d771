"""Compare the search index with the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from elasticsearch import ApiError, TransportError

from search.services import Difference, differences, mend


class Command(BaseCommand):
    help = (
        "Compare what the search index holds with what the database has. Ends with 1 if they "
        "differ, and with 0 if they are the same or --repair made them so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="make the index right")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.check(repair=options["repair"])
        except (ApiError, TransportError) as error:
            raise CommandError(f"Elasticsearch did not answer: {error}") from error

    def check(self, *, repair: bool) -> None:
        found = differences()
        for difference in found:
            self.stdout.write(describe(difference))
            if repair:
                mend(difference)
        if repair and found:
            found = differences()
            self.stdout.write("Some of it could not be mended." if found else "Mended.")
        if found:
            raise CommandError("The index and the database differ. Run search_check --repair.")
        self.stdout.write("The index is as the database has it.")


def describe(difference: Difference) -> str:
    parts = [
        f"{len(ids)} {name}"
        for name, ids in (
            ("missing", difference.missing),
            ("out of date", difference.stale),
            ("that should not be there", difference.unwanted),
        )
        if ids
    ]
    return f"{difference.kind}: {', '.join(parts)}"
