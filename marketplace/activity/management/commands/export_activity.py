"""`manage.py export_activity FILE`: records, seals and public keys, for an auditor’s own check."""

import json
import sys
from typing import Any, TextIO

from django.core.management import BaseCommand, CommandParser

from marketplace.activity.proof.reading import record_lines


class Command(BaseCommand):
    help = (
        "Write the whole activity record as JSON lines, for check_record.py. It holds ids, codes "
        "and the reasons that officers gave: give it to auditors only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="where to write; - for standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"] == "-":
            _write(sys.stdout)
            return
        with open(options["file"], "w", encoding="utf-8") as file:
            count = _write(file)
        self.stdout.write(f"{count} lines written. Check them: python check_record.py")


def _write(file: TextIO) -> int:
    count = 0
    for line in record_lines():
        file.write(json.dumps(line) + "\n")
        count += 1
    return count
