"""`manage.py verify_activity`: has anybody changed, removed or moved an activity record or seal?"""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from marketplace.activity.check_record import BROKEN, Finding, exit_code, kept_seals
from marketplace.activity.models import Chain
from marketplace.activity.proof import guards
from marketplace.activity.proof.checking import Report, check
from marketplace.activity.services import find_break


class Command(BaseCommand):
    help = (
        "Check every chain, seal and key of the activity record. Exit code: 0 all is whole, 1 it "
        "is not, 3 it is whole, and something is to be looked into."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", help="check this one only, for example call:12")
        parser.add_argument(
            "--against",
            action="append",
            default=[],
            help="a file with a seal that was kept elsewhere: a mail, the feed, the public list",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["chain"]:
            self._check_chain(options["chain"])
            return
        report = check(_read(options["against"]))
        for found in report.findings:
            self.stderr.write(str(found))
        code = exit_code(report.findings)
        if code:
            raise CommandError(_words(report.findings), returncode=code)
        self.stdout.write(f"{_counts(report)} checked; all are whole.")
        if report.unsealed:
            self.stdout.write(
                f"{report.unsealed} of these records wait for the next seal: until then, whoever "
                "owns the database could take them out unseen."
            )
        for sentence in guards.weaknesses():
            self.stdout.write(f"Note: {sentence}")

    def _check_chain(self, key: str) -> None:
        chain = Chain.objects.filter(key=key).first()
        if chain is None:
            raise CommandError(f"There is no chain called {key}.")
        number = find_break(chain)
        if number is not None:
            self.stderr.write(f"{key}: broken at record {number} of {chain.length}.")
            raise CommandError(f"{key} does not hold.")
        self.stdout.write(f"{key} follows from itself; seals were not looked at.")


def _read(names: list[str]) -> list[dict[str, Any]]:
    found = []
    for name in names:
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{name} can’t be read: {error}", returncode=2) from error
        seals = list(kept_seals(text))
        if not seals:
            raise CommandError(f"There is no seal in {name}.", returncode=2)
        found += seals
    return found


def _words(findings: list[Finding]) -> str:
    broken = sum(found.kind == BROKEN for found in findings)
    if broken:
        return f"The record does not hold: {broken} finding{'s' * (broken != 1)}. Change nothing."
    return "The record is whole; look into what is said above."


def _counts(report: Report) -> str:
    counts = {"chain": report.chains, "record": report.records, "seal": report.seals}
    return ", ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in counts.items())
