"""Make the search index anew."""

import sys
import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from elasticsearch import ApiError, TransportError

from search.documents import Document, kinds
from search.services import every_document, rebuild

EVERY_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Build the search index anew from the database, beside the one in use, and put it in "
        "that one’s place. Searches are answered throughout."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.total = sum(kind.rows().count() for kind in kinds().values())
        start = time.monotonic()
        try:
            number = rebuild(self.told)
        except (ApiError, TransportError) as error:
            raise CommandError(f"Elasticsearch did not do it: {error}") from error
        except RuntimeError as error:
            raise CommandError(f"The old index stays: {error}") from error
        self.stdout.write(f"{number:,} documents in {time.monotonic() - start:.1f} s.")

    def told(self) -> Iterator[Document]:
        """Every document, with a line about how far it is, about once a second."""
        shown = time.monotonic()
        for number, document in enumerate(every_document(), start=1):
            if time.monotonic() - shown > EVERY_SECONDS:
                shown = time.monotonic()
                self.tell(number)
            yield document
        self.tell(self.total, end="\n")

    def tell(self, number: int, end: str = "") -> None:
        share = 100 * number // max(self.total, 1)
        start = "\r" if sys.stdout.isatty() else ""
        end = end or ("" if start else "\n")
        self.stdout.write(f"{start}Indexing: {number:,} of {self.total:,} ({share}%)", ending=end)
        self.stdout.flush()
