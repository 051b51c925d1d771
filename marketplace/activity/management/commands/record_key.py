"""`manage.py record_key`: the key that the record's seals are signed with, and its successors."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.management import BaseCommand, CommandError, CommandParser

from marketplace.activity.models import SealKey
from marketplace.activity.proof.keys import introduce, signing_key, write_new
from marketplace.errors import Refused


class Command(BaseCommand):
    help = "Make a key to sign seals with, or let a new key follow the one in force."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        make = verbs.add_parser("new", help="make a private key in a new file")
        make.add_argument("file")
        follow = verbs.add_parser("introduce", help="the key in this file signs from now on")
        follow.add_argument("file")
        follow.add_argument(
            "--because",
            choices=[value for value in SealKey.Because.values if value != "first"],
            default="rotated",
            help="rotated: the key that is set now signs for the new one; lost or stolen: it can’t",
        )
        follow.add_argument(
            "--after", type=int, help="stolen: number of the last seal that is known to be ours"
        )
        follow.add_argument("--note", default="", help="what happened, for everybody to read")
        verbs.add_parser("list", help="fingerprints of all keys")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except (Refused, FileExistsError) as error:
            raise CommandError(str(error)) from error

    def _new(self, options: dict[str, Any]) -> None:
        mark = write_new(Path(options["file"]))
        self.stdout.write(f"{options['file']}: keep it secret, and a copy of it off this machine.")
        self.stdout.write(f"Fingerprint: {mark}")

    def _introduce(self, options: dict[str, Any]) -> None:
        because, key = options["because"], _load(options["file"])
        old = signing_key() if because == SealKey.Because.ROTATED else None
        row = introduce(
            key, because=because, note=options["note"][:200], old=old, after=options["after"]
        )
        self.stdout.write(f"Key {row.number} signs from now on: {row.key}")
        self.stdout.write("Set RECORD_SIGNING_KEY_FILE to its file and start the workers again.")
        if because != SealKey.Because.ROTATED:
            self.stdout.write(
                "Nobody signed for it: tell those who check the record its fingerprint on a way "
                "of its own."
            )

    def _list(self, options: dict[str, Any]) -> None:
        for row in SealKey.objects.all():
            self.stdout.write(f"{row.number}  {row.key}  after seal {row.after}  {row.because}")


def _load(name: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(Path(name).read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise CommandError(f"{name} can’t be read as a private key.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandError(f"{name} is not an Ed25519 key.")
    return key
